import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** A running moto_server: AWS's API on loopback. It stores policies; it does not enforce them. */
export interface Moto {
  url: string
  reset(): Promise<void>
  stop(): Promise<void>
}

const START_MS = 60_000
const PROBE_MS = 100
const STOP_MS = 5_000

/** The moto_server on PATH, if there is one. */
export function findMoto (path = process.env.PATH ?? ''): string | undefined {
  return path
    .split(delimiter)
    .map((directory) => join(directory, 'moto_server'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

export async function startMoto (command: string): Promise<Moto> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(command, ['-H', '127.0.0.1', '-p', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2_000)
  })
  let failure: Error | undefined
  child.on('error', (error) => {
    failure = error
  })

  const killAtExit = (): void => {
    child.kill('SIGKILL')
  } // a caller that dies must not leave it behind
  process.once('exit', killAtExit)
  child.once('exit', () => {
    process.off('exit', killAtExit)
  })

  const running = (): boolean => child.exitCode === null && child.signalCode === null && failure === undefined
  const stop = async (): Promise<void> => {
    if (!running()) return
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    const killer = setTimeout(() => {
      child.kill('SIGKILL')
    }, STOP_MS)
    await exited
    clearTimeout(killer)
  }

  const deadline = Date.now() + START_MS
  while (!(await answers(url))) {
    if (!running()) throw failure ?? new Error(`moto_server ended before it answered: ${complaint}`)
    if (Date.now() > deadline) {
      await stop()
      throw new Error(`moto_server did not answer within ${START_MS / 1000} s`)
    }
    await delay(PROBE_MS)
  }
  return {
    url,
    stop,
    reset: async () => {
      await fetch(`${url}/moto-api/reset`, { method: 'POST' })
    }
  }
}

async function answers (url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/moto-api/data.json`, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false
  }
}

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
