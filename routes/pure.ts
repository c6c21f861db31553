import type { FastifyReply, FastifyRequest } from 'fastify'
import type { KeptAnswer, KeptAnswers } from '../src/kept-answers.js'
import { noteAudit, noteKeptAudit, type Audit, type KeptAudit } from '../src/plugins/access-log.js'
import { callerOf } from '../src/plugins/authentication.js'
import { entityTag } from '../src/plugins/entity-tag.js'

/** An operation whose answer follows from the body alone. */
export interface PureOperation<B extends object, A extends object | null> {
  /** What is logged of a body, also where it is refused. */
  about (body: B): Audit
  /** Null where there is nothing to say, which is a 204. `indent`: the white space of the answer. `caller`: '' where callers are not told apart. */
  answer (body: B, indent: number, caller: string): Promise<A> | A
  /** What is logged of an answer. */
  outcome? (answer: A): Audit
}

type PureRequest<B> = FastifyRequest & { body: B, query: { pretty?: boolean } }

/** Handles a pure operation; a body that comes again is answered with what is kept. */
export function purely<B extends object, A extends object | null> (kept: KeptAnswers<KeptAudit>, { about, answer, outcome }: PureOperation<B, A>) {
  const [compact, pretty] = [{ indent: 0 }, { indent: 2 }]

  const make = async (request: PureRequest<B>, way: { indent: number }): Promise<KeptAnswer<KeptAudit>> => {
    const subject = about(request.body)
    // Before it is computed: the line of a request that is refused tells it, too.
    noteAudit(request, subject)
    const made = await answer(request.body, way.indent, callerOf(request)?.id ?? '')
    const text = made === null ? null : JSON.stringify(made, null, way.indent)
    const known = { text, tag: entityTag(text ?? ''), told: { audit: { ...subject, ...outcome?.(made) } } }
    kept.keep(request.body, way, known)
    noteAudit(request, known.told.audit)
    return known
  }

  return (request: PureRequest<B>, reply: FastifyReply): Promise<void> | void => {
    const way = request.query.pretty === true ? pretty : compact
    const known = kept.find(request.body, way)
    if (known === undefined) return make(request, way).then((fresh) => { send(fresh, reply) })
    noteKeptAudit(request, known.told)
    send(known, reply)
  }
}

function send ({ text, tag }: KeptAnswer<KeptAudit>, reply: FastifyReply): void {
  if (text === null) reply.code(204).send()
  // Not held against `If-None-Match`: on a POST that would mean "do not do it" (RFC 9110 §13.1.2), which nobody wants of a pure function.
  else reply.headers({ 'content-type': 'application/json; charset=utf-8', etag: tag }).send(text)
}
