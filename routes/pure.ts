import type { FastifyReply, FastifyRequest } from 'fastify'
import type { KeptAnswer, KeptAnswers } from '../src/kept-answers.js'
import { noteAudit, noteKeptAudit, type Audit, type KeptAudit } from '../src/plugins/access-log.js'
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

/** Handles a pure operation; a body that comes again is answered with what is kept. */
export function purely<B extends object> (kept: KeptAnswers<KeptAudit>, { about, answer }: PureOperation<B>) {
  const [compact, pretty] = [{ indent: 0 }, { indent: 2 }]

  const make = async (request: PureRequest<B>, way: { indent: number }): Promise<KeptAnswer<KeptAudit>> => {
    const subject = about(request.body)
    // Before it is computed: the line of a request that is refused tells it, too.
    noteAudit(request, subject)
    const { text, ...outcome } = await answer(request.body, way.indent, callerOf(request)?.id)
    const known = { text, tag: entityTag(text ?? ''), told: { audit: { ...subject, ...outcome } } }
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
