import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Socket } from 'node:net'

const underWay = new WeakMap<Socket, Set<() => void>>()

/**
 * Tells once when nothing more goes out for a request: its answer is complete, or its client has gone. The answer itself tells only of
 * itself; one that waits behind others on its connection (HTTP pipelining) never hears that the connection was closed.
 */
export function onceOver (request: FastifyRequest, reply: FastifyReply, tell: (isComplete: boolean) => void): void {
  const { raw: { socket } } = request
  const others = underWay.get(socket) ?? watch(socket)
  const over = (): void => {
    if (others.delete(over)) tell(reply.raw.writableFinished)
  }
  others.add(over)
  reply.raw.once('close', over)
}

function watch (socket: Socket): Set<() => void> {
  const waiting = new Set<() => void>()
  underWay.set(socket, waiting)
  socket.once('close', () => { for (const over of waiting) over() })
  return waiting
}
