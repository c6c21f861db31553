import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Socket } from 'node:net'

interface Waiting { watcher: object, tell: () => void }

/** What waits for an answer on each connection, and whom to tell should it close before: nearly always one. */
const underWay = new WeakMap<Socket, Waiting[]>()

/**
 * Tells once if the connection closes before `arrived` says that the answer is complete. The answer itself tells only of itself; one that
 * waits behind others on its connection (HTTP pipelining) never hears that the connection was closed.
 */
export function onDeparture ({ raw: { socket } }: FastifyRequest, watcher: object, tell: () => void): void {
  const others = underWay.get(socket) ?? watch(socket)
  others.push({ watcher, tell })
  // Whoever watches only now would never hear of it.
  if (socket.closed) setImmediate(() => { if (takeOut(others, watcher)) tell() })
}

/** Whether `watcher` still waited. */
export function arrived ({ raw: { socket } }: FastifyRequest, watcher: object): boolean {
  const waiting = underWay.get(socket)
  return waiting !== undefined && takeOut(waiting, watcher)
}

/** Tells once when nothing more goes out for a request: its answer is complete, or its client has gone. */
export function onceOver (request: FastifyRequest, reply: FastifyReply, tell: (isComplete: boolean) => void): void {
  onDeparture(request, tell, () => { tell(false) })
  reply.raw.once('close', () => { if (arrived(request, tell)) tell(reply.raw.writableFinished) })
}

function takeOut (waiting: Waiting[], watcher: object): boolean {
  // Without pipelining nobody else waits.
  if (waiting.length === 1 && waiting[0]?.watcher === watcher) return waiting.pop() !== undefined
  const index = waiting.findIndex((one) => one.watcher === watcher)
  if (index === -1) return false
  waiting.splice(index, 1)
  return true
}

function watch (socket: Socket): Waiting[] {
  const waiting: Waiting[] = []
  underWay.set(socket, waiting)
  socket.once('close', () => {
    // Who is told may take others out.
    for (let first = waiting.shift(); first !== undefined; first = waiting.shift()) first.tell()
  })
  return waiting
}
