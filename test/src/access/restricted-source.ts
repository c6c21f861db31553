import t from 'tap'
import type { Access } from '../../../src/access/access-table.js'
import { restricted } from '../../../src/access/restricted-source.js'
import type { ObservedKey, ObservedRole, PolicySource, Read } from '../../../src/verify/read/policy-source.js'
import { ACCOUNT, KEY, ROLE } from '../../helper.js'

const ALIAS = `arn:aws:kms:us-east-1:${ACCOUNT}:alias/personalize`
const OTHER_KEY = KEY.replace('1234abcd', '9999abcd')
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/Boundary`
const ATTACHED = `arn:aws:iam::${ACCOUNT}:policy/Attached`
const { signal } = new AbortController()

const text: Read<string> = { state: 'read', value: '{"secret":true}' }
const missing: Read<never> = { state: 'notFound', why: 'DescribeKey failed: NotFoundException' }

/** An alias of another key, and a role with two policies; everything else does not exist. */
const source: PolicySource = {
  async readKey (requestedArn): Promise<ObservedKey> {
    const kmsKeyArn = requestedArn === ALIAS ? OTHER_KEY : requestedArn
    if (requestedArn !== KEY && requestedArn !== ALIAS)
      return { requestedArn, kmsKeyArn, metadata: missing, keyPolicy: missing, grants: missing }
    return {
      requestedArn,
      kmsKeyArn,
      metadata: { state: 'read', value: { Arn: kmsKeyArn } },
      keyPolicy: text,
      grants: { state: 'notPresent' }
    }
  },
  async readRole (roleArn): Promise<ObservedRole> {
    if (roleArn !== ROLE)
      return {
        roleArn,
        role: { state: 'notFound', why: 'the role of this name has the ARN secret' },
        trustPolicy: missing,
        identityPolicies: { read: [], lost: [] },
        permissionsBoundary: missing
      }
    const attached = (name: string, arn?: string) => ({
      name,
      kind: 'attached' as const,
      document: '{"secret":true}',
      ...(arn === undefined ? {} : { arn })
    })
    return {
      roleArn,
      role: { state: 'read', value: { arn: roleArn } },
      trustPolicy: text,
      identityPolicies: { read: [attached('inline'), attached('Attached', ATTACHED)], lost: [] },
      permissionsBoundary: { state: 'read', value: { name: 'Boundary', arn: BOUNDARY, document: '{"secret":true}' } }
    }
  },
  async readBucket (bucket, { accountId }) {
    const state = bucket === 'data' ? text : missing
    return {
      bucket,
      ...(accountId === undefined ? {} : { accountId }),
      region: { state: 'read', value: 'us-east-1' },
      bucketPolicy: state,
      encryption: { state: 'notPresent' },
      ownershipControls: { state: 'notPresent' },
      publicAccessBlock: { state: 'notPresent' }
    }
  },
  readKeyTags: async () => ({ state: 'read', value: { secret: 'true' } }),
  readKeyAliases: async () => ({ state: 'read', value: ['alias/secret'] }),
  readOrganizationPolicies: async () => ({
    serviceControlPolicies: { state: 'read', value: [] },
    resourceControlPolicies: { state: 'read', value: [] }
  }),
  cachedReads: () =>
    [KEY, BOUNDARY, ALIAS, 'organization', 'arn:aws:s3:::data'].map((arn) => ({
      what: 'GetKeyPolicy',
      arn,
      readAt: '2026-11-23T12:00:00.000Z',
      ageSeconds: 1
    }))
}

function allowing (...arns: string[]): Access {
  return {
    mayRead: (arn) => arns.includes(arn),
    mayReadAccount: (accountId) => arns.some((arn) => arn.includes(`:${accountId}:`))
  }
}

t.test('what a caller may not verify answers as what does not exist', async (t) => {
  const nothing = restricted(source, allowing())
  const all = restricted(source, allowing(KEY, OTHER_KEY, ROLE, ROLE.replace('Service', 'Missing')))
  t.same(
    { ...(await nothing.readKey(KEY, signal)), requestedArn: '', kmsKeyArn: '' },
    { ...(await all.readKey(OTHER_KEY, signal)), requestedArn: '', kmsKeyArn: '' }
  )
  t.same(
    { ...(await nothing.readRole(ROLE, signal)), roleArn: '' },
    { ...(await all.readRole(ROLE.replace('Service', 'Missing'), signal)), roleArn: '' }
  )
  t.notMatch(
    JSON.stringify([
      await nothing.readKey(KEY, signal),
      await nothing.readRole(ROLE, signal),
      await all.readRole(ROLE.replace('Service', 'Missing'), signal)
    ]),
    'secret'
  )
  t.match(await all.readKey(KEY, signal), { keyPolicy: text })
})

t.test('restricted source: a role uses policies outside the entries, they are not reported', async (t) => {
  const alias = await restricted(source, allowing(ALIAS)).readKey(ALIAS, signal)
  t.match(alias, { requestedArn: ALIAS, kmsKeyArn: ALIAS, keyPolicy: { state: 'notFound' } }, 'the key behind an alias')
  t.match(await restricted(source, allowing(ALIAS, OTHER_KEY)).readKey(ALIAS, signal), {
    kmsKeyArn: OTHER_KEY,
    keyPolicy: text
  })
  const role = await restricted(source, allowing(ROLE)).readRole(ROLE, signal)
  t.match(role, {
    trustPolicy: text,
    permissionsBoundary: { state: 'notRead', cause: 'accessDenied' },
    identityPolicies: { read: [{ name: 'inline' }], lost: [{ name: 'Attached', cause: 'accessDenied' }] }
  })
  t.equal(role.identityPolicies.read.length, 1)
  t.match(await restricted(source, allowing(ROLE, BOUNDARY, ATTACHED)).readRole(ROLE, signal), {
    permissionsBoundary: { state: 'read' },
    identityPolicies: { read: [{ name: 'inline' }, { name: 'Attached' }] }
  })
})

t.test('a bucket that a caller may not verify answers as one that does not exist', async (t) => {
  const bucketOf = async (access: Access, bucket: string): Promise<string> =>
    JSON.stringify(await restricted(source, access).readBucket?.(bucket, { accountId: ACCOUNT }, signal))
  const all: Access = { mayRead: () => true, mayReadAccount: () => true }
  t.equal(await bucketOf(allowing(), 'data'), (await bucketOf(all, 'none')).replace('"none"', '"data"'))
  t.match(await bucketOf(all, 'data'), /secret/)
  t.notMatch(await bucketOf(allowing(), 'data'), /secret|us-east-1/)
})

t.test('cached reads: of a bucket, they are listed once the caller has seen the bucket', async (t) => {
  const seen = restricted(source, { mayRead: (_arn, accountId) => accountId === ACCOUNT, mayReadAccount: () => false })
  const kept = () => seen.cachedReads?.().map(({ arn }) => arn)
  t.same(kept(), [])
  await seen.readBucket?.('data', { accountId: '444455556666' }, signal)
  t.same(kept(), [])
  await seen.readBucket?.('data', { accountId: ACCOUNT }, signal)
  t.same(kept(), ['arn:aws:s3:::data'])
})

t.test('restricted source: tags and aliases of a key outside the entries, are as those of a missing key', async (t) => {
  for (const name of ['readKeyTags', 'readKeyAliases'] as const) {
    t.match(await restricted(source, allowing(KEY))[name]?.(KEY, signal), { state: 'read' }, name)
    t.match(await restricted(source, allowing(KEY))[name]?.(OTHER_KEY, signal), { state: 'notFound' }, name)
    const { [name]: _, ...without } = source
    t.notOk(restricted(without, allowing(KEY))[name], `${name}: a source without it goes on without it`)
  }
})

t.test('nor whether a policy that is met on the way is there', async (t) => {
  const roleOf = async (states: Readonly<Record<string, 'read' | 'gone'>>): Promise<unknown> => {
    const why = { why: 'GetPolicy failed: NoSuchEntity', cause: 'other' } as const
    const named = Object.keys(states).map((name) => ({ name, arn: `arn:aws:iam::${ACCOUNT}:policy/${name}` }))
    const attached = named.filter(({ name }) => name !== 'Boundary')
    const role: ObservedRole = {
      ...(await source.readRole(ROLE, signal)),
      identityPolicies: {
        read: attached
          .filter(({ name }) => states[name] === 'read')
          .map((policy) => ({ ...policy, kind: 'attached', document: '{}' })),
        lost: attached.filter(({ name }) => states[name] === 'gone').map((policy) => ({ ...policy, ...why }))
      },
      permissionsBoundary:
        states['Boundary'] === 'read'
          ? { state: 'read', value: { name: 'Boundary', arn: BOUNDARY, document: '{}' } }
          : { state: 'notRead', ...why },
      boundaryArn: BOUNDARY
    }
    return await restricted({ ...source, readRole: async () => role }, allowing(ROLE)).readRole(ROLE, signal)
  }
  const all = await roleOf({ A: 'read', B: 'read', Boundary: 'read' })
  for (const states of [
    { A: 'gone', B: 'read', Boundary: 'read' },
    { A: 'read', B: 'gone', Boundary: 'gone' },
    { A: 'gone', B: 'gone', Boundary: 'gone' }
  ] as const)
    t.same(await roleOf(states), all)
  t.match(all, {
    permissionsBoundary: { state: 'notRead', cause: 'accessDenied' },
    identityPolicies: { read: [], lost: [{ name: 'A' }, { name: 'B' }] }
  })
})

t.test('nor of the organization of an account, nor of kept answers, in one request as in all', async (t) => {
  for (const make of [
    (access: Access) => restricted(source, access),
    (access: Access) => restricted({ ...source, forRequest: () => source }, access).forRequest?.() ?? source
  ]) {
    const account = { partition: 'aws', accountId: ACCOUNT }
    t.match(await make(allowing()).readOrganizationPolicies?.(account, signal), {
      serviceControlPolicies: { state: 'notRead', cause: 'accessDenied' },
      resourceControlPolicies: { state: 'notRead', cause: 'accessDenied' }
    })
    t.match(await make(allowing(KEY)).readOrganizationPolicies?.(account, signal), {
      serviceControlPolicies: { state: 'read' }
    })
    const own = make(allowing(KEY, ALIAS))
    await own.readKey(ALIAS, signal)
    t.same(
      own.cachedReads?.().map(({ arn }) => arn),
      [KEY],
      'nor of an alias whose key it may not verify'
    )
    await own.readOrganizationPolicies?.(account, signal)
    t.same(
      own.cachedReads?.().map(({ arn }) => arn),
      [KEY, 'organization'],
      'what was reported may be old'
    )
    t.match(await make(allowing()).readKey(KEY, signal), { keyPolicy: { state: 'notFound' } })
  }
  const { readOrganizationPolicies, cachedReads, ...plain } = source
  t.notOk(
    restricted(plain, allowing()).readOrganizationPolicies,
    'a source that does not read organizations goes on not to'
  )
  t.same(restricted(plain, allowing()).cachedReads?.(), [])
})

t.test('cachedReads: the cached GetRole is of a role of the same name elsewhere, it is not listed', async (t) => {
  const missingRole = ROLE.replace('Service', 'Missing')
  const cached = [ROLE, missingRole].map((arn) => ({
    what: 'GetRole',
    arn,
    readAt: '2026-11-23T12:00:00.000Z',
    ageSeconds: 1
  }))
  const own = restricted({ ...source, cachedReads: () => cached }, allowing(ROLE, missingRole))
  for (const arn of [ROLE, missingRole]) await own.readRole(arn, signal)
  t.same(
    own.cachedReads?.().map(({ arn }) => arn),
    [ROLE]
  )
})
