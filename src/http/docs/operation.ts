import { Problem } from '../../../schemas/problem.js'
import { ref } from '../../../schemas/ref.js'
import type { Scope } from '../../access/caller.js'
import { type ErrorCode, ERRORS } from '../../errors.js'

export interface Example {
  summary: string
  value: unknown
}
export type Examples = Record<string, Example>

/** What the API document says of an operation beyond its schemas. */
export interface OperationDocumentation {
  /** One request a situation; each can be sent as it stands. */
  requests?: Examples
  /** Examples of the 200 answer, made by the operation's own code and only when the document is written. */
  answers?: () => Examples
  /** The same of the other media types of the 200 response. */
  otherAnswers?: () => Record<string, Examples>
  problems: readonly ErrorCode[]
  hasEntityTag?: boolean
}

/** What an operation asks of its caller, for the `config` of its route. */
export function requires (access: Scope | 'public'): { access: Scope | 'public' } {
  return { access }
}

/** Refusals that every operation shares, and those of the operations that read a body. */
const ALWAYS = [
  'MALFORMED_HTTP',
  'NOT_ACCEPTABLE',
  'UNSUPPORTED_MEDIA_TYPE',
  'INTERNAL_ERROR'
] as const satisfies readonly ErrorCode[]
const ALWAYS_WITH_BODY = [
  'INVALID_REQUEST',
  'MALFORMED_JSON',
  'REQUEST_TIMEOUT',
  'BODY_TOO_LARGE',
  'LIMIT_EXCEEDED'
] as const satisfies readonly ErrorCode[]

/** The schema of a route together with its documentation, which `src/http/docs/openapi.ts` puts in its places. */
export function operation<const S extends { response: object; body?: object }> (
  schema: S,
  documentation: OperationDocumentation
): S {
  const shared = schema.body === undefined ? ALWAYS : [...ALWAYS, ...ALWAYS_WITH_BODY]
  const problems = [...new Set([...shared, ...documentation.problems])]
  const responses = Object.fromEntries(problems.flatMap(statusesOf).map((status) => [status, ref(Problem)]))
  return {
    ...schema,
    response: { ...responses, ...schema.response },
    'x-documentation': { ...documentation, problems }
  }
}

/** A code has one status, but AWS can fail us in two ways. */
export function statusesOf (code: ErrorCode): number[] {
  return code === 'AWS_UNAVAILABLE' ? [502, 504] : [ERRORS[code].status]
}

export function isDocumentation (value: unknown): value is OperationDocumentation {
  return typeof value === 'object' && value !== null && 'problems' in value
}
