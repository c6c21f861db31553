import type { Server } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'

/** The others are for AWS, Redis, the issuer of tokens, traces, metrics, files and worker threads. */
const SHARE = 0.75

/**
 * How many connections a process may have that may open so many files; undefined without a limit.
 * `limits`: the text of `/proc/self/limits` (proc_pid_limits(5)), empty where there is none. The soft limit holds,
 * which Node.js itself has raised to the hard one.
 */
export function connectionLimitOf (limits: string): number | undefined {
  const openFiles = /^Max open files +(\d+) /m.exec(limits)?.[1]
  return openFiles === undefined ? undefined : Math.max(1, Math.floor(Number(openFiles) * SHARE))
}

const LOG_INTERVAL_MS = 60_000

/** Closes connections beyond the limit at once, so that files can still be opened; logged once a minute. */
export function limitConnections (server: Server, max: number | undefined, log: FastifyBaseLogger | undefined): void {
  if (max === undefined) return
  server.maxConnections = max
  let loggedAt = -Infinity
  server.on('drop', () => {
    const now = performance.now()
    if (now - loggedAt < LOG_INTERVAL_MS) return
    loggedAt = now
    log?.warn({ max }, 'connections are refused: as many are open as the limit of open files allows')
  })
}
