import { ERROR_DESCRIPTIONS } from '../../error-descriptions.js'
import { type ErrorCode, ERROR_CODES, ERRORS, type FieldError, ServiceError } from '../../errors.js'
import { asksForLater, PROBLEM_TYPE, problemOf } from '../answer/problem.js'
import type { Problem } from '../../../schemas/problem.js'
import { type Examples, statusesOf } from './operation.js'

const EXAMPLES: Partial<Record<ErrorCode, { detail: string; faults?: FieldError[] }>> = {
  INVALID_REQUEST: {
    detail: 'The body has 2 faults.',
    faults: [
      { pointer: '/roleArns', detail: 'is required' },
      {
        pointer: '/operations/0',
        detail:
          'must be one of: datasetGroup, datasetImportJob, datasetExportJob, batchInferenceJob, batchSegmentJob, ' +
          'metricAttribution, dataDeletionJob'
      }
    ]
  },
  MALFORMED_JSON: { detail: 'The body is empty.' },
  NOT_FOUND: { detail: 'There is no error code SPELLING.' },
  BODY_TOO_LARGE: { detail: 'The body is larger than 1048576 bytes.' },
  SID_CONFLICT: {
    detail: 'The statement AllowPersonalizeService of the existing policy has another meaning than ours.',
    faults: [{ pointer: '/existingKeyPolicy/Statement/1', detail: 'has a Sid of this service, but another meaning' }]
  },
  INCONSISTENT_USAGE: {
    detail: 'The usage has 1 fault.',
    faults: [{ pointer: '/kmsKeyArns/0', detail: 'is in partition aws-cn, the first role in aws' }]
  },
  CUSTOMER_KEY_NOT_SUPPORTED: {
    detail: 'Data deletion jobs cannot use a customer-managed key.',
    faults: [{ pointer: '/operations/0', detail: 'dataDeletionJob supports no customer-managed key' }]
  },
  POLICY_TOO_LARGE: { detail: 'The key policy has 40210 bytes; AWS takes 32768.' },
  LIMIT_EXCEEDED: {
    detail: 'Over a limit: /roleArns must not have more than 50 items.',
    faults: [{ pointer: '/roleArns', detail: 'must not have more than 50 items' }]
  }
}

/** One example for each code and status, named so that responses can refer to it. */
export function problemExamples (): Examples {
  return Object.fromEntries(
    ERROR_CODES.flatMap((code) =>
      statusesOf(code).map((status) => [
        exampleName(code, status),
        { summary: ERRORS[code].title, value: problemExample(code, status) }
      ])
    )
  )
}

function exampleName (code: ErrorCode, status: number): string {
  return status === ERRORS[code].status ? code : `${code}_${status}`
}

function problemExample (code: ErrorCode, status: number): Problem {
  const { detail, faults } = EXAMPLES[code] ?? { detail: ERROR_DESCRIPTIONS[code] }
  return problemOf(
    new ServiceError(code, detail, faults, { statusCode: status }),
    '0f8f6bd1-6a5f-4f2c-9d1b-6c2b8a1f7a55',
    ''
  )
}

/** More codes than this are particular to few operations, and too many for the name of a component. */
const MAX_SHARED_CODES = 3

/**
 * The name of the component that documents a problem response, after its codes, e.g. `NotAcceptable`; undefined where
 * the response stays with its operation.
 */
export function responseName (codes: readonly ErrorCode[], status: number): string | undefined {
  if (codes.length > MAX_SHARED_CODES) return undefined
  return [...codes].sort().map((code) => pascalCase(exampleName(code, status))).join('Or')
}

function pascalCase (code: string): string {
  return code.split('_').map((word) => `${word.charAt(0)}${word.slice(1).toLowerCase()}`).join('')
}

/** A problem response of the API document: the codes that it can have, each with its example. */
export function problemResponse (codes: readonly ErrorCode[], status: number): Record<string, unknown> {
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join(' '),
    headers: { ...headerRef('X-Request-Id'), ...(asksForLater(status) ? headerRef('Retry-After') : {}) },
    content: {
      [PROBLEM_TYPE]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(
          codes.map((code) => [code, { $ref: `#/components/examples/${exampleName(code, status)}` }])
        )
      }
    }
  }
}

/** The response headers that the document describes once. */
export const HEADERS = {
  'X-Request-Id': {
    description: 'The id of the request: the one that was sent if it matches `^[A-Za-z0-9._-]{1,64}$`, else a new one.',
    schema: { type: 'string' }
  },
  ETag: { description: 'Strong entity tag: the same request gives the same bytes.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds after which to ask again.', schema: { type: 'integer' } }
}

/** A reference to a documented header, under its name. */
export const headerRef = (name: keyof typeof HEADERS) => ({ [name]: { $ref: `#/components/headers/${name}` } })
