import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** The requests of each connection whose response is not complete: nearly always one. */
const openBySocket = new WeakMap<Duplex, Map<IncomingMessage, ServerResponse>>()

/** Keeps the requests of a server while they are open; to be called before the server listens. */
export function watchOpenRequests (server: Server): void {
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const open = openBySocket.get(socket) ?? new Map<IncomingMessage, ServerResponse>()
    openBySocket.set(socket, open)
    open.set(request, response)
    response.once('close', () => open.delete(request))
  })
}

/** Whether a request has arrived whole on the connection, or its response has begun. */
export function isAnswering (socket: Duplex): boolean {
  const open = openBySocket.get(socket) ?? []
  return [...open].some(([request, response]) => request.complete || response.headersSent)
}
