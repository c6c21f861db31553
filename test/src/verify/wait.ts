import t from 'tap'
import type { VerifyRequest } from '../../../schemas/live.js'
import { ServiceError } from '../../../src/errors.js'
import type { PolicySource, ReadFailure } from '../../../src/verify/read/policy-source.js'
import { isRetryable, verifyUntilPass } from '../../../src/verify/verify.js'
import { patience } from '../../verification/clock.js'
import { reportFaults } from '../../verification/conforms.js'
import { DELEGATION, policy, situation } from '../../verification/documents.js'
import { worldOf } from '../../verification/scenario.js'

const WORKS = situation()
const BROKEN = situation({ key: { keyPolicy: policy(DELEGATION) } })
const request: VerifyRequest = { usage: WORKS.usage, waitUpTo: 60 }

const silent = (cause: ReadFailure): PolicySource => {
  const lost = { state: 'notRead', why: cause, cause } as const
  return worldOf(WORKS, {
    key: { metadata: lost, keyPolicy: lost, grants: lost },
    role: {
      role: lost,
      trustPolicy: lost,
      permissionsBoundary: lost,
      identityPolicies: { read: [], lost: [{ name: 'all', ...lost }] }
    }
  })
}

/** One world after the other, each for one reading; the last one stays. */
function changing (...worlds: PolicySource[]): PolicySource & { ages: unknown[] } {
  const ages: unknown[] = []
  return {
    ...silent('other'),
    ages,
    forRequest: (options) => {
      const world = worlds[Math.min(ages.push(options?.maxAgeSeconds), worlds.length) - 1]
      if (world === undefined) throw new TypeError('no world')
      return world
    }
  }
}

t.test('a change that shows a while later is waited for', async (t) => {
  const policySource = changing(worldOf(BROKEN), worldOf(BROKEN), worldOf(WORKS))
  const options = patience()
  const report = await verifyUntilPass({ ...request, maxAgeSeconds: 300 }, { ...options, policySource })
  t.match(report, { verdict: 'pass', reads: { attempts: 3 } })
  t.equal(report.observedAt, options.clock.now().toISOString(), 'the moment of the reading that it tells of')
  t.same(
    policySource.ages,
    [300, 0, 0],
    'only the first reading may use cached responses: waiting is for what is new'
  )
  t.equal(reportFaults(report), '')
})

t.test('waiting: the first reading passes or no waiting is requested, read once', async (t) => {
  for (const [world, asked, verdict] of [
    [WORKS, request, 'pass'],
    [BROKEN, { usage: WORKS.usage }, 'fail']
  ] as const) {
    const options = patience()
    t.match(await verifyUntilPass(asked, { ...options, policySource: worldOf(world) }), {
      verdict,
      reads: { attempts: 1 }
    })
    t.same(options.clock.pauses, [])
  }
})

t.test('when the time is up the last report is the answer, whatever it says', async (t) => {
  const options = patience()
  const report = await verifyUntilPass(request, { ...options, policySource: worldOf(BROKEN) })
  t.equal(report.verdict, 'fail')
  t.equal(report.reads?.attempts, options.clock.pauses.length + 1)
  t.equal(
    options.clock.pauses.reduce((sum, pause) => sum + pause, 0),
    60_000
  )
})

t.test('an outage is waited out, and does not hide what was read before', async (t) => {
  t.match(
    await verifyUntilPass(request, {
      ...patience(),
      policySource: changing(silent('unavailable'), silent('timeout'), worldOf(WORKS))
    }),
    { verdict: 'pass', reads: { attempts: 3 } }
  )
  for (const cause of ['unavailable', 'credentials'] as const) {
    const report = await verifyUntilPass(request, {
      ...patience(),
      policySource: changing(worldOf(BROKEN), silent(cause))
    })
    t.equal(report.verdict, 'fail', cause)
    t.ok(Number(report.reads?.attempts) > 1)
  }
  await t.rejects(verifyUntilPass(request, { ...patience(), policySource: silent('unavailable') }), {
    code: 'AWS_UNAVAILABLE'
  })
})

t.test('waiting: a failure that waiting cannot fix, reported at once', async (t) => {
  const options = patience()
  await t.rejects(verifyUntilPass(request, { ...options, policySource: silent('credentials') }), {
    code: 'AWS_CREDENTIALS_UNAVAILABLE'
  })
  await t.rejects(
    verifyUntilPass(
      { ...request, usage: { ...WORKS.usage, region: 'eu-north-9' } },
      { ...options, policySource: worldOf(WORKS) }
    ),
    { code: 'INCONSISTENT_USAGE' }
  )
  const broken: PolicySource = changing(worldOf(BROKEN), {
    ...worldOf(WORKS),
    readKey: () => Promise.reject(new TypeError('a fault of the service'))
  })
  await t.rejects(verifyUntilPass(request, { ...options, policySource: broken }), TypeError)
  t.notOk(isRetryable(new ServiceError('INTERNAL_ERROR', ''), true))
})
