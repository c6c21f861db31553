import t from 'tap'
import { createPolicySource } from '../../../src/aws/policy-source.js'
import type { ObservedRole } from '../../../src/verify/read/policy-source.js'
import { answers, startFakeAws } from '../../fake-aws.js'
import type { Answer } from '../../fake-aws/answers.js'
import { useFakeCredentials } from '../../fake-aws/credentials.js'
import { immediateRetry } from '../../fake-aws/immediate-retry.js'

const ROLE = 'arn:aws:iam::111122223333:role/service-role/Personalize'
const MANAGED = 'arn:aws:iam::111122223333:policy/PersonalizeKms'
const AWS_MANAGED = 'arn:aws:iam::aws:policy/service-role/AmazonPersonalizeFullAccess'
const BOUNDARY = 'arn:aws:iam::111122223333:policy/boundary'
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'personalize.amazonaws.com' }, Action: 'sts:AssumeRole' }]
})
const policy = (sid: string): string =>
  `{"Version":"2012-10-17","Statement":[{"Sid":"${sid}","Effect":"Allow","Action":"kms:*","Resource":"a+b %41 <&>"}]}`

const fake = await startFakeAws()
const restore = useFakeCredentials()
t.teardown(async () => {
  restore()
  await fake.close()
})

t.beforeEach(() => {
  setWorld()
})

function setWorld (): void {
  fake.reset()
  fake.world.roles.Personalize = {
    arn: ROLE,
    roleId: 'AROADBQP57FF2AEXAMPLE',
    trustPolicy: TRUST,
    inline: { one: policy('One'), two: policy('Two') },
    attached: [MANAGED, AWS_MANAGED],
    boundary: BOUNDARY
  }
  fake.world.managedPolicies = {
    [MANAGED]: policy('Managed'),
    [AWS_MANAGED]: policy('Aws'),
    [BOUNDARY]: policy('Boundary')
  }
}

async function read (arn = ROLE, timeoutMs = 60_000): Promise<ObservedRole> {
  const source = createPolicySource({
    timeoutMs,
    maxAttempts: 1,
    concurrency: 8,
    endpoint: fake.url,
    retryStrategy: immediateRetry
  })
  try {
    return await source.readRole(arn, new AbortController().signal)
  } finally {
    source.close()
  }
}

const names = (role: ObservedRole): string[] => role.identityPolicies.read.map(({ name }) => name).sort()

t.test('a role is read whole, its documents decoded', async (t) => {
  const role = await read()
  t.same(role.role, { state: 'read', value: { arn: ROLE, roleId: 'AROADBQP57FF2AEXAMPLE' } })
  t.same(role.trustPolicy, { state: 'read', value: TRUST })
  t.same(role.permissionsBoundary, {
    state: 'read',
    value: { name: 'boundary', arn: BOUNDARY, document: policy('Boundary') }
  })
  t.same(role.identityPolicies.lost, [])
  t.same(
    role.identityPolicies.read.sort((a, b) => a.name.localeCompare(b.name)),
    [
      { kind: 'attached', name: 'AmazonPersonalizeFullAccess', arn: AWS_MANAGED, document: policy('Aws') },
      { kind: 'inline', name: 'one', document: policy('One') },
      { kind: 'attached', name: 'PersonalizeKms', arn: MANAGED, document: policy('Managed') },
      { kind: 'inline', name: 'two', document: policy('Two') }
    ]
  )
  t.same(fake.counts(), {
    GetRole: 1,
    ListRolePolicies: 1,
    GetRolePolicy: 2,
    ListAttachedRolePolicies: 1,
    GetPolicy: 3,
    GetPolicyVersion: 3
  })
  t.ok(
    fake.calls.every(({ region }) => region === 'us-east-1'),
    'IAM is signed for us-east-1'
  )
  t.ok(
    fake.calls
      .filter(({ operation }) => operation === 'GetPolicyVersion')
      .every(({ input }) => input.VersionId === 'v3'),
    'the default version'
  )
  t.equal(
    fake.calls.find(({ operation }) => operation === 'GetRole')?.input.RoleName,
    'Personalize',
    'by its name, without the path'
  )
})

t.test('readRole: after GetRole, lists and boundary are read concurrently, then policies and versions', async (t) => {
  const [first, second, third] = [answers.together(3), answers.together(4), answers.together(2)]
  for (const operation of ['ListRolePolicies', 'ListAttachedRolePolicies']) fake.always(operation, first)
  const isBoundary = ({ PolicyArn }: Record<string, unknown>): boolean => PolicyArn === BOUNDARY
  fake.always('GetPolicy', first, isBoundary)
  for (const operation of ['GetRolePolicy', 'GetPolicy']) fake.always(operation, second)
  fake.always('GetPolicyVersion', third, (input) => !isBoundary(input))
  const role = await read()
  t.match(role, { role: { state: 'read' }, permissionsBoundary: { state: 'read' }, identityPolicies: { lost: [] } })
  t.equal(role.identityPolicies.read.length, 4)
})

t.test('a role without boundary has none', async (t) => {
  fake.world.roles.Personalize = { arn: ROLE, trustPolicy: TRUST }
  t.match(await read(), { permissionsBoundary: { state: 'notPresent' }, identityPolicies: { read: [], lost: [] } })
})

t.test('the boundary that is attached as well is read once', async (t) => {
  fake.world.roles.Personalize = { arn: ROLE, trustPolicy: TRUST, attached: [BOUNDARY], boundary: BOUNDARY }
  t.match(await read(), { permissionsBoundary: { state: 'read' }, identityPolicies: { read: [{ arn: BOUNDARY }] } })
  t.match(fake.counts(), { GetPolicy: 1, GetPolicyVersion: 1 })
})

t.test('lists are paged to the end, over empty pages', async (t) => {
  const inline = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`inline-${index}`, policy('Inline')]))
  const attached = Array.from({ length: 25 }, (_, index) => `arn:aws:iam::111122223333:policy/attached-${index}`)
  fake.world.roles.Personalize = { arn: ROLE, trustPolicy: TRUST, inline, attached }
  for (const arn of attached) fake.world.managedPolicies[arn] = policy('Attached')
  Object.assign(fake.world, { pageSize: 10, emptyPages: 1 })
  const role = await read()
  t.equal(role.identityPolicies.read.length, 50)
  t.match(fake.counts(), {
    ListRolePolicies: 4,
    ListAttachedRolePolicies: 4,
    GetRolePolicy: 25,
    GetPolicy: 25,
    GetPolicyVersion: 25
  })
  t.ok(fake.mostAtOnce <= 8, `no more calls at once than configured: ${fake.mostAtOnce}`)
})

t.test('a list that breaks off keeps what came before, and says that something is lost', async (t) => {
  Object.assign(fake.world, { pageSize: 1 })
  fake.always('ListRolePolicies', answers.accessDenied, ({ Marker }) => Marker !== undefined)
  fake.always('ListAttachedRolePolicies', answers.serverError)
  const role = await read()
  t.same(names(role), ['one'])
  t.match(role.identityPolicies.lost, [
    { name: 'inline policies', cause: 'accessDenied', why: /^ListRolePolicies/ },
    { name: 'attached policies', cause: 'unavailable', why: /^ListAttachedRolePolicies/ }
  ])
})

const page =
  (operation: string, rest: string): Answer =>
    () => ({
      status: 200,
      contentType: 'text/xml',
      body: `<${operation}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><${operation}Result><PolicyNames><member>one</member></PolicyNames>${rest}</${operation}Result></${operation}Response>`
    })

t.test('a list that is no list, truncates without a marker or repeats one is not whole', async (t) => {
  for (const rest of [
    undefined,
    '<IsTruncated>true</IsTruncated>',
    '<IsTruncated>true</IsTruncated><Marker>a</Marker>'
  ]) {
    setWorld()
    fake.always('ListRolePolicies', rest === undefined ? answers.empty : page('ListRolePolicies', rest))
    t.match(await read(), { identityPolicies: { lost: [{ name: 'inline policies', cause: 'malformedAnswer' }] } })
    t.ok((fake.counts().ListRolePolicies ?? 0) <= 2, 'no endless loop')
  }
})

/** What each call's failure takes away: the names of the policies that are still read, and what stands in `lost`. */
const LOSSES: Array<{
  operation: string
  read: string[]
  lost: string[]
  role?: true
  boundary?: true
  when?: (input: Record<string, unknown>) => boolean
}> = [
  { operation: 'GetRole', read: [], lost: ['identity-based policies'], role: true, boundary: true },
  { operation: 'ListRolePolicies', read: ['AmazonPersonalizeFullAccess', 'PersonalizeKms'], lost: ['inline policies'] },
  { operation: 'ListAttachedRolePolicies', read: ['one', 'two'], lost: ['attached policies'] },
  {
    operation: 'GetRolePolicy',
    read: ['AmazonPersonalizeFullAccess', 'PersonalizeKms', 'two'],
    lost: ['one'],
    when: ({ PolicyName }) => PolicyName === 'one'
  },
  {
    operation: 'GetPolicy',
    read: ['AmazonPersonalizeFullAccess', 'one', 'two'],
    lost: ['PersonalizeKms'],
    when: ({ PolicyArn }) => PolicyArn === MANAGED
  },
  {
    operation: 'GetPolicyVersion',
    read: ['AmazonPersonalizeFullAccess', 'one', 'two'],
    lost: ['PersonalizeKms'],
    when: ({ PolicyArn }) => PolicyArn === MANAGED
  },
  {
    operation: 'GetPolicyVersion',
    read: ['AmazonPersonalizeFullAccess', 'PersonalizeKms', 'one', 'two'],
    lost: [],
    boundary: true,
    when: ({ PolicyArn }) => PolicyArn === BOUNDARY
  }
]

for (const loss of LOSSES) {
  t.test(
    `${loss.operation}: each failure loses its own part alone (${loss.lost.join() || (loss.role ? 'role' : 'boundary')})`,
    async (t) => {
      for (const { name, answer, cause } of answers.failures) {
        setWorld()
        fake.always(loss.operation, answer, loss.when)
        const role = await read(ROLE, answer === answers.hang ? 2_500 : 60_000)
        t.same(names(role), loss.read, name)
        t.match(
          role.identityPolicies.lost,
          loss.lost.map((name) => ({ name, cause }))
        )
        t.equal(role.identityPolicies.lost.length, loss.lost.length)
        t.match(role.role, loss.role ? { state: 'notRead', cause } : { state: 'read' })
        t.match(role.trustPolicy, loss.role ? { state: 'notRead', cause } : { state: 'read' })
        t.match(role.permissionsBoundary, loss.boundary ? { state: 'notRead', cause } : { state: 'read' })
      }
    }
  )
}

t.test('a policy that is gone between list and read is lost, not absent', async (t) => {
  fake.always('GetRolePolicy', answers.notFound, ({ PolicyName }) => PolicyName === 'one')
  fake.always('GetPolicy', answers.notFound, ({ PolicyArn }) => PolicyArn === MANAGED)
  t.match((await read()).identityPolicies.lost, [
    { name: 'one', cause: 'other' },
    { name: 'PersonalizeKms', cause: 'other' }
  ])
})

t.test('role: it has tags or none, they come with GetRole', async (t) => {
  t.same((await read()).tags, { state: 'read', value: {} })
  const role = fake.world.roles.Personalize
  if (role !== undefined) role.tags = { team: 'data', 'cost center': '7' }
  t.same((await read()).tags, { state: 'read', value: { team: 'data', 'cost center': '7' } })
})

t.test('a role that does not exist is not found', async (t) => {
  const role = await read(ROLE.replace('Personalize', 'Missing'))
  t.match(role, {
    role: { state: 'notFound' },
    trustPolicy: { state: 'notFound' },
    permissionsBoundary: { state: 'notFound' },
    identityPolicies: { read: [], lost: [] }
  })
})

t.test('a role of this name at another path is another role', async (t) => {
  const role = await read(ROLE.replace('service-role/', ''))
  t.match(role, { role: { state: 'notFound', why: new RegExp(ROLE) }, identityPolicies: { read: [], lost: [] } })
})

t.test('role: a namesake in the account of the credentials, it is not reported', async (t) => {
  const role = await read(ROLE.replace('111122223333', '444455556666'))
  t.match(role.role, { state: 'notRead', cause: 'accessDenied', why: /111122223333.*444455556666/ })
  t.match(role, {
    trustPolicy: { state: 'notRead' },
    permissionsBoundary: { state: 'notRead' },
    identityPolicies: { read: [], lost: [{ cause: 'accessDenied' }] }
  })
  t.equal(role.identityPolicies.read.length, 0)
})

t.test('with credentials that tell their account, a role of another account is unknown, not missing', async (t) => {
  const undo = useFakeCredentials({ AWS_ACCOUNT_ID: '111122223333' })
  t.teardown(undo)
  const foreign = 'arn:aws:iam::444455556666:role/Elsewhere'
  t.match((await read(foreign)).role, { state: 'notRead', cause: 'accessDenied', why: /444455556666/ })
  t.match(
    (await read(ROLE.replace('Personalize', 'Missing'))).role,
    { state: 'notFound' },
    'while one of this account is'
  )
  fake.always('GetRole', answers.accessDenied)
  const namesake = await read(ROLE.replace('111122223333', '444455556666'))
  t.same(namesake.identityPolicies.read, [], 'the policies of a namesake are not reported even where GetRole is refused')
})

t.test('only roles of known partitions are asked for', async (t) => {
  for (const arn of [
    'arn:aws-us-gov:iam::111122223333:role/r',
    'arn:aws:iam::111122223333:user/u',
    'arn:aws:sts::111122223333:assumed-role/r/s',
    'r'
  ]) {
    t.match(
      await read(arn),
      { roleArn: arn, role: { state: 'notRead', cause: 'other' }, identityPolicies: { read: [], lost: [{}] } },
      arn
    )
  }
  t.equal(fake.calls.length, 0)
})

t.test('a role in China is asked of the IAM of its partition', async (t) => {
  const arn = ROLE.replace('arn:aws:', 'arn:aws-cn:')
  fake.world.roles.Personalize = { arn, trustPolicy: TRUST }
  t.match(await read(arn), { role: { state: 'read', value: { arn } } })
  t.ok(fake.calls.every(({ region }) => region === 'cn-north-1'))
})
