import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t, { type Test } from 'tap'
import { ERRORS, isErrorCode } from '../src/errors.js'
import { FINDINGS } from '../src/findings/catalogue.js'
import { POLICY_FORMS } from '../src/formats/policies/policy-forms.js'
import { loadConfig } from '../src/config/config.js'
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
/** What a reference of the document leads to; anything else is itself. */
function resolved (value: unknown): unknown {
  const reference = at(value, '$ref')
  return typeof reference === 'string' ? at(document, ...reference.slice(2).split('/')) : value
}
const responsesOf = (operation: unknown): Array<[string, unknown]> =>
  entriesAt(operation, 'responses').map(([status, response]) => [status, resolved(response)])
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
    for (const [status, response] of responsesOf(operation)) {
      const media = Object.keys(Object(at(response, 'content')))
      t.equal(
        at(response, 'headers', 'Retry-After') !== undefined,
        ['429', '503'].includes(status),
        `${name} ${status}: Retry-After`
      )
      if (WITHOUT_BODY.includes(status)) continue
      const forms = ['text/html', 'text/markdown', 'application/sarif+json', 'application/xml']
      const reportTypes = ['application/json', ...forms]
      const policyTypes = ['application/json', ...POLICY_FORMS.map(({ mediaType }) => mediaType)]
      const others: Record<string, string[]> = {
        ...Object.fromEntries(
          ['/policies', '/policies/key', '/policies/iam', '/policies/trust', '/policies/bucket'].map((route) => [route, policyTypes])
        ),
        '/verify/documents': reportTypes,
        '/verify': [...reportTypes, 'application/x-ndjson'],
        '/verify/dataset-group': ['application/json', 'application/x-ndjson'],
        '/explain': ['application/json', 'text/markdown']
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
    for (const [status, response] of responsesOf(operation)) {
      for (const [type, media] of entriesAt(response, 'content')) {
        for (const [name, example] of entriesAt(media, 'examples')) {
          const value = at(resolved(example), 'value')
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

/** The document of a service with these environment variables. */
async function documentOf (t: Test, environment: Record<string, string>): Promise<unknown> {
  const { app } = await startApp(t, { config: loadConfig(environment) })
  return JSON.parse(JSON.stringify(app.swagger()))
}
const JWT = {
  AUTH_MODE: 'jwt',
  JWT_JWKS_URL: 'https://issuer.example.com/keys',
  JWT_ISSUER: 'https://issuer.example.com/',
  JWT_AUDIENCE: 'personalize-kms-policies'
}
const GATEWAY = {
  AUTH_MODE: 'gateway',
  TRUST_PROXY: 'loopback',
  CALLER_HEADER: 'x-user',
  SCOPES_HEADER: 'x-rights'
}

t.test('security: each mode documents its own schemes, and mode none has none', async (t) => {
  t.equal(at(document, 'components', 'securitySchemes'), undefined)
  for (const { path, operation } of operations) t.equal(at(operation, 'security'), undefined, path)

  const [jwt, gateway] = [await documentOf(t, JWT), await documentOf(t, GATEWAY)]
  t.same(Object.keys(Object(at(jwt, 'components', 'securitySchemes'))), ['bearerToken'])
  t.same(at(jwt, 'paths', '/verify', 'post', 'security'), [{ bearerToken: ['verify:live'] }])
  t.match(at(jwt, 'paths', '/verify', 'post', 'description'), /Scope: `verify:live`\.$/)
  t.equal(at(jwt, 'paths', '/livez', 'get', 'security'), undefined)
  t.match(at(gateway, 'components', 'securitySchemes'), {
    gatewayCaller: { type: 'apiKey', in: 'header', name: 'x-user' },
    gatewayScopes: { type: 'apiKey', in: 'header', name: 'x-rights' }
  })
  t.same(at(gateway, 'paths', '/policies', 'post', 'security'), [
    { gatewayCaller: ['policies:generate'], gatewayScopes: ['policies:generate'] }
  ])
})

t.test('problem responses: equal ones are one component, which each operation refers to', (t) => {
  const own = operations.flatMap(({ operation }) =>
    entriesAt(operation, 'responses').filter(([status]) => Number(status) >= 400)
  )
  const inline = own.filter(([, response]) => at(response, '$ref') === undefined)
  t.same([...new Set(inline.map(([status]) => status))], ['422'], 'but for the codes of one kind of operation')
  const components = entriesAt(document, 'components', 'responses')
  const texts = components.map(([, response]) => JSON.stringify(response))
  t.equal(new Set(texts).size, texts.length)
  const used = new Set(own.map(([, response]) => at(response, '$ref')))
  t.same(components.filter(([name]) => !used.has(`#/components/responses/${name}`)), [])
  t.end()
})

t.test('tags: every operation has one of the three, and all are described', (t) => {
  const names = entriesAt(document, 'tags').map(([, tag]) => String(at(tag, 'name')))
  t.same(names, ['Get the policies', 'Check that they work', 'Operate'])
  t.same(new Set(operations.flatMap(({ operation }) => Object(at(operation, 'tags')))), new Set(names))
  t.end()
})

t.test('generators: schemas have the forms that generated types need', (t) => {
  const schemas = at(document, 'components', 'schemas')
  t.match(at(schemas, 'PolicyInput'), { type: ['object', 'string'], additionalProperties: true })
  t.match(at(schemas, 'VerificationContext', 'anyOf'), [
    { properties: { role: {}, service: {}, roles: {}, keys: {} } },
    { additionalProperties: { anyOf: [{ type: 'string' }, { type: 'array' }] } }
  ])
  t.equal(at(schemas, 'VerificationContext', 'anyOf', '0', 'additionalProperties'), undefined)
  t.same(at(schemas, 'FindingCode', 'enum'), Object.keys(FINDINGS))
  t.same(at(schemas, 'ErrorCode', 'enum'), Object.keys(ERRORS))
  t.same(at(schemas, 'Finding', 'properties', 'code', 'anyOf'), [
    { $ref: '#/components/schemas/FindingCode' },
    { type: 'string' }
  ])
  const opened: string[] = []
  const walk = (value: unknown, path: string): void => {
    for (const [name, member] of Object.entries(Object(value))) {
      const rest = at(member, 'additionalProperties')
      if (isRecord(at(member, 'properties')) && rest !== undefined && rest !== false) opened.push(`${path}/${name}`)
      if (typeof member === 'object') walk(member, `${path}/${name}`)
    }
  }
  walk(schemas, '')
  t.same(opened, [], 'named members stand alone: others are accepted without saying so')
  t.notMatch(JSON.stringify(schemas), 'patternProperties')
  t.end()
})

t.test('descriptions: each operation of a usage, and each member that has consequences, is explained', (t) => {
  const schemas = at(document, 'components', 'schemas')
  const operation = at(schemas, 'Operation')
  for (const [, value] of entriesAt(operation, 'enum'))
    t.match(at(operation, 'description'), `\n* \`${String(value)}\`: `)
  for (const member of ['accountId', 'existingKeyPolicy', 'existingRolePolicy'])
    t.match(at(schemas, 'Usage', 'properties', member), { $ref: String, description: String })
  t.match(at(schemas, 'Requirement', 'properties', 'together'), { description: String })
  t.match(at(schemas, 'Profile', 'description'), /`documented`: .*\n\* `derived`: /)
  t.end()
})
