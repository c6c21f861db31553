import { readFile } from 'node:fs/promises'
import t from 'tap'
import { ConfigError, loadConfig } from '../../src/config.js'
import { VERSION } from '../../src/version.js'

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
  t.same(loadConfig({ PORT: '', TRUST_PROXY: '', PUBLIC_URL: '', HOME: '/home/node', AWS_REGION: 'us-east-1' }), loadConfig({}))
})

t.test('all faults at once, by name, without the values', async (t) => {
  const faults = faultsIn({ PORT: '70000', LOG_LEVEL: 'loud', TRUST_PROXY: 'true', PUBLIC_URL: 'ftp://secret@host', VERIFY_CONCURRENCY: 'many', AWS_TIMEOUT_MS: '0', AWS_ENDPOINT_URL: 'secret host' })
  t.same(faults.map((fault) => fault.split(' ')[0]).sort(), ['AWS_ENDPOINT_URL', 'AWS_TIMEOUT_MS', 'LOG_LEVEL', 'PORT', 'PUBLIC_URL', 'TRUST_PROXY', 'VERIFY_CONCURRENCY'])
  t.notMatch(faults.join(), /70000|loud|secret|many/)
})

t.test('ASSUME_ROLES: a role of each account, with an external id or without', async (t) => {
  const roleArn = 'arn:aws:iam::444455556666:role/path/Reader'
  t.same([...loadConfig({ ASSUME_ROLES: JSON.stringify({ 444455556666: { roleArn, externalId: 'a:1' } }) }).aws.assumeRoles], [['444455556666', { roleArn, externalId: 'a:1' }]])
  t.equal(loadConfig({}).aws.assumeRoles.size, 0)
  const faulty: Array<[string, RegExp[]]> = [
    ['{', [/JSON object/]],
    ['[]', [/JSON object/]],
    [`{"444455556666":{"roleArn":"${roleArn}"},"444455556666":{"roleArn":"${roleArn}"}}`, [/twice/]],
    ['{"1":{}}', [/an entry .*12 digits/, /an entry needs a roleArn/]],
    [JSON.stringify({ 444455556666: roleArn }), [/entry 444455556666 must be/]],
    [JSON.stringify({ 444455556666: { roleArn: 'arn:aws:iam::444455556666:user/secret' } }), [/needs a roleArn/]],
    [JSON.stringify({ 444455556666: { roleArn: roleArn.replace('aws:', 'aws-us-gov:') } }), [/needs a roleArn/]],
    [JSON.stringify({ 444455556666: { roleArn, externalId: 'secret value' }, 111122223333: { roleArn, region: 'secret' } }), [/entry 444455556666 has an externalId/, /entry 111122223333 .*very account/, /entry 111122223333 has members other/]]
  ]
  for (const [text, expected] of faulty) {
    const faults = faultsIn({ ASSUME_ROLES: text })
    t.equal(faults.length, expected.length, text)
    for (const pattern of expected) t.ok(faults.some((fault) => fault.startsWith('ASSUME_ROLES ') && pattern.test(fault)), `${pattern} of ${text}`)
    t.notMatch(faults.join(), /secret/)
  }
  t.equal(faultsIn({ ASSUME_ROLES: '{', PORT: '-1', ORGANIZATION_POLICIES: 'perhaps' }).length, 3, 'with the faults of the others')
})

t.test('ORGANIZATION_POLICIES: off unless it is true', async (t) => {
  t.equal(loadConfig({}).aws.organizationPolicies, false)
  t.equal(loadConfig({ ORGANIZATION_POLICIES: 'true' }).aws.organizationPolicies, true)
})

t.test('TRUST_PROXY: hops or addresses, never everybody', async (t) => {
  t.equal(loadConfig({ TRUST_PROXY: '2' }).trustProxy, 2)
  t.equal(loadConfig({ TRUST_PROXY: '0' }).trustProxy, false)
  for (const value of ['10.0.0.0/8', '10.0.0.1, 192.168.0.0/16', '::1/128', 'loopback, uniquelocal']) {
    t.equal(loadConfig({ TRUST_PROXY: value }).trustProxy, value)
  }
  for (const value of ['true', 'false', '*', '10.0.0.0/33', '10.0.0', '10.0.0.0/8/8', '-1', 'loopback;10.0.0.1']) {
    t.equal(faultsIn({ TRUST_PROXY: value }).length, 1, value)
  }
})

t.test('PUBLIC_URL: its path is what problems and redirects begin with', async (t) => {
  t.match(loadConfig({ PUBLIC_URL: 'https://gateway.example.com/kms/' }), { publicUrl: 'https://gateway.example.com/kms', publicPath: '/kms' })
  t.match(loadConfig({ PUBLIC_URL: 'http://10.0.0.1:8080' }), { publicUrl: 'http://10.0.0.1:8080', publicPath: '' })
  for (const value of ['gateway.example.com', '/kms', 'https://a:b@host', 'https://host/?a=1', 'https://host/#a']) {
    t.equal(faultsIn({ PUBLIC_URL: value }).length, 1, value)
  }
})

t.test('the version is that of the package', async (t) => {
  t.equal(VERSION, JSON.parse(await readFile('package.json', 'utf8')).version)
})
