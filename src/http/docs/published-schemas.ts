import { namedSchemas } from '../../../schemas/index.js'
import { ERROR_CODES } from '../../errors.js'
import { FINDINGS } from '../../findings/catalogue.js'

type Json = Record<string, unknown>

/** What is written of any name: typebox's form of a map. */
const ANY_NAME = '^.*$'

/**
 * The named schemas as the API document publishes them: what requests are validated by, in the forms that generators
 * of clients understand. They are taken from the source: Swagger drops what is said beside a `$ref`.
 */
export function publishSchemas (): Json {
  const published = Object.fromEntries(
    namedSchemas.map((schema) => {
      const { $id, ...rest } = toRecord(publish(schema))
      return [String($id), rest]
    })
  )
  return {
    ...withCodes(withOneText(published)),
    FindingCode: {
      type: 'string',
      enum: Object.keys(FINDINGS),
      description: 'The codes of findings in this version. Later versions may add others.'
    },
    ErrorCode: {
      type: 'string',
      enum: ERROR_CODES,
      description: 'The codes of problems in this version. Later versions may add others.'
    }
  }
}

function publish (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(publish)
  if (!isRecord(value)) return value
  const members = Object.entries(value).map(([name, member]) => [
    name,
    name === '$ref' && typeof member === 'string' ? `#/components/schemas/${member.replace(/#$/, '')}` : publish(member)
  ])
  return twoForms(withoutOpenness(asMap(Object.fromEntries(members))))
}

/** A map of any names: generators know it by `additionalProperties`. */
function asMap (schema: Json): Json {
  const { patternProperties, ...rest } = schema
  if (!isRecord(patternProperties) || Object.keys(patternProperties).join() !== ANY_NAME) return schema
  return { ...rest, additionalProperties: patternProperties[ANY_NAME] }
}

/** That other members are accepted is the default: said again, it makes generated types accept misspelled members. */
function withoutOpenness (schema: Json): Json {
  if (!isRecord(schema['properties']) || schema['additionalProperties'] !== true) return schema
  const { additionalProperties: _open, ...rest } = schema
  return rest
}

/**
 * Named members beside others of another type cannot be written as one type in most languages: either the named ones,
 * or the others.
 */
function twoForms (schema: Json): Json {
  const { type, properties, additionalProperties, ...rest } = schema
  if (!isRecord(properties) || !isRecord(additionalProperties)) return schema
  return { ...rest, anyOf: [{ type, properties }, { type, additionalProperties }] }
}

/** What `assertOneText` demands, whose text says it better than a validator: exactly one of the texts. */
function withOneText (schemas: Json): Json {
  const oneOf = ['message', 'failureReason', 'cloudTrailRecord'].map((name) => ({ required: [name] }))
  return { ...schemas, ExplainRequest: { ...toRecord(schemas['ExplainRequest']), oneOf } }
}

/** The components whose `code` is one of a catalogue. */
const CATALOGUES = { Finding: 'FindingCode', Problem: 'ErrorCode', ErrorDocumentation: 'ErrorCode' }

/** The known codes beside the open string: generated clients complete the first and accept the second. */
function withCodes (schemas: Json): Json {
  const entries = Object.entries(CATALOGUES).flatMap(([name, catalogue]) => {
    const schema = schemas[name]
    if (!isRecord(schema) || !isRecord(schema['properties']) || !isRecord(schema['properties']['code'])) return []
    const { description, ...open } = schema['properties']['code']
    const code = {
      anyOf: [{ $ref: `#/components/schemas/${catalogue}` }, open],
      ...(description === undefined ? {} : { description })
    }
    return [[name, { ...schema, properties: { ...schema['properties'], code } }]]
  })
  return { ...schemas, ...Object.fromEntries(entries) }
}

function toRecord (value: unknown): Json {
  return isRecord(value) ? value : {}
}

function isRecord (value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
