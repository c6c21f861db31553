import type { FastifyReply, FastifyRequest } from 'fastify'
import { noteAudit, type Audit } from '../src/plugins/access-log.js'
import { callerOf } from '../src/plugins/authentication.js'
import { entityTag } from '../src/plugins/entity-tag.js'
import type { ResponseText } from '../src/work/tasks.js'

/** An operation whose response follows from the body alone. */
export interface PureOperation<B extends object> {
  /** What is logged of a body, also if it is refused. */
  about (body: B): Audit
  /** `indent`: the white space of the response. `callerId`: undefined where callers are not distinguished. */
  answer (body: B, indent: number, callerId: string | undefined): Promise<ResponseText> | ResponseText
}

type PureRequest<B> = FastifyRequest & { body: B, query: { pretty?: boolean } }

/** Handles a pure operation. */
export function purely<B extends object> ({ about, answer }: PureOperation<B>) {
  return async (request: PureRequest<B>, reply: FastifyReply): Promise<void> => {
    const indent = request.query.pretty === true ? 2 : 0
    // Before the computation: the log line of a request that is refused has it, too.
    noteAudit(request, about(request.body))
    const { text, ...outcome } = await answer(request.body, indent, callerOf(request)?.id)
    noteAudit(request, outcome)
    // Not compared with `If-None-Match`: on a POST that would mean "do not do it" (RFC 9110 §13.1.2).
    if (text === null) reply.code(204).send()
    else reply.headers({ 'content-type': 'application/json; charset=utf-8', etag: entityTag(text) }).send(text)
  }
}
