import t from 'tap'
import type { VerifyRequest } from '../../../schemas/live.js'
import type { PairLine, ReportLine, SummaryLine } from '../../../schemas/verification-line.js'
import type { VerifyDocumentsRequest } from '../../../schemas/verification.js'
import type { ObservedKey, ObservedRole, PolicySource } from '../../../src/verify/read/policy-source.js'
import { verifyPairs } from '../../../src/verify/verify-pairs.js'
import { verify } from '../../../src/verify/verify.js'
import { ACCOUNT, KEY, ROLE } from '../../helper.js'
import { patience } from '../../verification/clock.js'
import { lineFaults } from '../../verification/conforms.js'
import {
  allow,
  DELEGATION,
  FOR_SERVICE,
  identity,
  PAGE_ROLE_ACTIONS,
  policy,
  situation
} from '../../verification/documents.js'
import { type Changes, NOW, worldOf } from '../../verification/scenario.js'

const ROLES = [ROLE, `${ROLE}2`, `${ROLE}3`]
const KEYS = [KEY, KEY.replace('1234abcd', 'ffffffff')]
const base = situation({ usage: { roleArns: ROLES, kmsKeyArns: KEYS } })

/** Two keys and three roles; the key policies name these roles. */
function manyFor (named: readonly string[]): VerifyDocumentsRequest {
  const [key, role] = [base.keys[0], base.roles[0]]
  if (key === undefined || role === undefined) throw new TypeError('incomplete')
  return {
    usage: base.usage,
    keys: KEYS.map((kmsKeyArn) => ({
      ...key,
      kmsKeyArn,
      keyPolicy: policy(DELEGATION, FOR_SERVICE, allow({ AWS: named }))
    })),
    roles: ROLES.map((roleArn) => ({
      ...role,
      roleArn,
      identityPolicies: [identity({ Effect: 'Allow', Action: PAGE_ROLE_ACTIONS, Resource: KEYS })]
    }))
  }
}
const WORKS = manyFor(ROLES)
const ONE_ROLE_MISSING = manyFor(ROLES.slice(0, 2))
const TWO_ROLES_MISSING = manyFor(ROLES.slice(0, 1))

async function linesOf (policySource: PolicySource, more: Partial<VerifyRequest> = {}): Promise<PairLine[]> {
  const lines: PairLine[] = []
  for await (const line of verifyPairs({ usage: base.usage, ...more }, { ...patience(), policySource }))
    lines.push(line)
  return lines
}
const reportsIn = (lines: readonly PairLine[]): ReportLine[] =>
  lines.flatMap((line) => (line.type === 'report' ? [line] : []))
const summaryIn = (lines: readonly PairLine[]): SummaryLine | undefined =>
  lines.flatMap((line) => (line.type === 'summary' ? [line] : []))[0]
const names = (lines: readonly PairLine[]): string[] =>
  reportsIn(lines).map(({ kmsKeyArn, roleArn }) => `${kmsKeyArn} ${roleArn}`)
const PAIRS = KEYS.flatMap((key) => ROLES.map((role) => `${key} ${role}`))

t.test('a line for each pair with its own report, progress, and a summary at last', async (t) => {
  const world = worldOf(ONE_ROLE_MISSING)
  const lines = await linesOf(world)
  t.same(
    lines.map((line) => lineFaults(line)).filter((faults) => faults !== ''),
    []
  )
  t.same(names(lines).sort(), [...PAIRS].sort())
  t.same([...world.reads].sort(), [...KEYS, ...ROLES].sort(), 'each key and role is read once')
  for (const { kmsKeyArn = '', roleArn = '', report } of reportsIn(lines)) {
    const alone = await verify(
      { usage: { ...base.usage, kmsKeyArns: [kmsKeyArn], roleArns: [roleArn] } },
      { policySource: world, now: NOW, signal: new AbortController().signal }
    )
    t.same(report, alone, 'as if it had been asked for alone')
  }
  const progress = lines.flatMap((line) => (line.type === 'progress' ? [line.done] : []))
  t.same(
    progress,
    [...progress].sort((a, b) => a - b)
  )
  t.same([progress[0], progress.at(-1)], [0, 6])
  t.match(lines.at(-1), {
    type: 'summary',
    verdict: 'fail',
    pairs: { total: 6, pass: 4, fail: 2, indeterminate: 0 },
    observedAt: NOW.toISOString(),
    reads: { attempts: 1 }
  })
})

t.test('pairs: the changes of single pairs exclude one another, the summary fixes all pairs at once', async (t) => {
  const lines = await linesOf(worldOf(TWO_ROLES_MISSING))
  const whole = await verify(
    { usage: base.usage },
    { policySource: worldOf(TWO_ROLES_MISSING), now: NOW, signal: new AbortController().signal }
  )
  t.same(summaryIn(lines)?.remediation, whole.remediation)
  t.match(summaryIn(lines), { verdict: whole.verdict, verdicts: whole.verdicts })
  const keyPolicies = summaryIn(lines)?.remediation?.keyPolicies ?? []
  t.same(
    keyPolicies.map(({ kmsKeyArn }) => kmsKeyArn),
    KEYS
  )
  for (const { policy: fixed } of keyPolicies) for (const role of ROLES) t.match(JSON.stringify(fixed), `"${role}"`)
  t.notOk(summaryIn(await linesOf(worldOf(WORKS)))?.remediation)
})

/** A world whose reads are answered one by one, when the test says so. */
function stepwise (world: PolicySource): { source: PolicySource; answer: (arn: string) => void; asked: string[] } {
  const gates = new Map(
    [...KEYS, ...ROLES].map((arn) => {
      let answer = (): void => {}
      const answered = new Promise<void>((resolve) => {
        answer = resolve
      })
      return [arn, { answer, answered }]
    })
  )
  const asked: string[] = []
  const source: PolicySource = {
    readKey: async (arn, signal): Promise<ObservedKey> => {
      asked.push(arn)
      await gates.get(arn)?.answered
      return await world.readKey(arn, signal)
    },
    readRole: async (arn, signal): Promise<ObservedRole> => {
      asked.push(arn)
      await gates.get(arn)?.answered
      return await world.readRole(arn, signal)
    }
  }
  return {
    source,
    asked,
    answer: (arn) => {
      gates.get(arn)?.answer()
    }
  }
}

t.test('pairs: the two reads of a pair are complete, it is reported while others are pending', async (t) => {
  const { source, answer, asked } = stepwise(worldOf(WORKS))
  const lines = verifyPairs({ usage: base.usage }, { ...patience(), policySource: source })
  const next = async (): Promise<PairLine | undefined> => {
    const { value, done } = await lines.next()
    return done === true ? undefined : value
  }
  const first = next()
  answer(`${ROLE}3`)
  answer(KEY)
  t.match(await first, { type: 'progress', done: 0, total: 6 })
  t.equal(asked.length, 5, 'all reads are in progress')
  t.match(await next(), { type: 'report', kmsKeyArn: KEY, roleArn: `${ROLE}3` })
  t.match(await next(), { type: 'progress', done: 1 })
  const second = next()
  answer(ROLE)
  t.match(await second, { type: 'report', kmsKeyArn: KEY, roleArn: ROLE })
  await lines.return(undefined)
  t.equal(await next(), undefined, 'a client that leaves gets no more')
})

const silent = (cause: 'unavailable' | 'credentials' | 'timeout'): Required<Changes> => {
  const lost = { state: 'notRead', why: cause, cause } as const
  return {
    key: { metadata: lost, keyPolicy: lost, grants: lost },
    role: {
      role: lost,
      trustPolicy: lost,
      permissionsBoundary: lost,
      identityPolicies: { read: [], lost: [{ name: 'all', ...lost }] }
    }
  }
}

t.test('pairs: nothing was read, only the reason is reported; something was read, the rest is unknown', async (t) => {
  for (const [cause, code, statusCode] of [
    ['unavailable', 'AWS_UNAVAILABLE', 502],
    ['timeout', 'AWS_UNAVAILABLE', 504],
    ['credentials', 'AWS_CREDENTIALS_UNAVAILABLE', 503]
  ] as const) {
    const lines = verifyPairs({ usage: base.usage }, { ...patience(), policySource: worldOf(WORKS, silent(cause)) })
    await t.rejects(lines.next(), { code, statusCode }, 'not even a first line')
  }
  const { key } = silent('timeout')
  const lines = await linesOf({
    ...worldOf(WORKS),
    readKey: async (arn, signal) => await worldOf(WORKS, arn === KEY ? { key } : {}).readKey(arn, signal)
  })
  t.same(
    reportsIn(lines).map(({ kmsKeyArn, report }) => report.verdict === (kmsKeyArn === KEY ? 'indeterminate' : 'pass')),
    Array(6).fill(true)
  )
  t.match(summaryIn(lines), { verdict: 'indeterminate', pairs: { pass: 3, indeterminate: 3 } })
  await t.rejects(
    verifyPairs(
      { usage: { ...base.usage, region: 'eu-north-9' } },
      { ...patience(), policySource: worldOf(WORKS) }
    ).next(),
    { code: 'INCONSISTENT_USAGE' }
  )
})

/** One world after the other, each for one reading; the last one stays. */
function changing (...worlds: Array<PolicySource & { reads: string[] }>): PolicySource {
  let reading = 0
  return { ...worldOf(WORKS), forRequest: () => worlds[Math.min(reading++, worlds.length - 1)] ?? worldOf(WORKS) }
}

t.test('waiting: a pair passes, it is reported at once, and only the rest is read again', async (t) => {
  const again = worldOf(WORKS)
  const lines = await linesOf(changing(worldOf(ONE_ROLE_MISSING), again), { waitUpTo: 30 })
  t.same([...names(lines)].sort(), [...PAIRS].sort(), 'one line for each pair')
  t.same([...again.reads].sort(), [...KEYS, `${ROLE}3`].sort())
  t.same(
    reportsIn(lines).map(({ roleArn, report }) => report.reads?.attempts === (roleArn === `${ROLE}3` ? 2 : 1)),
    Array(6).fill(true)
  )
  t.match(summaryIn(lines), { verdict: 'pass', pairs: { total: 6, pass: 6 }, reads: { attempts: 2 } })
})

t.test('waiting: the time is up, the rest is reported as last read', async (t) => {
  const failing = await linesOf(worldOf(TWO_ROLES_MISSING), { waitUpTo: 10 })
  t.same([...names(failing)].sort(), [...PAIRS].sort())
  t.match(summaryIn(failing), { verdict: 'fail', pairs: { pass: 2, fail: 4 } })
  t.ok(Number(summaryIn(failing)?.reads.attempts) > 1)
  const outage = await linesOf(changing(worldOf(ONE_ROLE_MISSING), worldOf(WORKS, silent('unavailable'))), {
    waitUpTo: 10
  })
  t.match(
    summaryIn(outage),
    { verdict: 'fail', pairs: { total: 6, pass: 4, fail: 2 } },
    'an outage does not take back what was read'
  )
  const recovered = await linesOf(changing(worldOf(WORKS, silent('unavailable')), worldOf(WORKS)), { waitUpTo: 10 })
  t.match(summaryIn(recovered), { verdict: 'pass', reads: { attempts: 2 } })
})

t.test('a key by its alias: the line names it as the request does, the report by its ARN', async (t) => {
  const alias = `arn:aws:kms:us-east-1:${ACCOUNT}:alias/personalize`
  const lines = await linesOf(worldOf(WORKS), { usage: { ...base.usage, kmsKeyArns: [alias, KEY], roleArns: [ROLE] } })
  t.same(names(lines).sort(), [`${alias} ${ROLE}`, `${KEY} ${ROLE}`].sort())
  for (const { report } of reportsIn(lines)) t.ok(report.checks.every(({ kmsKeyArn }) => kmsKeyArn === KEY))
})

t.test('pairs: cached responses, listed in the summary, and only the first reading may use them', async (t) => {
  const cached = [{ what: 'GetRole', arn: ROLE, readAt: '2026-11-23T11:59:57.000Z', ageSeconds: 3 }]
  const ages: unknown[] = []
  const policySource: PolicySource = {
    ...worldOf(WORKS),
    forRequest: (options) =>
      ages.push(options?.maxAgeSeconds) === 1
        ? { ...worldOf(ONE_ROLE_MISSING), cachedReads: () => cached }
        : worldOf(WORKS)
  }
  t.match(summaryIn(await linesOf(policySource, { maxAgeSeconds: 60, waitUpTo: 30 }))?.reads, { attempts: 2, cached })
  t.same(ages, [60, 0])
})

t.test('each report tells what of it was kept, and is as old as the oldest of that', async (t) => {
  const managed = `arn:aws:iam::${ACCOUNT}:policy/Data`
  const at = (second: number): { readAt: string; ageSeconds: number } => ({
    readAt: `2026-11-23T11:59:${second}.000Z`,
    ageSeconds: 60 - second
  })
  const [first, second] = base.usage.roleArns
  const [key, other] = base.usage.kmsKeyArns ?? []
  const cached = [
    { what: 'GetRole', arn: String(first), ...at(30) },
    { what: 'GetPolicy', arn: managed, ...at(20) },
    { what: 'DescribeKey', arn: String(other), ...at(40) },
    { what: 'ListParents', arn: ACCOUNT, ...at(50) }
  ]
  const world = worldOf(WORKS)
  const policySource: PolicySource = {
    ...world,
    readRole: async (roleArn, signal) => {
      const role = await world.readRole(roleArn, signal)
      return roleArn === second
        ? {
          ...role,
          permissionsBoundary: {
            state: 'read',
            value: {
              name: 'Data',
              arn: managed,
              document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
            }
          }
        }
        : role
    },
    forRequest: () => ({ ...policySource, cachedReads: () => cached })
  }
  const lines = await linesOf(policySource, { maxAgeSeconds: 60 })
  const readsByPair = new Map(
    reportsIn(lines).map(({ kmsKeyArn, roleArn, report: { observedAt, reads } }) => [
      `${kmsKeyArn} ${roleArn}`,
      [observedAt?.slice(17, 19), ...(reads?.cached ?? []).map(({ what }) => what)]
    ])
  )
  t.same(readsByPair.get(`${key} ${first}`), ['30', 'GetRole', 'ListParents'])
  t.same(readsByPair.get(`${other} ${second}`), ['20', 'GetPolicy', 'DescribeKey', 'ListParents'])
  t.match(summaryIn(lines), { observedAt: '2026-11-23T11:59:20.000Z', reads: { cached } })
})
