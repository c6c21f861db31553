import type { ErrorObject } from 'ajv'
import type { Fault } from '../errors.js'

/** Enough to mend any real request; a hostile one must not be answered with megabytes. */
const MOST_FAULTS = 100

const TEXT_KEYWORDS = ['pattern', 'minLength', 'maxLength', 'format']

/** What the validator found, one fault a cause, each with its RFC 6901 pointer. */
export function faultsOf (errors: readonly ErrorObject[]): Fault[] {
  const causes = onePerValue(withoutBranches(errors))
  const faults = causes.slice(0, MOST_FAULTS).map(toFault)
  const rest = causes.length - faults.length
  return rest > 0 ? [...faults, { pointer: '', detail: `${rest} more faults are not listed` }] : faults
}

/**
 * `anyOf` reports each branch that did not fit. Where a branch got further into the value than the
 * others, its faults are the cause; else the `anyOf` itself is.
 */
function withoutBranches (errors: readonly ErrorObject[]): ErrorObject[] {
  const dropped = new Set<ErrorObject>()
  for (const union of errors.filter(({ keyword }) => keyword === 'anyOf')) {
    const branches = errors.filter((error) => error.schemaPath.startsWith(`${union.schemaPath}/`) && error.instancePath.startsWith(union.instancePath))
    const deeper = branches.filter((error) => error.instancePath.length > union.instancePath.length)
    for (const error of branches) if (!deeper.includes(error)) dropped.add(error)
    if (deeper.length > 0) dropped.add(union)
  }
  return errors.filter((error) => !dropped.has(error))
}

/** A value of the wrong type, or a text too short for its pattern, is one fault, not two. */
function onePerValue (errors: readonly ErrorObject[]): ErrorObject[] {
  const ofWrongType = new Set(errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath))
  const seen = new Set<string>()
  return errors.filter(({ keyword, instancePath }) => {
    if (ofWrongType.has(instancePath)) return keyword === 'type'
    if (!TEXT_KEYWORDS.includes(keyword)) return true
    const isFirst = !seen.has(instancePath)
    seen.add(instancePath)
    return isFirst
  })
}

function toFault (error: ErrorObject): Fault {
  return { pointer: `${error.instancePath}${memberOf(error)}`, detail: DETAILS[error.keyword]?.(error) ?? error.message ?? 'is not valid' }
}

function memberOf ({ keyword, params }: ErrorObject): string {
  if (keyword === 'required') return `/${escapePointer(params.missingProperty)}`
  if (keyword === 'additionalProperties') return `/${escapePointer(params.additionalProperty)}`
  if (keyword === 'uniqueItems') return `/${params.index}`
  return ''
}

/** What is wrong, in words that hold without the schema; the validator's own for the rest. */
const DETAILS: Record<string, (error: ErrorObject) => string> = {
  required: () => 'is required',
  additionalProperties: () => 'is not a known member',
  uniqueItems: ({ params }) => `repeats item ${params.first}`,
  enum: ({ params }) => `must be one of: ${params.allowedValues.join(', ')}`,
  pattern: ({ params, parentSchema }) => `is not of the form required: ${parentSchema?.description ?? params.pattern}`,
  type: ({ params }) => `must be ${[params.type].flat().join(' or ')}`,
  anyOf: ({ parentSchema }) => `must be ${typesOf(parentSchema?.anyOf)}`,
  maxItems: ({ params }) => `must not have more than ${params.limit} items`,
  minItems: ({ params }) => `must have at least ${params.limit} item${params.limit === 1 ? '' : 's'}`
}

function typesOf (branches: Array<{ type?: string }> | undefined): string {
  return branches?.map(({ type }) => type ?? 'of another form').join(' or ') ?? 'of another form'
}

function escapePointer (member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1')
}
