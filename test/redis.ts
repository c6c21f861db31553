import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import { freePort } from './helper.js'

export interface RedisServer {
  url: string
  stop: () => Promise<void>
  start: () => Promise<void>
}

function findRedis (): string | undefined {
  for (const command of ['redis-server', 'valkey-server']) {
    try {
      execFileSync(command, ['--version'], { stdio: 'ignore' })
      return command
    } catch {
      /* the next one */
    }
  }
  return undefined
}

/** Runs a test against a Redis or Valkey of its own; skipped, and said so, where there is none, and failed in CI. */
export async function withRedis (
  t: Test,
  name: string,
  live: (t: Test, redis: RedisServer) => Promise<void>
): Promise<void> {
  const command = findRedis()
  if (command === undefined && process.env.CI !== 'true') {
    await t.test(name, { skip: 'neither redis-server nor valkey-server is on PATH' }, () => {})
    return
  }
  await t.test(name, { timeout: 300_000 }, async (t) => {
    if (command === undefined)
      throw new Error('neither redis-server nor valkey-server is on PATH, and CI=true wants the test')
    const port = await freePort()
    let end = async (): Promise<void> => {}
    const redis: RedisServer = {
      url: `redis://127.0.0.1:${port}`,
      stop: async () => {
        await end()
      },
      async start () {
        const child = spawn(
          command,
          ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
          { stdio: ['ignore', 'pipe', 'inherit'] }
        )
        const exited = once(child, 'exit')
        end = async () => {
          child.kill('SIGKILL')
          await exited
        }
        await new Promise<void>((resolve, reject) => {
          child.stdout.setEncoding('utf8').on('data', (text: string) => {
            if (/Ready to accept connections/i.test(text)) resolve()
          })
          exited.then(() => {
            reject(new Error('Redis ended before it served'))
          }, reject)
        })
      }
    }
    await redis.start()
    t.teardown(async () => {
      await end()
    })
    await live(t, redis)
  })
}
