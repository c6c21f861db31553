import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { buildServer, ENVIRONMENT, SERVER } from './built-server.js'
import { freePort } from './helper.js'

await buildServer()

interface Started {
  child: ChildProcess
  port: number
  stderr: Promise<string>
  exit: Promise<{ code: unknown; signal: unknown }>
}

/** Starts the service with a standard output that is not read here. */
async function startWith (t: Test, stdout: number | 'pipe', environment: Record<string, string>): Promise<Started> {
  const port = await freePort()
  const stdio: SpawnOptions['stdio'] = ['ignore', stdout, 'pipe']
  const child = spawn(process.execPath, [SERVER], {
    env: { ...ENVIRONMENT, PORT: String(port), ...environment },
    stdio
  })
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  if (child.stderr === null) throw new Error('stderr is a pipe')
  return {
    child,
    port,
    stderr: text(child.stderr),
    exit: once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  }
}

function openFull (t: Test): number {
  const fd = openSync('/dev/full', 'w')
  t.teardown(() => {
    closeSync(fd)
  })
  return fd
}

async function statusOf (port: number, path: string): Promise<number | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    await response.arrayBuffer()
    return response.status
  } catch {
    return undefined
  }
}

async function untilServing ({ port }: Started): Promise<void> {
  while ((await statusOf(port, '/livez')) !== 200) await setTimeout(20)
}

t.test('log: full disk, by default the service reports it on stderr once and ends with 74', async (t) => {
  const { exit, stderr } = await startWith(t, openFull(t), {})
  t.same(await exit, { code: 74, signal: null })
  t.equal((await stderr).match(/The log cannot be written/g)?.length, 1)
  t.match(await stderr, 'ENOSPC')
})

t.test('log: full disk, /readyz fails while the service still accepts requests', async (t) => {
  const service = await startWith(t, openFull(t), { DRAIN_DELAY_MS: '3000' })
  await untilServing(service)
  while ((await statusOf(service.port, '/readyz')) === 200) await setTimeout(20)
  const response = await fetch(`http://127.0.0.1:${service.port}/readyz`)
  t.equal(response.status, 503)
  t.match(await response.json(), { code: 'SERVICE_UNAVAILABLE' })
  t.same(await service.exit, { code: 74, signal: null })
})

t.test('log: full disk, AUDIT_FAILURE=continue, /readyz fails, requests are answered, SIGTERM ends it with 0', async (t) => {
  const service = await startWith(t, openFull(t), { AUDIT_FAILURE: 'continue' })
  await untilServing(service)
  while ((await statusOf(service.port, '/readyz')) !== 503) await setTimeout(20)
  t.equal(await statusOf(service.port, '/requirements'), 200)
  service.child.kill('SIGTERM')
  t.same(await service.exit, { code: 0, signal: null })
  t.equal((await service.stderr).match(/The log cannot be written/g)?.length, 1)
})

t.test('log: the reader is gone, the service ends with 74', async (t) => {
  const service = await startWith(t, 'pipe', {})
  await untilServing(service)
  service.child.stdout?.destroy()
  // A line that cannot be written.
  await statusOf(service.port, '/livez')
  t.same(await service.exit, { code: 74, signal: null })
  t.match(await service.stderr, 'EPIPE')
})

t.test('log: the reader does not read, SIGTERM ends the service and lost lines are reported', async (t) => {
  const service = await startWith(t, 'pipe', {})
  await untilServing(service)
  // More lines than a pipe holds.
  for (let round = 0; round < 60; round++)
    await Promise.all(Array.from({ length: 50 }, async () => await statusOf(service.port, '/livez')))
  service.child.kill('SIGTERM')
  t.same(await service.exit, { code: 74, signal: null })
  t.match(await service.stderr, 'lines are lost')
})
