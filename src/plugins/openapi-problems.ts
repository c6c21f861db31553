import { statusesOf, type Examples } from '../../routes/operation.js'
import type { Problem } from '../../schemas/problem.js'
import { ERROR_CODES, ERRORS, ServiceError, type ErrorCode, type Fault } from '../errors.js'
import { problemOf } from './problem.js'

const EXAMPLES: Partial<Record<ErrorCode, { detail: string, faults?: Fault[] }>> = {
  INVALID_REQUEST: {
    detail: 'The body has 2 faults.',
    faults: [{ pointer: '/roleArns', detail: 'is required' }, { pointer: '/operations/0', detail: 'must be one of: datasetGroup, datasetImportJob, datasetExportJob, batchInferenceJob, batchSegmentJob, metricAttribution, dataDeletionJob' }]
  },
  MALFORMED_JSON: { detail: 'The body is empty.' },
  NOT_FOUND: { detail: 'There is no error code SPELLING.' },
  BODY_TOO_LARGE: { detail: 'The body is larger than 1048576 bytes.' },
  SID_CONFLICT: { detail: 'The statement AllowPersonalizeService of the existing policy has another meaning than ours.', faults: [{ pointer: '/existingKeyPolicy/Statement/1', detail: 'has a Sid of this service, but another meaning' }] },
  INCONSISTENT_USAGE: { detail: 'The usage has 1 fault.', faults: [{ pointer: '/kmsKeyArns/0', detail: 'is in partition aws-cn, the first role in aws' }] },
  CUSTOMER_KEY_NOT_SUPPORTED: { detail: 'Data deletion jobs cannot use a customer-managed key.', faults: [{ pointer: '/operations/0', detail: 'dataDeletionJob supports no customer-managed key' }] },
  POLICY_TOO_LARGE: { detail: 'The key policy has 40210 bytes; AWS takes 32768.' },
  LIMIT_EXCEEDED: { detail: 'Over a limit: /roleArns must not have more than 50 items.', faults: [{ pointer: '/roleArns', detail: 'must not have more than 50 items' }] }
}

/** One example for each code and status, named so that operations can refer to it. */
export function problemExamples (): Examples {
  return Object.fromEntries(ERROR_CODES.flatMap((code) => statusesOf(code).map((status) => [
    exampleName(code, status), { summary: ERRORS[code].title, value: problemExample(code, status) }
  ])))
}

export function exampleName (code: ErrorCode, status: number): string {
  return status === ERRORS[code].status ? code : `${code}_${status}`
}

function problemExample (code: ErrorCode, status: number): Problem {
  const { detail, faults } = EXAMPLES[code] ?? { detail: ERRORS[code].description }
  return problemOf(new ServiceError(code, detail, faults, { statusCode: status }), '0f8f6bd1-6a5f-4f2c-9d1b-6c2b8a1f7a55', '')
}
