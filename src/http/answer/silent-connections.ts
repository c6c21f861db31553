import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { isAnswering } from './open-requests.js'

/** Once the service stops, how long a connection may be without a complete request. */
const INCOMPLETE_MS = 1_000

/** Keeps the connections of a server, to close those that keep it from ending. */
export interface SilentConnections {
  /** Closes at once those on which nothing was sent, and after a second those without a complete request. */
  close(): void
}

export function watchSilentConnections (server: Server): SilentConnections {
  /** By the other end: once a TLS handshake is complete, its connection takes the place of that of TCP. */
  const connections = new Map<string, Socket>()
  const keep = (socket: Socket): void => {
    const end = `${socket.remoteAddress} ${socket.remotePort}`
    connections.set(end, socket)
    socket.once('close', () => {
      if (connections.get(end) === socket) connections.delete(end)
    })
  }
  server.on('connection', keep)
  server.on('secureConnection', keep)
  const destroy = (isSilent: (socket: Socket) => boolean): void => {
    for (const socket of connections.values()) if (isSilent(socket)) socket.destroy()
  }
  return {
    close () {
      destroy(({ bytesRead }) => bytesRead === 0)
      // Node.js itself closes those that are idle after a response.
      setTimeout(() => {
        destroy((socket) => !isAnswering(socket))
      }, INCOMPLETE_MS).unref()
    }
  }
}
