import { statusesOf, type Examples, type OperationDocumentation } from '../../routes/operation.js'
import { ERRORS } from '../errors.js'
import { exampleName, problemExamples } from './openapi-problems.js'
import { asksForLater, PROBLEM_TYPE } from './problem.js'

type Json = Record<string, unknown>

const EXTENSION = 'x-documentation'

/**
 * Puts what `operation()` of the routes says of each operation in its place. Swagger itself drops examples
 * beside a `$ref`, and knows one media type an operation, where ours answer problems in another.
 */
export function documentOperations<T extends object> (document: T): T {
  const root: Json = Object.fromEntries(Object.entries(document))
  Object.assign(record(root['components']), { headers: HEADERS, examples: problemExamples() })
  for (const path of Object.values(record(root['paths']))) {
    for (const operation of Object.values(record(path))) documentOperation(record(operation))
  }
  return document
}

const HEADERS = {
  'X-Request-Id': { description: 'The id of the request: the one that was sent if it matches `^[A-Za-z0-9._-]{1,64}$`, else a new one.', schema: { type: 'string' } },
  ETag: { description: 'Strong entity tag: the same request gives the same bytes.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds after which to ask again.', schema: { type: 'integer' } }
}
const headerRef = (name: keyof typeof HEADERS) => ({ [name]: { $ref: `#/components/headers/${name}` } })

function documentOperation (operation: Json): void {
  const documentation = operation[EXTENSION]
  delete operation[EXTENSION]
  if (!isDocumentation(documentation)) return
  if (documentation.requests !== undefined) setExamples(operation['requestBody'], documentation.requests)
  for (const [status, response] of Object.entries(record(operation['responses']))) {
    documentResponse(Number(status), record(response), documentation)
  }
}

function documentResponse (status: number, response: Json, { answers, lines, problems, hasEntityTag }: OperationDocumentation): void {
  response['headers'] = {
    ...headerRef('X-Request-Id'),
    ...(hasEntityTag === true && status === 200 ? headerRef('ETag') : {}),
    ...(asksForLater(status) ? headerRef('Retry-After') : {})
  }
  if (status === 200 && answers !== undefined) setExamples(response, answers())
  if (status === 200 && lines !== undefined) setExamples(response, lines(), 'application/x-ndjson')
  if (status < 400) return
  const codes = problems.filter((code) => statusesOf(code).includes(status))
  const schema = record(record(response['content'])['application/json'])['schema']
  response['description'] = codes.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join(' ')
  response['content'] = { [PROBLEM_TYPE]: { schema, examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${exampleName(code, status)}` }])) } }
}

function setExamples (holder: unknown, examples: Examples, type = 'application/json'): void {
  const media = record(record(record(holder)['content'])[type])
  media['examples'] = examples
}

function isDocumentation (value: unknown): value is OperationDocumentation {
  return typeof value === 'object' && value !== null && 'problems' in value
}

/** A member that is an object, to be changed in place; of anything else, an object that nobody sees. */
function record (value: unknown): Json {
  return isRecord(value) ? value : {}
}

function isRecord (value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
