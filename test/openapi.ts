import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { ERRORS, isErrorCode } from '../src/errors.js'
import { startApp, unreadable } from './helper.js'

type Json = Record<string, unknown>

const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce((inner, member) => (isRecord(inner) ? inner[member] : undefined), value)
const entriesAt = (value: unknown, ...path: string[]): Array<[string, unknown]> =>
  Object.entries(Object(at(value, ...path)))
const WITHOUT_BODY = ['204', '304']

const { app, agent } = await startApp({
  after: (close) => {
    t.teardown(close)
  }
})
const document: unknown = JSON.parse(JSON.stringify(app.swagger()))
const operations = entriesAt(document, 'paths').flatMap(([path, methods]) =>
  entriesAt(methods).map(([method, operation]) => ({ path, method, operation }))
)

/** The document's own schemas, by the pointers that it uses itself. */
const ajv = new Ajv2020({ strict: false, schemas: [{ $id: 'document', ...Object(document) }] })
function faultsAgainst (schema: unknown, value: unknown): unknown {
  const reference = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'))
  const validate = ajv.compile(reference)
  return validate(value) ? null : validate.errors
}

t.test('the committed document is the one that the app serves: npm run openapi', async (t) => {
  t.same(JSON.parse(await readFile('openapi/openapi.json', 'utf8')), document)
  t.same((await agent.get('/openapi.json')).body, document)
  t.same((await agent.get('/docs/json').redirects(1)).body, document)
  t.equal(at(document, 'openapi'), '3.1.0')
})

t.test('every operation is documented: id, tags, summary, description, and an example of each answer', async (t) => {
  const ids = operations.map(({ operation }) => at(operation, 'operationId'))
  t.equal(new Set(ids).size, ids.length)
  t.ok(ids.length >= 11)
  for (const { path, method, operation } of operations) {
    const name = `${method} ${path}`
    for (const member of ['operationId', 'tags', 'summary', 'description'])
      t.ok(at(operation, member), `${name}: ${member}`)
    if (method === 'post')
      t.ok(
        entriesAt(operation, 'requestBody', 'content', 'application/json', 'examples').length > 0,
        `${name}: request`
      )
    for (const [status, response] of entriesAt(operation, 'responses')) {
      const media = Object.keys(Object(at(response, 'content')))
      t.equal(
        at(response, 'headers', 'Retry-After') !== undefined,
        ['429', '503'].includes(status),
        `${name} ${status}: Retry-After`
      )
      if (WITHOUT_BODY.includes(status)) continue
      const forms = ['text/html', 'text/markdown', 'application/sarif+json', 'application/xml']
      const reportTypes = ['application/json', ...forms]
      const others: Record<string, string[]> = {
        '/verify/documents': reportTypes,
        '/verify': [...reportTypes, 'application/x-ndjson']
      }
      const types = others[path] ?? ['application/json']
      t.same(media, Number(status) < 400 ? types : ['application/problem+json'], `${name} ${status}`)
      for (const type of media)
        t.ok(entriesAt(response, 'content', type, 'examples').length > 0, `${name} ${status} ${type}: example`)
    }
  }
})

t.test('each example of an answer fits its schema, and each problem its status', async (t) => {
  for (const { path, operation } of operations) {
    for (const [status, response] of entriesAt(operation, 'responses')) {
      for (const [type, media] of entriesAt(response, 'content')) {
        for (const [name, example] of entriesAt(media, 'examples')) {
          const reference = at(example, '$ref')
          const value = at(
            typeof reference === 'string' ? at(document, ...reference.slice(2).split('/')) : example,
            'value'
          )
          t.equal(faultsAgainst(at(media, 'schema'), value), null, `${path} ${status} ${name}`)
          if (type === 'application/problem+json') t.match(value, { code: name, status: Number(status) })
        }
      }
    }
  }
  for (const [name, example] of entriesAt(document, 'components', 'examples')) {
    const code = String(at(example, 'value', 'code'))
    t.ok(isErrorCode(code) && ERRORS[code].title === at(example, 'summary'), name)
  }
})

const parametersOf = (operation: unknown): unknown[] => {
  const parameters = at(operation, 'parameters')
  return Array.isArray(parameters) ? parameters : []
}

/** The path and query of a request, each parameter with its example, as the API browser puts it in. */
function filledIn (path: string, operation: unknown): string {
  const query = new URLSearchParams()
  for (const parameter of parametersOf(operation)) {
    const [name, example] = [String(at(parameter, 'name')), String(at(parameter, 'example'))]
    if (at(parameter, 'in') === 'query') query.append(name, example)
    else path = path.replace(`{${name}}`, example)
  }
  return `${path}?${query}`
}

t.test('every parameter has an example that fits its schema, and every operation with a body has one', async (t) => {
  for (const { path, method, operation } of operations) {
    for (const parameter of parametersOf(operation)) {
      const name = `${method} ${path} ${at(parameter, 'name')}`
      t.not(at(parameter, 'example'), undefined, name)
      t.equal(faultsAgainst(at(parameter, 'schema'), at(parameter, 'example')), null, name)
    }
    if (at(operation, 'requestBody') !== undefined)
      t.not(entriesAt(operation, 'requestBody', 'content', 'application/json', 'examples').length, 0, path)
  }
})

t.test('the documentation of each error code is found by the example of its problem', async (t) => {
  for (const [name, example] of entriesAt(document, 'components', 'examples')) {
    const { status, body } = await agent.get(String(at(example, 'value', 'type')))
    t.match({ status, body }, { status: 200, body: { code: at(example, 'value', 'code') } }, name)
  }
  t.equal((await agent.get('/docs/yaml')).status, 404)
})

t.test('"Try it out": every example of a request, unchanged, answers 2xx that fits the document', async (t) => {
  for (const { path, method, operation } of operations) {
    if (path === '/verify') continue
    const requests =
      method === 'post'
        ? entriesAt(operation, 'requestBody', 'content', 'application/json', 'examples')
        : [['', undefined] as const]
    for (const [name, example] of requests) {
      const url = filledIn(path, operation)
      const answer = method === 'post' ? await agent.post(url).send(Object(at(example, 'value'))) : await agent.get(url)
      t.ok(answer.status === 200 || answer.status === 204, `${path} ${name}: ${answer.status} ${answer.text}`)
      if (answer.status === 204) continue
      const schema = at(operation, 'responses', String(answer.status), 'content', 'application/json', 'schema')
      t.equal(faultsAgainst(schema, answer.body), null, `${path} ${name}`)
    }
  }
})

t.test('the examples of POST /verify fit its schema, and can be replaced by keys that exist', async (t) => {
  const requestBody = at(document, 'paths', '/verify', 'post', 'requestBody', 'content', 'application/json')
  for (const [name, example] of entriesAt(requestBody, 'examples'))
    t.equal(faultsAgainst(at(requestBody, 'schema'), at(example, 'value')), null, name)

  const verifyExamples = { mine: { summary: 'mine', value: { usage: {} } } }
  const { app } = await startApp(t, { policySource: unreadable, verifyExamples })
  t.same(
    at(
      JSON.parse(JSON.stringify(app.swagger())),
      'paths',
      '/verify',
      'post',
      'requestBody',
      'content',
      'application/json',
      'examples'
    ),
    verifyExamples
  )
})
