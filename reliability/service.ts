import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { GATEWAY_HEADERS, PRODUCTION, WITHOUT_AWS } from './production-settings.js'

/** The built server, or another program that listens on `PORT`, as a process of its own. */
export interface Service {
  readonly port: number
  readonly pid: number
  readonly child: ChildProcess
  /** From the spawn to the first answer of 200. */
  readonly startedInMs: number
  /** Its end, however it came. */
  readonly exit: Promise<{ code: number | null; signal: string | null }>
  log(): string
  /** SIGTERM, and SIGKILL if that is not heard within the time. */
  stop(withinMs?: number): Promise<{ code: number | null; ms: number }>
}

export interface ServiceOptions {
  environment?: Record<string, string>
  /** The processor it is held to, where the machine has `taskset`. */
  core?: number
  command?: readonly string[]
  nodeOptions?: readonly string[]
  /** The Node.js binary, by default that of this process. */
  node?: string
}

/** As `npm start` and the image run it. */
export const BUILT_SERVER = ['dist/src/server.js']

export async function freePort (): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server.address())
  server.close()
  await once(server, 'close')
  return port
}

function portOf (address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return address.port
}

/** Starts with production settings; the log goes to a file, so that no pipe has to be drained. */
export async function startService ({
  environment = {},
  core,
  command = BUILT_SERVER,
  nodeOptions = [],
  node = process.execPath
}: ServiceOptions = {}): Promise<Service> {
  const port = await freePort()
  // The first is free again, so the second may be the same.
  let metricsPort = await freePort()
  while (metricsPort === port) metricsPort = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'service-'))
  const logPath = join(directory, 'log')
  const fd = openSync(logPath, 'w')
  const pinned = core === undefined ? [] : ['taskset', '-c', String(core)]
  const [program = '', ...args] = [...pinned, node, ...nodeOptions, ...command]
  const begin = performance.now()
  const child = spawn(program, args, {
    env: {
      PATH: process.env['PATH'],
      ...WITHOUT_AWS,
      ...PRODUCTION,
      METRICS_PORT: String(metricsPort),
      PORT: String(port),
      ...environment
    },
    stdio: ['ignore', fd, fd]
  })
  closeSync(fd)
  const end = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', end)
  const log = (): string => readFileSync(logPath, 'utf8')
  const exit = once(child, 'exit').then(([code, signal]) => {
    process.off('exit', end)
    return { code: typeof code === 'number' ? code : null, signal: signal === null ? null : String(signal) }
  })
  await untilReady(child, port, log)
  const startedInMs = performance.now() - begin
  const stop = async (withinMs = 15_000): Promise<{ code: number | null; ms: number }> => {
    const at = performance.now()
    child.kill('SIGTERM')
    const stopped = new AbortController()
    setTimeout(withinMs, undefined, { signal: stopped.signal }).then(end, () => undefined)
    const { code } = await exit
    stopped.abort()
    rmSync(directory, { recursive: true, force: true })
    return { code, ms: performance.now() - at }
  }
  return { port, pid: child.pid ?? NaN, child, startedInMs, exit, log, stop }
}

async function untilReady (child: ChildProcess, port: number, log: () => string): Promise<void> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await setTimeout(2)) {
    if (child.exitCode !== null) throw new Error(`exit ${child.exitCode} before it served: ${log()}`)
    const answer = await fetch(`http://127.0.0.1:${port}/livez`, { headers: GATEWAY_HEADERS }).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.status === 200) return
  }
  child.kill('SIGKILL')
  throw new Error(`it did not serve within a minute: ${log()}`)
}

/** Resident memory in MiB, as Linux tells it. */
export function residentMiB (pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1_024
}

/** Open files and sockets of a process. */
export function handlesOf (pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Milliseconds of processor time that all threads of a process have had. */
export function processorMs (pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce(
    (sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e6,
    0
  )
}
