import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/** Once the service stops, how long a connection may be without a complete request. */
const INCOMPLETE_MS = 1_000

/** Keeps the connections of a server, to close those that keep it from ending. */
export interface SilentConnections {
  /** Closes at once those on which nothing was sent, and after a second those without a complete request. */
  close(): void
}

export function watchSilentConnections (server: Server): SilentConnections {
  /** The requests of each connection whose response is not complete. */
  const connections = new Map<Socket, Set<IncomingMessage>>()
  server.on('connection', (socket: Socket) => {
    connections.set(socket, new Set())
    socket.once('close', () => connections.delete(socket))
  })
  server.prependListener('request', (request: IncomingMessage, response) => {
    const open = connections.get(request.socket)
    open?.add(request)
    response.once('close', () => open?.delete(request))
  })
  const destroy = (isSilent: (socket: Socket, open: ReadonlySet<IncomingMessage>) => boolean): void => {
    for (const [socket, open] of connections) if (isSilent(socket, open)) socket.destroy()
  }
  return {
    close () {
      destroy((socket) => socket.bytesRead === 0)
      // Node.js itself closes those that are idle after a response.
      setTimeout(() => {
        destroy((_socket, open) => ![...open].some(({ complete }) => complete))
      }, INCOMPLETE_MS).unref()
    }
  }
}
