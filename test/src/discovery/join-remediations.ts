import { applyPatch } from 'rfc6902'
import t from 'tap'
import type { Remediation } from '../../../schemas/verification.js'
import { joinRemediations } from '../../../src/discovery/join-remediations.js'

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const ROLE = 'arn:aws:iam::111122223333:role/Personalize'
const NONE: Remediation = { keyPolicies: [], rolePolicies: [], trustPolicies: [], bucketPolicies: [], cannotFix: [] }

type Statement = Record<string, unknown>
const document = (Statement: Statement[]) => ({ Version: '2012-10-17', Statement })
const OWN: Statement = { Sid: 'Own', Effect: 'Allow', Principal: { AWS: ROLE }, Action: 'kms:*', Resource: '*' }
const allow = (Sid: string, Action: string[], more: Statement = {}): Statement => ({
  Sid,
  Effect: 'Allow',
  Principal: { Service: 'personalize.amazonaws.com' },
  Action,
  Resource: '*',
  ...more
})

/** A change of the key policy to these statements, from `before`. */
function ofKey (before: Statement[], statements: Statement[], id: string): Remediation {
  const change = {
    kmsKeyArn: KEY,
    policy: document(statements),
    before: document(before),
    repairs: [id],
    relaxes: [],
    commands: ['aws kms put-key-policy …'],
    patch: []
  }
  return { ...NONE, keyPolicies: [change] }
}

const joinedKey = (...remediations: Remediation[]): Remediation['keyPolicies'][number] | undefined =>
  joinRemediations(remediations)?.keyPolicies[0]

t.test('changes of one policy – statements of all of them, each Sid once, and a patch that leads there', (t) => {
  const before = [OWN]
  const conditioned = allow('A', ['kms:DescribeKey'], { Condition: { Bool: { 'aws:SecureTransport': 'true' } } })
  const change = joinedKey(
    ofKey(before, [OWN, allow('A', ['kms:Decrypt'])], 'one'),
    ofKey(before, [OWN, conditioned], 'two')
  )
  t.same(change?.policy.Statement, [OWN, allow('A', ['kms:Decrypt']), { ...conditioned, Sid: 'A2' }])
  t.same(change?.repairs, ['one', 'two'])
  const live: unknown = document(before)
  applyPatch(live, JSON.parse(JSON.stringify(change?.patch)))
  t.same(live, change?.policy)
  t.end()
})

t.test('a statement whose actions another one has – left out, in whatever order', (t) => {
  const [wide, narrow] = [allow('A', ['kms:Decrypt', 'kms:DescribeKey']), allow('A', ['kms:Decrypt'])]
  for (const order of [[wide, narrow], [narrow, wide], [wide, wide]])
    t.same(
      joinedKey(...order.map((statement) => ofKey([OWN], [OWN, statement], 'x')))?.policy.Statement,
      [OWN, wide]
    )
  t.end()
})

t.test('a statement of ours from before that a remediation has widened – is not kept beside the wider one', (t) => {
  const before = [OWN, allow('A', ['kms:Decrypt'])]
  const change = joinedKey(
    ofKey(before, [OWN, allow('A', ['kms:Decrypt', 'kms:DescribeKey'])], 'one'),
    ofKey(before, [...before, allow('B', ['kms:CreateGrant'])], 'two')
  )
  const wider = allow('A', ['kms:Decrypt', 'kms:DescribeKey'])
  t.same(change?.policy.Statement, [OWN, wider, allow('B', ['kms:CreateGrant'])])
  t.end()
})

t.test('statements of others that are alike – all stay', (t) => {
  const before = [OWN, { ...OWN, Sid: 'Again', Action: 'kms:Decrypt' }, allow('Wide', ['kms:Decrypt'])]
  const change = joinedKey(
    ofKey(before, [...before, allow('A', ['kms:Decrypt', 'kms:DescribeKey'])], 'one'),
    ofKey(before, [...before, allow('B', ['kms:CreateGrant'])], 'two')
  )
  t.same(change?.policy.Statement.slice(0, 3), before)
  t.end()
})

t.test('a bucket that had no policy – the joined one has the statements of both', (t) => {
  const ofBucket = (statement: Statement): Remediation => ({
    ...NONE,
    bucketPolicies: [
      {
        bucket: 'amzn-s3-demo-bucket',
        policy: document([statement]),
        repairs: [],
        relaxes: [],
        commands: [],
        patch: []
      }
    ]
  })
  const joined = joinRemediations([ofBucket(allow('A', ['s3:GetObject'])), ofBucket(allow('A', ['s3:PutObject']))])
  t.same(joined?.bucketPolicies?.[0]?.policy.Statement.map(({ Sid }) => Sid), ['A', 'A2'])
  t.equal(joined?.bucketPolicies?.[0]?.patch.length, 2)
  t.end()
})

t.test('a joined policy that AWS would not store – a step for a person instead', (t) => {
  const long = (name: string): Statement =>
    allow(name, ['kms:Decrypt'], { Condition: { StringEquals: { 'aws:SourceArn': [name.repeat(10_000)] } } })
  const joined = joinRemediations(['a', 'b', 'c', 'd'].map((name) => ofKey([OWN], [OWN, long(name)], name)))
  t.same(joined?.keyPolicies, [])
  t.match(joined?.cannotFix, [{ code: 'POLICY_TOO_LARGE', kmsKeyArn: KEY }])
  t.end()
})

t.test('no remediation, and one alone – nothing is joined', (t) => {
  t.equal(joinRemediations([]), undefined)
  const alone = ofKey([OWN], [OWN, allow('A', ['kms:Decrypt'])], 'one')
  t.same(joinRemediations([alone]), alone)
  t.end()
})

t.test('changes of one policy – different warnings, all are kept, each once', (t) => {
  const warned = (id: string, warning: string): Remediation => {
    const remediation = ofKey([OWN], [OWN, allow(id, ['kms:Decrypt'])], id)
    return { ...remediation, keyPolicies: remediation.keyPolicies.map((change) => ({ ...change, warning })) }
  }
  const change = joinedKey(warned('A', 'One limit.'), warned('B', 'Another limit.'), warned('C', 'One limit.'))
  t.equal(change?.warning, 'One limit. Another limit.')
  t.end()
})

t.test('steps for one permissions boundary – each has the document that all of them need', (t) => {
  const limit = { Sid: 'OnlyS3', Effect: 'Allow', Action: 's3:*', Resource: '*' }
  const missing = (Action: string[]): Statement => ({ Sid: 'AllowPersonalize', Effect: 'Allow', Action, Resource: KEY })
  const step = (findingId: string, ...added: Statement[]): Remediation => ({
    ...NONE,
    cannotFix: [
      {
        code: 'BOUNDARY_BLOCKS',
        findingId,
        detail: 'It is not allowed.',
        commands: ['aws iam create-policy-version …'],
        before: document([limit]),
        policy: document([limit, ...added])
      }
    ]
  })
  const joined = joinRemediations([step('A', missing(['kms:Decrypt'])), step('B', missing(['kms:CreateGrant']))])
  t.same(joined?.cannotFix.map(({ findingId }) => findingId), ['A', 'B'])
  for (const { policy } of joined?.cannotFix ?? [])
    t.same(policy?.Statement, [
      limit,
      missing(['kms:Decrypt']),
      { ...missing(['kms:CreateGrant']), Sid: 'AllowPersonalize2' }
    ])
  const long = Array.from({ length: 300 }, (_, index) => `arn:aws:s3:::amzn-s3-demo-bucket-${index}`)
  const tooLarge = joinRemediations([
    step('A', { ...limit, Sid: 'Long', Resource: long }),
    step('B', missing(['kms:Decrypt']))
  ])
  for (const { policy, commands } of tooLarge?.cannotFix ?? []) t.same([policy, commands], [undefined, undefined])
  t.end()
})
