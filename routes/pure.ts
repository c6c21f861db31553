import type { FastifyReply, FastifyRequest } from 'fastify'
import { noteAudit, type Audit } from '../src/plugins/access-log.js'
import { callerOf } from '../src/plugins/authentication.js'
import { entityTag } from '../src/plugins/entity-tag.js'

/** An operation whose response follows from the body alone. */
export interface PureOperation<B extends object, A extends object | null> {
  /** What is logged of a body, also if it is refused. */
  about (body: B): Audit
  /** Null if there is nothing to send (204). `indent`: the white space of the response. `caller`: '' if callers are not told apart. */
  answer (body: B, indent: number, caller: string): Promise<A> | A
  /** What is logged of a response. */
  outcome? (answer: A): Audit
}

type PureRequest<B> = FastifyRequest & { body: B, query: { pretty?: boolean } }

/** Handles a pure operation. */
export function purely<B extends object, A extends object | null> ({ about, answer, outcome }: PureOperation<B, A>) {
  return async (request: PureRequest<B>, reply: FastifyReply): Promise<void> => {
    const indent = request.query.pretty === true ? 2 : 0
    // Before the computation: the log line of a request that is refused has it, too.
    noteAudit(request, about(request.body))
    const result = await answer(request.body, indent, callerOf(request)?.id ?? '')
    if (outcome !== undefined) noteAudit(request, outcome(result))
    if (result === null) {
      reply.code(204).send()
      return
    }
    const text = JSON.stringify(result, null, indent)
    // Not compared with `If-None-Match`: on a POST that means "do not do it" (RFC 9110 §13.1.2), which no client wants of a pure function.
    reply.headers({ 'content-type': 'application/json; charset=utf-8', etag: entityTag(text) }).send(text)
  }
}
