import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metrics } from './prometheus.js'

export interface MetricsServer {
  port: number
  close: () => Promise<void>
}

/** Prometheus needs one; more would take open files from the API. */
const MAX_CONNECTIONS = 64

/**
 * Answers `GET /metrics` on a port of its own, so that the gateway has nothing to hide: who reaches the API does not
 * reach it.
 * Rejects where the port cannot be had.
 */
export async function serveMetrics (
  metrics: Pick<Metrics, 'text' | 'contentType'>,
  { host, port }: { host: string; port: number }
): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: 10_000, keepAliveTimeout: 60_000 }, (request, response) => {
    answer(metrics, request, response).catch(() => {
      response.destroy()
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: portOf(server.address()),
    close: async () => {
      await close(server)
    }
  }
}

async function answer (
  metrics: Pick<Metrics, 'text' | 'contentType'>,
  { method, url }: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  if (url?.split('?', 1)[0] !== '/metrics') response.writeHead(404).end()
  else if (method !== 'GET' && method !== 'HEAD') response.writeHead(405, { allow: 'GET, HEAD' }).end()
  else {
    const text = await metrics.text()
    response
      .writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' })
      .end(method === 'HEAD' ? undefined : text)
  }
}

function portOf (address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function close (server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
