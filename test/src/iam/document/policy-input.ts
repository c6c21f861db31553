import t from 'tap'
import { faultOfOtherOutput, policyInputBytes, readPolicyInput, roleOfOutput } from '../../../../src/iam/document/policy-input.js'

const document = { Version: '2012-10-17', Statement: [{ Sid: 'a+b é' }] }
const text = JSON.stringify(document)

function nested (levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {}
  for (let i = 0; i < levels; i++) value = { a: value }
  return value
}

t.test('a document, its text, and its URL-encoded text', async (t) => {
  for (const input of [text, encodeURIComponent(text)]) t.strictSame(readPolicyInput(input), { document, pointer: '', isText: true })
  t.strictSame(readPolicyInput({ Version: '2012-10-17', Statement: [] }), {
    document: { Version: '2012-10-17', Statement: [] },
    pointer: '',
    isText: false
  })
  t.match(readPolicyInput('{"Id":"%41+"}'), { document: { Id: '%41+' } }, 'what is JSON already is not decoded')
})

t.test('what is no document', async (t) => {
  for (const input of ['', '{', '%', '%7B', 'x%zz'])
    t.strictSame(readPolicyInput(input), { fault: 'is neither JSON nor URL-encoded JSON' }, input)
  for (const input of ['5', 'null', '[]', '"x"', '%5B%5D'])
    t.strictSame(readPolicyInput(input), { fault: 'is not a JSON object' }, input)
})

t.test('text in which parsing would lose something', async (t) => {
  for (const input of [
    '{"Version":"1","Version":"2"}',
    encodeURIComponent('{"a":{"b":1,"b":2}}'),
    '{"a":12345678901234567890}'
  ])
    t.match(readPolicyInput(input), { fault: /parsing would lose/ }, input)
})

t.test('nesting has an end', async (t) => {
  t.match(readPolicyInput(JSON.stringify({ Id: nested(62) })), { document: {} })
  t.match(readPolicyInput(JSON.stringify({ Id: nested(63) })), { fault: /nested deeper than 64/ })
  t.match(readPolicyInput(JSON.stringify({ a: 'x', b: 5, c: null, d: nested(64) })), { fault: /nested deeper/ })
  t.match(readPolicyInput(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`), { fault: /nested deeper/ })
})

t.test('the size is counted in bytes of the text', async (t) => {
  t.equal(policyInputBytes('é'), 2)
  t.equal(
    policyInputBytes({ Version: '2012-10-17', Statement: [] }),
    JSON.stringify({ Version: '2012-10-17', Statement: [] }).length
  )
})

const OUTPUTS = [
  { command: 'kms get-key-policy', output: { Policy: text, PolicyName: 'default' }, pointer: '/Policy', isText: true },
  {
    command: 'iam get-role',
    output: { Role: { RoleName: 'r', Path: '/', AssumeRolePolicyDocument: document } },
    pointer: '/Role/AssumeRolePolicyDocument',
    isText: false
  },
  {
    command: 'iam get-role-policy',
    output: { RoleName: 'r', PolicyName: 'p', PolicyDocument: document },
    pointer: '/PolicyDocument',
    isText: false
  },
  {
    command: 'iam get-role-policy of a raw response',
    output: { RoleName: 'r', PolicyName: 'p', PolicyDocument: encodeURIComponent(text) },
    pointer: '/PolicyDocument',
    isText: true
  },
  {
    command: 'iam get-policy-version',
    output: { PolicyVersion: { Document: document, VersionId: 'v1', IsDefaultVersion: true } },
    pointer: '/PolicyVersion/Document',
    isText: false
  },
  {
    command: 'organizations describe-policy',
    output: { Policy: { PolicySummary: { Id: 'p-1' }, Content: text } },
    pointer: '/Policy/Content',
    isText: true
  }
]

for (const { command, output, pointer, isText } of OUTPUTS) {
  t.test(`output of ${command}: the policy in it`, async (t) => {
    t.strictSame(readPolicyInput(output), { document, pointer, isText })
    t.strictSame(readPolicyInput(JSON.stringify(output)), { document, pointer: '', isText: true })
  })
}

t.test('JSON text that was encoded twice: the policy in it', async (t) => {
  t.match(readPolicyInput(JSON.stringify(text)), { document })
  t.match(readPolicyInput({ Policy: JSON.stringify(text) }), { document })
})

t.test('output without a policy: a fault that names the commands', async (t) => {
  for (const output of [
    { Policy: { PolicyName: 'p', Arn: 'arn:aws:iam::aws:policy/p', DefaultVersionId: 'v1' } },
    { KeyMetadata: { KeyId: 'k' } },
    { AttachedPolicies: [] },
    { Role: { RoleName: 'r' } }
  ]) {
    t.match(readPolicyInput(output), { fault: /aws kms get-key-policy, .*aws iam get-role-policy/ })
    t.match(faultOfOtherOutput(JSON.stringify(output)), /is not a policy/)
  }
  t.match(faultOfOtherOutput({ Policy: 'x' }), /^\/Policy is neither JSON/)
  for (const input of [document, text, {}, 'x']) t.equal(faultOfOtherOutput(input), undefined)
})

t.test('text with a byte order mark, or encoded three times: the policy in it', async (t) => {
  t.match(readPolicyInput(`\uFEFF${text}`), { document, isText: true })
  t.match(readPolicyInput(JSON.stringify(JSON.stringify(text))), { document, isText: true })
  let often = text
  for (let i = 0; i < 8; i++) often = JSON.stringify(often)
  t.match(readPolicyInput(often), { fault: 'is not a JSON object' }, 'not without end')
})

t.test('roleOfOutput: output about a role has its name or ARN, a policy has none', async (t) => {
  const Arn = 'arn:aws:iam::111122223333:role/service-role/R'
  const role = { Role: { RoleName: 'R', Arn, AssumeRolePolicyDocument: document } }
  t.same(roleOfOutput(role), { role: Arn, pointer: '/Role/Arn' })
  t.same(roleOfOutput(JSON.stringify(role)), { role: Arn, pointer: '' })
  t.same(roleOfOutput({ RoleName: 'R', PolicyName: 'p', PolicyDocument: document }), { role: 'R', pointer: '/RoleName' })
  for (const input of [document, text, '{"Role', { PolicyVersion: { Document: document } }, { ...document, RoleName: 'R' }])
    t.equal(roleOfOutput(input), undefined, JSON.stringify(input))
})
