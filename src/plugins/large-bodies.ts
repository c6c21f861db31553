import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { onceOver } from './departure.js'
import { LARGE_BYTES, tooManyLargeBodies } from './json-body.js'
import { factsAbout } from './request-facts.js'

export interface LargeBodiesOptions {
  bodyLimit: number
  /** Bytes that the process may have, where the machine says so (a container's limit). */
  memoryBytes: number | undefined
}

/** Of the memory, this part is for the bytes of large bodies under way: read and parsed they take some ten times as much. */
const SHARE_OF_MEMORY = 0.02
const MOST_BYTES = 32 * 1_048_576
/** What a body is counted for that does not say its length, until it is there; most are far smaller. */
const UNTOLD_BYTES = 131_072

/**
 * Bounds what large bodies are under way together, from before they are read until they are answered: read, parsed, and waiting for a
 * thread they would take more memory than a container has. One caller, where callers are told apart, has half of it at most.
 */
export const largeBodies = fp<LargeBodiesOptions>(async (app, { bodyLimit, memoryBytes = 0 }) => {
  const most = Math.max(2 * bodyLimit, Math.min(MOST_BYTES, (memoryBytes === 0 ? Infinity : memoryBytes) * SHARE_OF_MEMORY))
  const held = new Map<string, number>()
  let all = 0
  const hold = (id: string | undefined, bytes: number): void => {
    all += bytes
    if (id === undefined) return
    const own = (held.get(id) ?? 0) + bytes
    if (own === 0) held.delete(id)
    else held.set(id, own)
  }

  const fits = (id: string | undefined, bytes: number): boolean => all + bytes <= most && (id === undefined || (held.get(id) ?? 0) + bytes <= most / 2)

  app.addHook('onRequest', (request, reply, done) => {
    let bytes = bytesToCome(request, bodyLimit)
    // Those beyond the limit are refused without being read.
    if (bytes === 0 || bytes > bodyLimit) { done(); return }
    const facts = factsAbout(request)
    const id = facts.caller?.id
    if (!fits(id, bytes)) { done(tooManyLargeBodies()); return }
    hold(id, bytes)
    facts.bodyArrived = (length) => {
      if (length > bytes && !fits(id, length - bytes)) return false
      hold(id, length - bytes)
      bytes = length
      return true
    }
    onceOver(request, reply, () => {
      // Nobody would take back what is held from now on.
      facts.bodyArrived = undefined
      hold(id, -bytes)
    })
    done()
  })
})

/** What counts of a body that is announced: nothing of a small one. */
function bytesToCome ({ headers }: FastifyRequest, bodyLimit: number): number {
  const length = headers['content-length']
  if (length === undefined) return headers['transfer-encoding'] === undefined ? 0 : Math.min(UNTOLD_BYTES, bodyLimit)
  return Number(length) < LARGE_BYTES ? 0 : Number(length)
}
