import t from 'tap'
import type { Check, Report, VerifyDocumentsRequest } from '../../../schemas/verification.js'
import { ServiceError } from '../../../src/errors.js'
import type {
  ObservedKey,
  ObservedRole,
  PolicySource,
  Read,
  ReadFailure
} from '../../../src/verify/read/policy-source.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { verify } from '../../../src/verify/verify.js'
import { ACCOUNT, KEY, ROLE } from '../../helper.js'
import { reportFaults } from '../../verification/conforms.js'
import {
  allow,
  checksOf,
  codes,
  DELEGATION,
  deny,
  errors,
  FOR_ROLE,
  FOR_SERVICE,
  identity,
  PAGE_KEY_ACTIONS,
  policy,
  situation
} from '../../verification/documents.js'
import { type Changes, NOW, verifyIn, worldOf } from '../../verification/scenario.js'

const CAUSES: ReadFailure[] = ['accessDenied', 'credentials', 'unavailable', 'timeout', 'malformedAnswer', 'other']
const WORKS = situation()
const unread = (cause: ReadFailure): Extract<Read<never>, { state: 'notRead' }> => ({
  state: 'notRead',
  why: `not read: ${cause}`,
  cause
})

const report = async (request: VerifyDocumentsRequest, changes: Changes = {}): Promise<Report> =>
  await verifyIn(worldOf(request, changes), request)
const refusal = async (source: PolicySource): Promise<ServiceError> => {
  try {
    await verifyIn(source, WORKS)
  } catch (error) {
    if (error instanceof ServiceError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

t.test('verify: live policies, evaluated like the same documents', async (t) => {
  const { observedAt, reads, notEvaluated, ...live } = await report(WORKS)
  t.equal(observedAt, NOW.toISOString())
  t.same(reads, { attempts: 1 })
  const { notEvaluated: notGiven, ...given } = verifyDocuments(WORKS)
  t.same(live, given)
  t.same(
    notEvaluated.map(({ what }) => what),
    notGiven.map(({ what }) => what)
  )
  t.equal(live.verdict, 'pass')
})

/** Each part that can be lost, with what depends on it. */
interface Part {
  what: string
  lose: (cause: ReadFailure) => Changes
  layer?: keyof Check['layers']
  of?: 'role' | 'both'
  isNeedless?: true
  /** What `documented` says where the page demands the action of this layer. */
  open?: { role: string; service: string }
}
const PARTS: Part[] = [
  { what: 'keyMetadata', lose: (cause) => ({ key: { metadata: unread(cause) } }) },
  {
    what: 'keyPolicy',
    lose: (cause) => ({ key: { keyPolicy: unread(cause) } }),
    layer: 'keyPolicy',
    of: 'both',
    open: { role: 'DGKCL', service: 'DGKCL' }
  },
  // A grant can only allow: where policies allow everything, a lost one changes no decision.
  {
    what: 'grants',
    lose: (cause) => ({ key: { grants: unread(cause) } }),
    layer: 'grants',
    of: 'both',
    isNeedless: true
  },
  { what: 'trustPolicy', lose: (cause) => ({ role: { trustPolicy: unread(cause) } }) },
  {
    what: 'permissionsBoundary',
    lose: (cause) => ({ role: { permissionsBoundary: unread(cause) } }),
    layer: 'permissionsBoundary',
    of: 'role'
  },
  {
    what: 'identityPolicies',
    lose: (cause) => ({ role: { identityPolicies: { read: [], lost: [{ name: 'Other', ...unread(cause) }] } } }),
    layer: 'identityPolicies',
    of: 'role',
    open: { role: 'DGKL', service: '' }
  }
]

for (const { what, lose, layer, of, open, isNeedless = false } of PARTS) {
  t.test(`${what} was not read`, async (t) => {
    const whole = await report(WORKS)
    for (const cause of CAUSES) {
      const lost = await report(WORKS, lose(cause))
      t.equal(
        lost.verdict,
        isNeedless ? 'pass' : 'indeterminate',
        `${cause}: not read is neither right nor "not allowed"`
      )
      t.same(
        lost.findings
          .filter(({ code }) => code === 'NOT_READABLE')
          .map(({ detail }) => detail.includes(what) && detail.includes(cause)),
        [true],
        'one finding with the reason'
      )
      t.match(lost.notEvaluated, [{ what, why: `not read: ${cause}` }])
      if (isNeedless) t.notOk(lost.remediation)
      else {
        t.match(
          lost.remediation,
          { keyPolicies: [], rolePolicies: [], trustPolicies: [], cannotFix: [{ code: 'NOT_READABLE' }] },
          'nothing is written that was not read'
        )
        t.same(lost.remediation?.keyPolicies.length, 0)
      }
      t.equal(reportFaults(lost), '')
      for (const [index, check] of lost.checks.entries()) {
        const before = whole.checks[index]
        const isHit = layer !== undefined && (of === 'both' || check.principal.type === 'role')
        if (layer !== undefined)
          t.equal(
            check.layers[layer],
            isHit ? 'unknown' : before?.layers[layer],
            `${check.principal.type} ${check.action}`
          )
        t.same(
          { ...check.layers, [layer ?? '']: '' },
          { ...before?.layers, [layer ?? '']: '' },
          'the other layers are as they were'
        )
        t.equal(check.effective, isHit && !isNeedless ? 'unknown' : 'allowed')
        const isOpen =
          open !== undefined && checksOf(lost, check.principal.type, open[check.principal.type]).includes(check)
        t.equal(
          check.documented,
          isOpen ? 'indeterminate' : 'pass',
          `documented ${check.principal.type} ${check.action}`
        )
      }
    }
  })
}

t.test('grants that were not read might give what no policy gives', async (t) => {
  const lost = await report(situation({ key: { keyPolicy: policy(DELEGATION, FOR_ROLE) } }), {
    key: { grants: unread('accessDenied') }
  })
  t.same(
    checksOf(lost, 'service', 'DGKC').map(({ effective }) => effective),
    Array(4).fill('unknown')
  )
  t.equal(lost.verdicts.documented, 'fail', 'the key policy was read, and lacks it')
  t.equal(lost.remediation?.keyPolicies.length, 1)
})

t.test('an explicit Deny that was read still shows', async (t) => {
  const denying = {
    name: 'Deny',
    kind: 'inline' as const,
    document: policy({ Sid: 'No', Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' })
  }
  const lost = await report(WORKS, {
    role: { identityPolicies: { read: [denying], lost: [{ name: 'Other', ...unread('accessDenied') }] } }
  })
  t.match(checksOf(lost, 'role', 'D'), [
    {
      effective: 'explicitDeny',
      layers: { identityPolicies: 'explicitDeny' },
      matchedStatements: [{ policy: 'identityPolicies', name: 'Deny', sid: 'No', index: 0, effect: 'Deny' }]
    }
  ])
  t.match(checksOf(lost, 'role', 'GKCL'), Array(4).fill({ effective: 'unknown' }))
  t.equal(lost.verdicts.effective, 'fail')
  t.ok(errors(lost).includes('EXPLICIT_DENY'))
  const inKey = await report(situation({ key: { keyPolicy: policy(FOR_SERVICE, FOR_ROLE, deny({ AWS: ROLE })) } }), {
    role: { permissionsBoundary: unread('timeout'), trustPolicy: unread('timeout') }
  })
  t.same(
    checksOf(inKey, 'role').map(({ effective }) => effective),
    Array(5).fill('explicitDeny')
  )
})

t.test('of what was not read nothing is written, of the rest what is missing', async (t) => {
  const request = situation({
    key: { keyPolicy: policy(DELEGATION) },
    role: { identityPolicies: [], trustPolicy: policy() }
  })
  const changes: Record<string, Changes> = {
    keyPolicies: { key: { keyPolicy: unread('accessDenied') } },
    rolePolicies: {
      role: { identityPolicies: { read: [], lost: [{ name: 'PersonalizeKmsAccess', ...unread('accessDenied') }] } }
    },
    trustPolicies: { role: { trustPolicy: unread('accessDenied') } }
  }
  for (const [unwritten, change] of Object.entries(changes)) {
    const { remediation } = await report(request, change)
    const written = Object.entries(remediation ?? {}).flatMap(([member, list]) =>
      member !== 'cannotFix' && list.length > 0 ? [member] : []
    )
    t.same(
      written,
      Object.keys(changes).filter((member) => member !== unwritten),
      unwritten
    )
  }
})

const failing = (read: Read<never>, ofKey: Read<never> = read): PolicySource => {
  const lost = read.state === 'notRead' ? [{ name: 'identity-based policies', why: read.why, cause: read.cause }] : []
  return {
    readKey: async (requestedArn): Promise<ObservedKey> => ({
      requestedArn,
      kmsKeyArn: requestedArn,
      metadata: ofKey,
      keyPolicy: ofKey,
      grants: ofKey
    }),
    readRole: async (roleArn): Promise<ObservedRole> => ({
      roleArn,
      role: read,
      trustPolicy: read,
      permissionsBoundary: read,
      identityPolicies: { read: [], lost }
    })
  }
}

t.test('nothing at all was read', async (t) => {
  t.match(await refusal(failing(unread('credentials'))), { code: 'AWS_CREDENTIALS_UNAVAILABLE', statusCode: 503 })
  t.match(await refusal(failing(unread('unavailable'))), { code: 'AWS_UNAVAILABLE', statusCode: 502 })
  t.match(await refusal(failing(unread('timeout'))), { code: 'AWS_UNAVAILABLE', statusCode: 504 })
  t.match(await refusal(failing(unread('timeout'), unread('unavailable'))), {
    code: 'AWS_UNAVAILABLE',
    statusCode: 502
  })
  t.match(await refusal(failing(unread('credentials'), unread('timeout'))), { code: 'AWS_UNAVAILABLE' })
})

t.test('an answer of AWS is something to report on, even a refusal', async (t) => {
  for (const cause of ['accessDenied', 'malformedAnswer', 'other'] as const) {
    const { verdicts, checks, findings, notEvaluated } = await verifyIn(failing(unread(cause)), WORKS)
    t.same(verdicts, { documented: 'indeterminate', effective: 'indeterminate' }, cause)
    t.ok(checks.every(({ effective }) => effective === 'unknown'))
    t.same(
      findings.map(({ code }) => code),
      ['NOT_READABLE', 'NOT_READABLE'],
      'one for the key, one for the role: one cause each'
    )
    t.equal(notEvaluated.filter(({ why }) => why === `not read: ${cause}`).length, 7, 'each part')
  }
  const mixed = await verifyIn(failing(unread('unavailable'), unread('accessDenied')), WORKS)
  t.equal(mixed.verdict, 'indeterminate', 'a part of it answered')
  const empty = await verifyIn(
    {
      ...failing(unread('unavailable')),
      readRole: async (roleArn) => ({
        ...(await failing(unread('unavailable')).readRole(roleArn, new AbortController().signal)),
        identityPolicies: { read: [], lost: [] }
      })
    },
    WORKS
  )
  t.equal(empty.verdict, 'fail', 'that a role has no policies was read')
})

t.test('a key that does not exist, a role that does not exist', async (t) => {
  const noKey = await report(WORKS, {
    key: {
      metadata: { state: 'notFound', why: 'no such key' },
      keyPolicy: { state: 'notFound', why: 'no such key' },
      grants: { state: 'notFound', why: 'no such key' }
    }
  })
  t.match(noKey, { verdict: 'fail', verdicts: { effective: 'fail' } })
  t.same(codes(noKey), ['KEY_NOT_FOUND'], 'one cause, one finding')
  t.match(noKey.remediation, { keyPolicies: [], cannotFix: [{ code: 'KEY_NOT_FOUND' }] })
  const gone = { state: 'notFound', why: 'no such role' } as const
  const noRole = await report(WORKS, {
    role: { role: gone, trustPolicy: gone, permissionsBoundary: gone, identityPolicies: { read: [], lost: [] } }
  })
  t.match(noRole, { verdict: 'fail', verdicts: { effective: 'fail' } })
  t.same(codes(noRole), ['ROLE_NOT_FOUND'])
  t.ok(
    checksOf(noRole, 'role').every(({ effective }) => effective === 'allowed'),
    'the checks stay as the policies have them'
  )
  t.match(noRole.remediation, { rolePolicies: [], trustPolicies: [], cannotFix: [{ code: 'ROLE_NOT_FOUND' }] })
})

t.test('a key policy that is not found says nothing of the key: DescribeKey alone does', async (t) => {
  for (const metadata of [unread('accessDenied'), { state: 'read', value: WORKS.keys[0]?.metadata ?? {} } as const]) {
    const lost = await report(WORKS, {
      key: {
        metadata,
        keyPolicy: { state: 'notFound', why: 'GetKeyPolicy finds nothing' },
        grants: { state: 'notFound', why: 'ListGrants finds nothing' }
      }
    })
    t.notOk(codes(lost).includes('KEY_NOT_FOUND'))
    t.ok(codes(lost).includes('NOT_READABLE'))
    t.equal(lost.verdict, 'indeterminate')
    t.ok(lost.checks.every(({ layers }) => layers.grants === 'unknown' && layers.keyPolicy === 'unknown'))
  }
})

t.test('an alias stands for its key, and twice the same key is one', async (t) => {
  const alias = `arn:aws:kms:us-east-1:${ACCOUNT}:alias/personalize`
  const aliased = await verifyIn(worldOf(WORKS), { usage: { ...WORKS.usage, kmsKeyArns: [alias] } })
  t.equal(aliased.verdict, 'pass')
  t.ok(aliased.checks.every(({ kmsKeyArn }) => kmsKeyArn === KEY))
  const twice = await verifyIn(worldOf(WORKS), { usage: { ...WORKS.usage, kmsKeyArns: [alias, KEY] } })
  t.same(twice, aliased)
  const unresolved = await verifyIn(
    worldOf(situation({ role: { identityPolicies: [] } }), {
      key: {
        kmsKeyArn: alias,
        metadata: unread('accessDenied'),
        keyPolicy: unread('accessDenied'),
        grants: unread('accessDenied')
      }
    }),
    { usage: { ...WORKS.usage, kmsKeyArns: [alias] } }
  )
  t.not(unresolved.verdict, 'pass')
  t.notMatch(JSON.stringify(unresolved.remediation?.rolePolicies), 'alias/', 'no policy names an alias as its resource')
})

t.test('every role with every key, each read once', async (t) => {
  const roles = [ROLE, `${ROLE}2`, `${ROLE}3`]
  const keys = [
    KEY,
    KEY.replace('1234abcd', 'ffffffff'),
    KEY.replace('1234abcd', 'eeeeeeee').replace(ACCOUNT, '444455556666')
  ]
  const request = situation({ usage: { roleArns: roles, kmsKeyArns: keys } })
  const [key, role] = [request.keys[0], request.roles[0]]
  if (key === undefined || role === undefined) throw new TypeError('incomplete')
  const many = {
    usage: request.usage,
    keys: keys.map((kmsKeyArn) => ({ ...key, kmsKeyArn, keyPolicy: policy(FOR_SERVICE, allow({ AWS: roles })) })),
    roles: roles.map((roleArn) => ({
      ...role,
      roleArn,
      identityPolicies: [identity({ Effect: 'Allow', Action: PAGE_KEY_ACTIONS, Resource: keys })]
    }))
  }
  const world = worldOf(many)
  const live = await verifyIn(world, many)
  t.equal(live.verdict, 'pass')
  t.equal(live.checks.length, 3 * (5 + 3 * 5))
  t.same([...world.reads].sort(), [...keys, ...roles].sort())
  t.ok(codes(live).includes('CROSS_ACCOUNT_KEY'))
  const [, , foreign] = keys
  const withoutIam = await verifyIn(
    worldOf({
      ...many,
      roles: many.roles.map((entry, index) => (index === 1 ? { ...entry, identityPolicies: [] } : entry))
    }),
    many
  )
  const denied = withoutIam.checks.filter(({ effective }) => effective !== 'allowed')
  t.same(
    [...new Set(denied.map(({ kmsKeyArn, roleArn }) => `${kmsKeyArn} ${roleArn}`))],
    [`${foreign} ${roles[1]}`],
    'only across accounts the key policy is not enough'
  )
  t.equal(denied.length, 5)
})

t.test('a source that makes one for each request is asked for it', async (t) => {
  let asked = 0
  const source: PolicySource = {
    ...failing(unread('other')),
    forRequest: () => {
      asked += 1
      return worldOf(WORKS)
    }
  }
  t.equal((await verifyIn(source, WORKS)).verdict, 'pass')
  t.equal(asked, 1)
})

t.test('verify: a maximum age, passed to the source, and the cached responses are listed in the report', async (t) => {
  const cached = [
    { what: 'DescribeKey', arn: KEY, readAt: '2026-11-23T11:59:55.000Z', ageSeconds: 5 },
    { what: 'GetRole', arn: ROLE, readAt: '2026-11-23T11:59:48.000Z', ageSeconds: 12 }
  ]
  const asked: unknown[] = []
  const policySource: PolicySource = {
    ...failing(unread('other')),
    forRequest: (options) => {
      asked.push(options)
      return { ...worldOf(WORKS), cachedReads: () => cached }
    }
  }
  const report = await verify(
    { usage: WORKS.usage, maxAgeSeconds: 60 },
    { policySource, now: NOW, signal: new AbortController().signal }
  )
  t.same(report.reads, { attempts: 1, cached })
  t.equal(report.observedAt, '2026-11-23T11:59:48.000Z', 'when the oldest of them was read')
  t.equal(reportFaults(report), '')
  await verify(
    { usage: WORKS.usage },
    { policySource, now: NOW, signal: new AbortController().signal, requestId: 'a-1' }
  )
  t.same(
    asked,
    [{ maxAgeSeconds: 60 }, { maxAgeSeconds: 0, requestId: 'a-1' }],
    'nothing is used again unless it is asked for, and the source knows for which request'
  )
})

t.test('an alias behind which AWS names something that is no key', async (t) => {
  const strange = await verifyIn(
    worldOf(WORKS, { key: { kmsKeyArn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/7` } }),
    WORKS
  )
  t.equal(strange.verdict, 'indeterminate', 'a key that could not be checked does not pass')
  t.ok(strange.checks.some(({ kmsKeyArn }) => kmsKeyArn === KEY))
})
