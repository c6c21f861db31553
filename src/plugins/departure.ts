import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Socket } from 'node:net'

/** What waits for an answer on each connection, and whom to tell should it close before. */
const underWay = new WeakMap<Socket, Map<object, () => void>>()

/**
 * Tells once if the connection closes before `arrived` says that the answer is complete. The answer itself tells only of itself; one that
 * waits behind others on its connection (HTTP pipelining) never hears that the connection was closed.
 */
export function onDeparture ({ raw: { socket } }: FastifyRequest, watcher: object, tell: () => void): void {
  const others = underWay.get(socket) ?? watch(socket)
  others.set(watcher, tell)
  // Whoever watches only now would never hear of it.
  if (socket.closed) setImmediate(() => { if (others.delete(watcher)) tell() })
}

/** Whether `watcher` still waited. */
export function arrived ({ raw: { socket } }: FastifyRequest, watcher: object): boolean {
  return underWay.get(socket)?.delete(watcher) === true
}

/** Tells once when nothing more goes out for a request: its answer is complete, or its client has gone. */
export function onceOver (request: FastifyRequest, reply: FastifyReply, tell: (isComplete: boolean) => void): void {
  onDeparture(request, tell, () => { tell(false) })
  reply.raw.once('close', () => { if (arrived(request, tell)) tell(reply.raw.writableFinished) })
}

function watch (socket: Socket): Map<object, () => void> {
  const waiting = new Map<object, () => void>()
  underWay.set(socket, waiting)
  socket.once('close', () => {
    for (const [watcher, tell] of waiting) {
      waiting.delete(watcher)
      tell()
    }
  })
  return waiting
}
