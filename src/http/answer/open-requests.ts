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
  return nextResponse(socket) !== undefined
}

/** Calls when the responses to such requests are complete: at once, where there are none. */
export function afterResponses (socket: Duplex, call: () => void): void {
  const response = nextResponse(socket)
  if (response === undefined) call()
  else
    response.once('close', () => {
      afterResponses(socket, call)
    })
}

function nextResponse (socket: Duplex): ServerResponse | undefined {
  for (const [request, response] of openBySocket.get(socket) ?? [])
    if (request.complete || response.headersSent) return response
  return undefined
}
