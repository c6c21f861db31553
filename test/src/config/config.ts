import { readFile } from 'node:fs/promises'
import t from 'tap'
import { ConfigError, loadConfig } from '../../../src/config/config.js'
import { VERSION } from '../../../src/version.js'

function faultsIn (env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

t.test('nothing set: the defaults of the contract', async (t) => {
  t.match(loadConfig({}), { host: '127.0.0.1', port: 3000, bodyLimit: 1_048_576, trustProxy: false, publicPath: '' })
})

t.test('an empty variable is not set, others are none of its business', async (t) => {
  t.same(
    loadConfig({ PORT: '', TRUST_PROXY: '', PUBLIC_URL: '', HOME: '/home/node', AWS_REGION: 'us-east-1' }),
    loadConfig({})
  )
})

t.test('all faults at once, by name, without the values', async (t) => {
  const faults = faultsIn({
    PORT: '70000',
    LOG_LEVEL: 'loud',
    TRUST_PROXY: 'true',
    PUBLIC_URL: 'ftp://secret@host',
    VERIFY_CONCURRENCY: 'many',
    AWS_TIMEOUT_MS: '0',
    AWS_ENDPOINT_URL: 'secret host'
  })
  t.same(faults.map((fault) => fault.split(' ')[0]).sort(), [
    'AWS_ENDPOINT_URL',
    'AWS_TIMEOUT_MS',
    'LOG_LEVEL',
    'PORT',
    'PUBLIC_URL',
    'TRUST_PROXY',
    'VERIFY_CONCURRENCY'
  ])
  t.notMatch(faults.join(), /70000|loud|secret|many/)
})

t.test(
  'faults between variables: reported with those of single ones, unless they depend on one of them',
  async (t) => {
    const reported = (env: Record<string, string>) => faultsIn(env).map((fault) => fault.split(' ')[0])
    t.same(reported({ PORT: 'high', AUTH_MODE: 'jwt' }), ['PORT', 'JWT_JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'])
    t.same(reported({ LOG_LEVEL: 'loud', HOST: '0.0.0.0', METRICS_PORT: '3000', ASSUME_ROLES: '{' }), [
      'LOG_LEVEL',
      'METRICS_PORT',
      'HOST',
      'ASSUME_ROLES'
    ])
    t.same(
      reported({ AUTH_MODE: 'jwt', JWT_JWKS_URL: 'ftp://host', JWT_ISSUER: 'a', JWT_AUDIENCE: 'b' }),
      ['JWT_JWKS_URL'],
      'it is not missing'
    )
    t.same(
      reported({ AUTH_MODE: 'open', HOST: '0.0.0.0', ACCESS_TABLE: 'x' }),
      ['AUTH_MODE', 'ACCESS_TABLE'],
      'no mode asks for anything; the file is not there'
    )
    t.same(reported({ PORT: 'high', METRICS_PORT: '3000' }), ['PORT'], 'the default of PORT is not meant')
    t.same(reported({ AUTH_MODE: 'gateway', TRUST_PROXY: 'true', CALLER_HEADER: 'x caller', SCOPES_HEADER: 'x-caller' }), [
      'TRUST_PROXY',
      'CALLER_HEADER'
    ])
  }
)

t.test('ASSUME_ROLES: a role of each account, with an external id or without', async (t) => {
  const roleArn = 'arn:aws:iam::444455556666:role/path/Reader'
  t.same(
    [...loadConfig({ ASSUME_ROLES: JSON.stringify({ 444455556666: { roleArn, externalId: 'a:1' } }) }).aws.assumeRoles],
    [['444455556666', { roleArn, externalId: 'a:1' }]]
  )
  t.equal(loadConfig({}).aws.assumeRoles.size, 0)
  const faulty: Array<[string, RegExp[]]> = [
    ['{', [/JSON object/]],
    ['[]', [/JSON object/]],
    [`{"444455556666":{"roleArn":"${roleArn}"},"444455556666":{"roleArn":"${roleArn}"}}`, [/twice/]],
    ['{"1":{}}', [/an entry .*12 digits/, /an entry needs a roleArn/]],
    [JSON.stringify({ 444455556666: roleArn }), [/entry 444455556666 must be/]],
    [JSON.stringify({ 444455556666: { roleArn: 'arn:aws:iam::444455556666:user/secret' } }), [/needs a roleArn/]],
    [JSON.stringify({ 444455556666: { roleArn: roleArn.replace('aws:', 'aws-us-gov:') } }), [/needs a roleArn/]],
    [
      JSON.stringify({
        444455556666: { roleArn, externalId: 'secret value' },
        111122223333: { roleArn, region: 'secret' }
      }),
      [
        /entry 444455556666 has an externalId/,
        /entry 111122223333 .*very account/,
        /entry 111122223333 has members other/
      ]
    ]
  ]
  for (const [text, expected] of faulty) {
    const faults = faultsIn({ ASSUME_ROLES: text })
    t.equal(faults.length, expected.length, text)
    for (const pattern of expected)
      t.ok(
        faults.some((fault) => fault.startsWith('ASSUME_ROLES ') && pattern.test(fault)),
        `${pattern} of ${text}`
      )
    t.notMatch(faults.join(), /secret/)
  }
  t.equal(
    faultsIn({ ASSUME_ROLES: '{', PORT: '-1', ORGANIZATION_POLICIES: 'perhaps' }).length,
    3,
    'with the faults of the others'
  )
})

t.test('SAMPLE_OBJECTS: off unless it is true', async (t) => {
  t.equal(loadConfig({}).aws.sampleObjects, false)
  t.equal(loadConfig({ SAMPLE_OBJECTS: 'true' }).aws.sampleObjects, true)
})

t.test('ORGANIZATION_POLICIES: off unless it is true', async (t) => {
  t.equal(loadConfig({}).aws.organizationPolicies, false)
  t.equal(loadConfig({ ORGANIZATION_POLICIES: 'true' }).aws.organizationPolicies, true)
})

t.test('AUTH_MODE none: only loopback addresses are allowed', async (t) => {
  t.same(loadConfig({}).authentication, { mode: 'none' })
  for (const HOST of ['127.0.0.1', '127.8.9.10', '::1']) t.equal(loadConfig({ HOST }).host, HOST)
  t.equal(loadConfig({ HOST: 'localhost' }).host, '127.0.0.1', 'one server, which has all limits')
  for (const HOST of ['0.0.0.0', '::', '10.0.0.1', 'example.com', '128.0.0.1', 'localhost.example.com'])
    t.match(faultsIn({ HOST }), [/^HOST must be a loopback address while AUTH_MODE is none/], HOST)
  t.match(faultsIn({ METRICS_PORT: '9464', METRICS_HOST: '0.0.0.0' }), [/^METRICS_HOST must be a loopback/])
  t.match(faultsIn({ JWT_JWKS_URL: 'https://issuer.example.com/keys' }), [
    /^JWT_JWKS_URL is set, but AUTH_MODE is none/
  ])
  t.equal(loadConfig({}).limits.unitsPerMinute, 0)
})

t.test('AUTH_MODE gateway: the headers of the gateway count, and its addresses must be known', async (t) => {
  const gateway = { AUTH_MODE: 'gateway', TRUST_PROXY: '10.0.0.0/8, 192.168.0.1', HOST: '0.0.0.0' }
  t.same(loadConfig(gateway).authentication, {
    mode: 'gateway',
    callerHeader: 'x-caller',
    scopesHeader: 'x-scopes',
    gateways: ['10.0.0.0/8', '192.168.0.1'],
    needsCertificate: false
  })
  t.match(loadConfig({ ...gateway, CALLER_HEADER: 'X-User', SCOPES_HEADER: 'X-Groups' }).authentication, {
    callerHeader: 'x-user',
    scopesHeader: 'x-groups'
  })
  t.match(faultsIn({ AUTH_MODE: 'gateway' }), [/^TRUST_PROXY must name the addresses/])
  t.match(faultsIn({ ...gateway, TRUST_PROXY: '1' }), [/^TRUST_PROXY must be addresses/])
  t.match(faultsIn({ ...gateway, SCOPES_HEADER: 'X-Caller' }), [/^SCOPES_HEADER must differ/])
  t.match(faultsIn({ ...gateway, CALLER_HEADER: 'x caller' }), [/^CALLER_HEADER must be the name of an HTTP header/])
  t.equal(loadConfig(gateway).limits.unitsPerMinute, 600)
  t.equal(loadConfig({ ...gateway, RATE_LIMIT: '0' }).limits.unitsPerMinute, 0)
})

t.test('AUTH_MODE jwt: whose tokens count, for whom, and signed how', async (t) => {
  const jwt = {
    AUTH_MODE: 'jwt',
    JWT_JWKS_URL: 'https://issuer.example.com/keys',
    JWT_ISSUER: 'https://issuer.example.com/',
    JWT_AUDIENCE: 'a, b'
  }
  t.match(loadConfig(jwt).authentication, {
    mode: 'jwt',
    audience: ['a', 'b'],
    algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    clockSkewSeconds: 30
  })
  t.equal(faultsIn({ AUTH_MODE: 'jwt' }).length, 3)
  for (const JWT_JWKS_URL of ['http://issuer.example.com/keys', 'issuer', 'https://u:secret@issuer.example.com/'])
    t.match(faultsIn({ ...jwt, JWT_JWKS_URL }), [/^JWT_JWKS_URL must be an https URL/])
  t.equal(faultsIn({ ...jwt, JWT_JWKS_URL: 'http://127.0.0.1:8080/keys' }).length, 0)
  for (const JWT_ALGORITHMS of ['HS256', 'none', 'RS256,none', ',', 'rs256'])
    t.match(faultsIn({ ...jwt, JWT_ALGORITHMS }), [/^JWT_ALGORITHMS must be some of/], JWT_ALGORITHMS)
})

t.test('ACCESS_TABLE: a file that is there and right', async (t) => {
  const env = { AUTH_MODE: 'gateway', TRUST_PROXY: 'loopback', ACCESS_TABLE: '/etc/secret/access.json' }
  const load = (text: string) => loadConfig(env, () => text)
  t.ok(
    load('{"callers":{"a":{"accounts":["111122223333"]}}}').access?.table.accessOf('a').mayReadAccount('111122223333')
  )
  t.equal(loadConfig({}).access, undefined)
  const faults = (run: () => void) => {
    try {
      run()
    } catch (error) {
      if (error instanceof ConfigError) return error.faults
    }
    return []
  }
  t.match(
    faults(() => load('{}')),
    [/^ACCESS_TABLE must be a JSON object/]
  )
  t.match(
    faults(() =>
      loadConfig(env, () => {
        throw new Error('ENOENT')
      })
    ),
    [/^ACCESS_TABLE names a file that cannot be read/]
  )
  t.match(
    faults(() => loadConfig({ ACCESS_TABLE: 'x', PORT: 'high' }, () => '{')),
    [/^PORT/, /^ACCESS_TABLE is set, but AUTH_MODE is none/, /^ACCESS_TABLE must be a JSON/],
    'with the faults of the others'
  )
  t.match(
    faults(() => loadConfig({ ACCESS_TABLE: 'x' }, () => '{"callers":{}}')),
    [/^ACCESS_TABLE is set, but AUTH_MODE is none/]
  )
})

t.test('metrics and traces: only where somebody asks for them', async (t) => {
  t.match(loadConfig({}), { metrics: undefined, traces: false })
  t.match(loadConfig({ METRICS_PORT: '9464', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }), {
    metrics: { host: '127.0.0.1', port: 9464 },
    traces: true
  })
  t.match(faultsIn({ METRICS_PORT: '3000' }), [/^METRICS_PORT must differ from PORT/])
  t.match(loadConfig({ HOST: '[::1]', METRICS_PORT: '3001' }), { host: '::1', metrics: { host: '::1' } })
  t.match(faultsIn({ REDIS_URL: 'http://secret' }), [/^REDIS_URL must be a redis: or rediss: URL/])
})

t.test('TRUST_PROXY: hops or addresses, never everybody', async (t) => {
  t.equal(loadConfig({ TRUST_PROXY: '2' }).trustProxy, 2)
  t.equal(loadConfig({ TRUST_PROXY: '0' }).trustProxy, false)
  for (const value of ['10.0.0.0/8', '10.0.0.1, 192.168.0.0/16', '::1/128', 'loopback, uniquelocal']) {
    t.equal(loadConfig({ TRUST_PROXY: value }).trustProxy, value)
  }
  for (const value of [
    'true',
    'false',
    '*',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '::/0',
    '10.0.0',
    '10.0.0.0/8/8',
    '-1',
    'loopback;10.0.0.1'
  ]) {
    t.equal(faultsIn({ TRUST_PROXY: value }).length, 1, value)
  }
})

t.test('PUBLIC_URL: its path is what problems and redirects begin with', async (t) => {
  t.match(loadConfig({ PUBLIC_URL: 'https://gateway.example.com/kms/' }), {
    publicUrl: 'https://gateway.example.com/kms',
    publicPath: '/kms'
  })
  t.match(loadConfig({ PUBLIC_URL: 'http://10.0.0.1:8080' }), { publicUrl: 'http://10.0.0.1:8080', publicPath: '' })
  for (const value of ['gateway.example.com', '/kms', 'https://a:b@host', 'https://host/?a=1', 'https://host/#a']) {
    t.equal(faultsIn({ PUBLIC_URL: value }).length, 1, value)
  }
})

t.test('the version is that of the package', async (t) => {
  t.equal(VERSION, JSON.parse(await readFile('package.json', 'utf8')).version)
})

t.test('loadConfig: values that only look right, refused at start', async (t) => {
  for (const PORT of ['1e3', '0x10', ' 80', '80.0']) t.match(faultsIn({ PORT }), [/^PORT must be integer/], PORT)
  t.match(faultsIn({ PUBLIC_URL: 'https://host//evil' }), [/^PUBLIC_URL must be/])
  for (const TRUST_PROXY of [
    '0.0.0.0/1,128.0.0.0/1',
    '::/1, 8000::/2, c000::/2',
    '0.0.0.0/2,64.0.0.0/2,10.0.0.0/8,128.0.0.0/1'
  ]) {
    t.match(faultsIn({ TRUST_PROXY }), [/^TRUST_PROXY must be/], TRUST_PROXY)
  }
  t.same(faultsIn({ TRUST_PROXY: '0.0.0.0/1,10.0.0.0/8,128.0.0.0/2' }), [])
  const gateway = { AUTH_MODE: 'gateway', TRUST_PROXY: '10.0.0.0/8' }
  for (const name of ['Host', 'content-length', 'Authorization', 'X-Forwarded-For', 'cookie', 'Transfer-Encoding']) {
    t.match(faultsIn({ ...gateway, CALLER_HEADER: name }), [/^CALLER_HEADER must be/], name)
    t.match(faultsIn({ ...gateway, SCOPES_HEADER: name }), [/^SCOPES_HEADER must be/], name)
  }
})

t.test('configuration: CALLER_HEADER is a header that oauth2-proxy sets, it is accepted', (t) => {
  for (const name of ['X-Forwarded-User', 'X-Forwarded-Email', 'X-Forwarded-Preferred-Username', 'X-Forwarded-Groups'])
    t.match(loadConfig({ AUTH_MODE: 'gateway', TRUST_PROXY: 'loopback', CALLER_HEADER: name }).authentication, {
      callerHeader: name.toLowerCase()
    })
  for (const name of ['X-Forwarded-For', 'X-Forwarded-User-Agent', 'X-Forwarded-Host', 'Connection'])
    t.throws(() => loadConfig({ AUTH_MODE: 'gateway', TRUST_PROXY: 'loopback', CALLER_HEADER: name }))
  t.end()
})
