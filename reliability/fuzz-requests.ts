import fc from 'fast-check'
import type { Usage } from '../schemas/usage.js'
import { arbitraryUsage } from '../test/arbitrary-usage.js'
import { operationsWithBody, policyDocument } from './arbitraries.js'
import type { Sent } from './http-client.js'

export interface Consistent {
  path: string
  body: unknown
}

/** The usage with documents for each of its keys and roles, whatever stands in them. */
const documents = (usage: Usage, policies: readonly unknown[]): unknown => ({
  usage,
  keys: (usage.kmsKeyArns ?? []).map((kmsKeyArn, index) => ({
    kmsKeyArn,
    keyPolicy: policies[index % policies.length]
  })),
  roles: usage.roleArns.map((roleArn, index) => ({
    roleArn,
    identityPolicies: [{ name: 'p', document: policies[index % policies.length] }],
    trustPolicy: policies[0]
  }))
})

/** What has neither member is refused as the output of another command. */
const isPolicy = (document: object): boolean => 'Version' in document || 'Statement' in document

/** Requests that have to be answered: their usages fit together, whatever the policies are. */
export const consistentRequest: fc.Arbitrary<Consistent> = fc.oneof(
  arbitraryUsage({ oneAccount: true }).map((body) => ({ path: '/policies/key', body })),
  arbitraryUsage().map((body) => ({ path: '/policies/trust', body })),
  arbitraryUsage().map((body) => ({ path: '/policies/iam', body })),
  arbitraryUsage().map((usage) => ({ path: '/policies', body: { usages: [usage] } })),
  fc
    .tuple(arbitraryUsage({ keys: 'always' }), fc.array(policyDocument.filter(isPolicy), { minLength: 1, maxLength: 3 }))
    .map(([usage, policies]) => ({ path: '/verify/documents', body: documents(usage, policies) })),
  arbitraryUsage({ keys: 'always' }).map((usage) => ({ path: '/verify', body: { usage } }))
)

const anyPath = fc.constantFrom(...operationsWithBody.map(({ path }) => path))
const example = fc.constantFrom(
  ...operationsWithBody.flatMap(({ path, examples }) =>
    examples.map((value) => ({ path, text: JSON.stringify(value) }))
  )
)
const post = (path: string, body: string | Buffer, headers: Sent['headers'] = {}): Sent => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/json', ...headers },
  body
})
const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

/** Bodies that are refused whatever the schema says. */
export const rawBody: fc.Arbitrary<Sent> = fc.oneof(
  fc
    .tuple(example, fc.double({ min: 0, max: 0.999, noNaN: true }))
    .map(([{ path, text }, part]) => post(path, text.slice(0, Math.floor(text.length * part)))),
  example.map(({ path, text }) =>
    post(path, text.replace('{', '{"operations":["datasetGroup"],"operations":["datasetGroup"],'))
  ),
  example.map(({ path, text }) => post(path, text.replace('{', '{"__proto__":{"a":1},'))),
  example.map(({ path, text }) => post(path, text.replace('{', '{"constructor":{"prototype":{"a":1}},'))),
  example.map(({ path, text }) => post(path, text.replace('{', '{"waitUpTo":1e400,'))),
  fc
    .tuple(example, fc.integer({ min: 0x80, max: 0xff }))
    .map(([{ path, text }, byte]) =>
      post(path, Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([byte]), Buffer.from('}')]))
    ),
  fc
    .tuple(
      anyPath,
      fc.constantFrom(
        '',
        ' ',
        '\ufeff',
        'null',
        '1',
        '"text"',
        '[]',
        'NaN',
        'undefined',
        '{',
        ']',
        '{}{}',
        deep(1_000),
        deep(100_000),
        `{"usage":${deep(50_000)}}`
      )
    )
    .map(([path, body]) => post(path, body)),
  fc
    .tuple(anyPath, fc.uint8Array({ minLength: 1, maxLength: 200 }))
    .map(([path, bytes]) => post(path, Buffer.from(bytes))),
  fc
    .tuple(example, fc.constantFrom('gzip', 'br', 'deflate', 'gzip, identity', 'x'))
    .map(([{ path, text }, coding]) => post(path, text, { 'content-encoding': coding })),
  fc
    .tuple(
      example,
      fc.constantFrom(
        'text/plain',
        'application/xml',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        'application/json; charset=utf-16',
        'application/json; charset=latin1',
        'json',
        '/',
        'application/jsonp',
        '*/*'
      )
    )
    .map(([{ path, text }, type]) => post(path, text, { 'content-type': type })),
  fc
    .tuple(example, fc.constantFrom('text/csv', 'application/pdf;q=1', 'application/json;q=0', 'image/*'))
    .map(([{ path, text }, accept]) => post(path, text, { accept }))
)

const PATHS = [
  '/',
  '/docs',
  '/docs/',
  '/docs/json',
  '/docs/static/../../../etc/passwd',
  '/openapi.json',
  '/livez',
  '/readyz',
  '/requirements',
  '/policies/verifier',
  '/problems/KEY_LOCKOUT',
  '/problems/__proto__',
  '/problems/%E0%A4%A',
  '/problems/',
  '/policies/key/',
  '/POLICIES/KEY',
  '//policies/key',
  '/policies//key',
  '/policies/key%00',
  '/%2e%2e/',
  '/verify/',
  '/favicon.ico',
  '/metrics',
  '/.env',
  '/policies/%6bey',
  '*',
  `/${'x'.repeat(5_000)}`,
  // What a handler of static files refuses, below every public prefix.
  ...['/docs', '/docs/static', '/problems', '/openapi.json', '/policies', '/verify'].flatMap((prefix) =>
    ['/..', '/../..', '/%2e%2e/x', '/%00', '/%5c..', '/.git', '/%ff', '/..%2fx', '/json', '/yaml'].map(
      (end) => `${prefix}${end}`
    )
  )
]
const path = fc.oneof(
  fc.constantFrom(...PATHS),
  anyPath,
  fc.webPath(),
  fc.string({ unit: fc.constantFrom(...'/abc.%2fE0:*;=&') }).map((text) => `/${text}`)
)
const query = fc.oneof(
  fc.constant(''),
  fc.constantFrom(
    '?',
    '?pretty=true',
    '?pretty=false',
    '?pretty=1',
    '?pretty=',
    '?pretty=true&pretty=false',
    '?partition=aws-cn',
    '?partition=mars',
    '?a=b',
    '?__proto__=1',
    '?pretty[]=true',
    '?%',
    '?pretty=%ff',
    '?=',
    '?&&'
  ),
  fc.webQueryParameters().map((text) => `?${text}`)
)
const headers: fc.Arbitrary<Sent['headers']> = fc.record(
  {
    accept: fc.constantFrom(
      '*/*',
      'application/json',
      'text/html',
      'application/*;q=0.5',
      ';',
      'a',
      ',,,',
      'application/x-ndjson',
      'application/json;q=x'
    ),
    'content-type': fc.constantFrom(
      'application/json',
      'application/json;',
      'application/json; charset=utf-8',
      'text/plain',
      '',
      ';',
      'a/b/c'
    ),
    'content-encoding': fc.constantFrom('identity', 'gzip', '', ','),
    'x-request-id': fc.oneof(
      fc.constantFrom('mine-1', '', 'a'.repeat(64), 'a'.repeat(65), '{"a":1}', '../..', 'a b'),
      fc.string({ unit: 'grapheme-ascii' })
    ),
    'if-none-match': fc.constantFrom('*', '"x"', 'W/"x"', ',', '"'),
    origin: fc.constantFrom('null', 'http://evil.example'),
    'accept-version': fc.constantFrom('1.x', '*'),
    'x-forwarded-for': fc.constantFrom('1.2.3.4', 'unknown', ',,,', '::1'),
    'x-http-method-override': fc.constant('DELETE'),
    range: fc.constantFrom('bytes=0-1', 'bytes=-'),
    cookie: fc.constant('a=b; __proto__=c')
  },
  { requiredKeys: [] }
)

/** Any method on any path with any headers, with and without a body. `CONNECT` and `Expect` are for raw sockets. */
export function httpRequest (methods: readonly string[]): fc.Arbitrary<Sent> {
  const method = fc.oneof(
    fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'),
    fc.constantFrom(...methods.filter((name) => name !== 'CONNECT'))
  )
  const body = fc.option(fc.constantFrom('', '{}', 'x', '{"operations":["datasetGroup"]}'), { nil: undefined })
  return fc.record({
    method,
    path: fc.tuple(path, query).map(([path, query]) => `${path === '' ? '/' : path}${query}`),
    headers,
    body
  })
}
