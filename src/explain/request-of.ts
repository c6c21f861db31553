import type { ExplainRequest } from '../../schemas/explanation.js'
import type { Usage } from '../../schemas/usage.js'
import { ServiceError } from '../errors.js'
import { isObject, type JsonObject, parseJson } from '../json/json.js'
import { describedUsage } from './described-job.js'

const TEXTS = ['message', 'failureReason', 'cloudTrailRecord'] as const

/** Throws INVALID_REQUEST unless there is exactly one text to explain. */
export function assertOneText (request: ExplainRequest): void {
  const given = TEXTS.filter((name) => request[name] !== undefined)
  if (given.length === 1) return
  const detail = `one of ${TEXTS.join(', ')} is needed, and only one`
  const faults = given.length === 0 ? [''] : given.map((name) => `/${name}`)
  throw new ServiceError('INVALID_REQUEST', detail, faults.map((pointer) => ({ pointer, detail })))
}

/**
 * The request for a text as a person has it: a record of CloudTrail, also as a log file or `aws cloudtrail
 * lookup-events` holds it (of several the first that was refused), what a describe command of Amazon Personalize
 * prints, which names the usage as well, or the message alone.
 */
export function requestOf (text: string): {
  failureReason?: string
  cloudTrailRecord?: JsonObject
  usage?: Usage
} {
  const trimmed = text.trim()
  const value = trimmed.startsWith('{') || trimmed.startsWith('[') ? parseJson(trimmed) : undefined
  const records = recordsIn(value)
  const record = records.find((each) => 'errorCode' in each) ?? records[0]
  if (record !== undefined) return { cloudTrailRecord: record }
  const usage = isObject(value) ? describedUsage(value) : undefined
  return { failureReason: failureReasonIn(value) ?? trimmed, ...(usage === undefined ? {} : { usage }) }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html */
function recordsIn (value: unknown): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(recordsIn)
  if (!isObject(value)) return []
  if ('eventSource' in value) return [value]
  const { Records: records, Events: events, CloudTrailEvent: event } = value
  if (typeof event === 'string') return recordsIn(parseJson(event))
  return [records, events].flatMap((list) => (Array.isArray(list) ? list.flatMap(recordsIn) : []))
}

/** `failureReason`, or that of the one resource inside, as in `{ "datasetImportJob": { "failureReason": … } }`. */
function failureReasonIn (value: unknown): string | undefined {
  if (!isObject(value)) return undefined
  const reasons = [value, ...Object.values(value).filter(isObject)].map((each) => each['failureReason'])
  return reasons.flatMap((reason) => (typeof reason === 'string' && reason !== '' ? [reason] : []))[0]
}
