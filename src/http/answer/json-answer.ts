import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { ResponseText } from '../../compute/tasks.js'
import { isObject } from '../../json/json.js'
import { type Audit, callerOf } from '../request-state.js'
import { setAudit } from './access-log.js'
import { chosenType, headersOf, JSON_TYPE } from './report-form.js'

export const PrettyQuery = Type.Object(
  {
    pretty: Type.Optional(
      Type.Boolean({ description: 'Indent the answer by 2 spaces. The default is compact JSON.', examples: [true] })
    )
  },
  { additionalProperties: false }
)

/** The query of the operations that answer with a report. */
export const ReportQuery = Type.Object(
  {
    ...PrettyQuery.properties,
    view: Type.Optional(
      Type.Union([Type.Literal('full'), Type.Literal('summary')], {
        description: '`summary` leaves `checks` out of the report; everything else stays. The default is `full`.',
        examples: ['full']
      })
    )
  },
  { additionalProperties: false }
)

/** Writes the answer as `pretty` and `view` require. */
export function prettyPrint (reply: FastifyReply, { pretty, view }: { pretty?: boolean; view?: string }): FastifyReply {
  if (pretty !== true && view !== 'summary') return reply
  const hidden = view === 'summary' ? HIDDEN_IN_SUMMARY : NOTHING_HIDDEN
  // Fastify names the type itself only where the serializer is its own.
  return reply
    .type('application/json; charset=utf-8')
    .serializer((payload: unknown) =>
      JSON.stringify(withoutMembers(payload, hidden), null, pretty === true ? 2 : undefined)
    )
}

const NOTHING_HIDDEN: readonly string[] = []
const HIDDEN_IN_SUMMARY: readonly string[] = ['checks', 's3Checks']

function withoutMembers (payload: unknown, hidden: readonly string[]): unknown {
  return isObject(payload) && hidden.length > 0
    ? Object.fromEntries(Object.entries(payload).filter(([name]) => !hidden.includes(name)))
    : payload
}

/** A strong entity tag for the answers to GET of one scope; a matching `If-None-Match` saves the body. */
export function tagEntities (app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode !== 200 || typeof payload !== 'string') {
      done()
      return
    }
    const tag = entityTag(payload)
    reply.header('etag', tag)
    if (!matchesEntityTag(request.headers['if-none-match'], tag)) {
      done()
      return
    }
    reply.code(304).removeHeader('content-type').removeHeader('content-length')
    done(null, null)
  })
}

/** The strong entity tag of an answer, RFC 9110 §8.8.3. */
export function entityTag (text: string): string {
  return `"${hash('sha256', text, 'base64url')}"`
}

/** Whether `If-None-Match` names the entity tag (RFC 9110 §13.1.2). */
export function matchesEntityTag (condition: string | undefined, tag: string): boolean {
  if (condition === undefined) return false
  return condition
    .split(',')
    .map((candidate) => candidate.trim().replace(/^W\//, ''))
    .some((candidate) => candidate === '*' || candidate === tag)
}

/** An operation whose response follows from the body alone. */
export interface JsonOperation<B extends object> {
  /** What is logged of a body, also if it is refused. */
  about(body: B): Audit
  /** `indent`: the white space of the response. `callerId`: undefined where callers are not distinguished. */
  answer(
    body: B,
    indent: number,
    callerId: string | undefined,
    layout: { view?: 'full' | 'summary'; mediaType: string }
  ): Promise<ResponseText> | ResponseText
  /** The media types of the response, the default first; by default JSON. */
  mediaTypes?: readonly string[]
}

type PureRequest<B> = FastifyRequest & { body: B; query: { pretty?: boolean; view?: 'full' | 'summary' } }

/** Handles a pure operation. */
export function jsonAnswer<B extends object> ({ about, answer, mediaTypes = [JSON_TYPE] }: JsonOperation<B>) {
  const headersByType = new Map(mediaTypes.map((mediaType) => [mediaType, headersOf(mediaType)]))
  return async (request: PureRequest<B>, reply: FastifyReply): Promise<void> => {
    const indent = request.query.pretty === true ? 2 : 0
    // Before the computation: the log line of a request that is refused has it, too.
    setAudit(request, about(request.body))
    const mediaType = chosenType(request, mediaTypes)
    const { view } = request.query
    const layout = view === undefined ? { mediaType } : { view, mediaType }
    const { text, verdict, verdicts } = await answer(request.body, indent, callerOf(request)?.id, layout)
    if (verdict !== undefined && verdicts !== undefined) setAudit(request, { verdict, verdicts })
    // Not compared with `If-None-Match`: on a POST that would mean "do not do it" (RFC 9110 §13.1.2).
    if (text === null) reply.code(204).send()
    else
      reply
        .headers(headersByType.get(mediaType) ?? {})
        .header('etag', entityTag(text))
        .send(text)
  }
}
