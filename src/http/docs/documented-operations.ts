import type { ErrorCode } from '../../errors.js'
import { type Examples, isDocumentation, type OperationDocumentation, statusesOf } from './operation.js'
import { headerRef, HEADERS, problemExamples, problemResponse, responseName } from './problem-responses.js'
import { publishSchemas } from './published-schemas.js'

type Json = Record<string, unknown>

const EXTENSION = 'x-documentation'

/**
 * Puts what `operation()` of the routes says of each operation in its place. Swagger itself drops examples
 * beside a `$ref`, and knows one media type an operation, where ours answer problems in another.
 */
export function documentOperations<T extends object> (document: T): T {
  const root: Json = Object.fromEntries(Object.entries(document))
  const components = record(root['components'])
  const responses: Json = {}
  for (const path of Object.values(record(root['paths']))) {
    for (const operation of Object.values(record(path))) documentOperation(record(operation), responses)
  }
  const shared = Object.entries(responses).sort(([one], [other]) => (one < other ? -1 : 1))
  Object.assign(components, {
    schemas: publishSchemas(),
    responses: Object.fromEntries(shared),
    headers: HEADERS,
    examples: problemExamples()
  })
  return document
}

/** `responses`: the shared problem responses, to which those of the operation are added. */
function documentOperation (operation: Json, responses: Json): void {
  const documentation = operation[EXTENSION]
  delete operation[EXTENSION]
  if (!isDocumentation(documentation)) return
  if (documentation.requests !== undefined) setExamples(operation['requestBody'], documentation.requests)
  const documented = record(operation['responses'])
  for (const [name, response] of Object.entries(documented)) {
    const status = Number(name)
    if (status < 400) documentAnswer(status, record(response), documentation)
    else documented[name] = problemReference(status, documentation.problems, responses)
  }
}

function documentAnswer (
  status: number,
  response: Json,
  { answers, otherAnswers, hasEntityTag }: OperationDocumentation
): void {
  response['headers'] = {
    ...headerRef('X-Request-Id'),
    ...(hasEntityTag === true && status === 200 ? headerRef('ETag') : {})
  }
  if (status !== 200) return
  if (answers !== undefined) setExamples(response, answers())
  if (otherAnswers === undefined) return
  for (const [type, examples] of Object.entries(otherAnswers())) setExamples(response, examples, type)
}

/** The problem response of a status: a reference where operations share it. */
function problemReference (status: number, problems: readonly ErrorCode[], responses: Json): Json {
  const codes = problems.filter((code) => statusesOf(code).includes(status))
  const response = problemResponse(codes, status)
  const name = responseName(codes, status)
  if (name === undefined) return response
  responses[name] ??= response
  return { $ref: `#/components/responses/${name}` }
}

function setExamples (holder: unknown, examples: Examples, type = 'application/json'): void {
  const media = record(record(record(holder)['content'])[type])
  media['examples'] = examples
}

/** A member that is an object, to be changed in place; of anything else, an unused object. */
function record (value: unknown): Json {
  return isRecord(value) ? value : {}
}

function isRecord (value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
