import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import type { Check, Report } from '../../schemas/verification.js'
import { createPolicySource } from '../../src/aws/policy-source.js'
import { ServiceError } from '../../src/errors.js'
import { verify } from '../../src/verify/verify.js'
import { answers, startFakeAws, type Answer, type FakeAws } from '../fake-aws.js'
import { useFakeCredentials } from '../fake-aws/credentials.js'
import { landscapeConfig, setLandscape, USAGE } from '../fake-aws/landscape.js'
import { reportFaults } from './conforms.js'

type Layer = keyof Check['layers']
interface Answered { status: number, report: Report | undefined }

/** A client that was throttled waits for seconds, so many worlds are asked at once. */
const WORLDS = 16
/** Long enough for all that answers, when many are asked at once on a slow machine. */
const HANG_MS = 1_500
const SLOW_MS = 10_000
const DEADLINE_MS = 25_000

const restore = useFakeCredentials()
const fakes = await Promise.all(Array.from({ length: WORLDS }, startFakeAws))
t.teardown(async () => {
  restore()
  await Promise.all(fakes.map((fake) => fake.close()))
})

/** One verification in a world where one call goes wrong. */
async function verifyWith (fake: FakeAws, operation?: string, answer?: Answer): Promise<Answered> {
  setLandscape(fake)
  if (operation !== undefined && answer !== undefined) fake.always(operation, answer)
  const policySource = createPolicySource({ ...landscapeConfig(fake), timeoutMs: answer === answers.hang ? HANG_MS : SLOW_MS })
  try {
    return { status: 200, report: await verify({ usage: USAGE }, { policySource, now: new Date(), signal: AbortSignal.timeout(DEADLINE_MS) }) }
  } catch (error) {
    if (error instanceof ServiceError) return { status: error.statusCode, report: undefined }
    throw error
  } finally {
    policySource.close()
  }
}

/** Does it for every task, in as many worlds as there are. */
async function inWorlds<T, R> (tasks: readonly T[], does: (fake: FakeAws, task: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const waiting = [...tasks.entries()]
  await Promise.all(fakes.map(async (fake) => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await does(fake, next[1])
  }))
  return results
}

/** What each call brings: layers of the checks, and names of parts that the report says were not evaluated. */
const CALLS: ReadonlyArray<{ operation: string, layers: Layer[], parts: string[] }> = [
  { operation: 'DescribeKey', layers: [], parts: ['keyMetadata'] },
  { operation: 'GetKeyPolicy', layers: ['keyPolicy'], parts: ['keyPolicy'] },
  { operation: 'ListGrants', layers: ['grants'], parts: ['grants'] },
  { operation: 'GetRole', layers: ['permissionsBoundary'], parts: ['role', 'trustPolicy', 'permissionsBoundary'] },
  { operation: 'ListRolePolicies', layers: ['identityPolicies'], parts: ['identityPolicies'] },
  { operation: 'GetRolePolicy', layers: ['identityPolicies'], parts: ['identityPolicies'] },
  { operation: 'ListAttachedRolePolicies', layers: ['identityPolicies'], parts: ['identityPolicies'] },
  { operation: 'GetPolicy', layers: ['identityPolicies', 'permissionsBoundary'], parts: ['identityPolicies', 'permissionsBoundary'] },
  { operation: 'GetPolicyVersion', layers: ['identityPolicies', 'permissionsBoundary'], parts: ['identityPolicies', 'permissionsBoundary'] },
  { operation: 'DescribeOrganization', layers: ['serviceControlPolicies', 'resourceControlPolicies'], parts: ['serviceControlPolicies', 'resourceControlPolicies'] },
  { operation: 'ListParents', layers: ['serviceControlPolicies', 'resourceControlPolicies'], parts: ['serviceControlPolicies', 'resourceControlPolicies'] },
  { operation: 'ListPoliciesForTarget', layers: ['serviceControlPolicies', 'resourceControlPolicies'], parts: ['serviceControlPolicies', 'resourceControlPolicies'] },
  { operation: 'DescribePolicy', layers: ['serviceControlPolicies', 'resourceControlPolicies'], parts: ['serviceControlPolicies', 'resourceControlPolicies'] }
]

/** The checks without the layers that may have changed, and without what follows from all layers. */
const rest = (report: Report, changed: readonly Layer[]): unknown => report.checks.map(({ layers, kmsKeyArn, roleArn, action, via, operations, requiredIn }) =>
  ({ kmsKeyArn, roleArn, action, via, operations, requiredIn, layers: Object.entries(layers).filter(([layer]) => !changed.some((name) => name === layer)) }))

const [first] = fakes
if (first === undefined) throw new Error('there is a first world')
const { report: whole } = await verifyWith(first)
if (whole === undefined) throw new Error('the whole world makes a report')

t.test('with nothing in the way it passes, and everything is evaluated', async (t) => {
  t.match(whole, { verdict: 'pass', notEvaluated: [] })
})

/** What is wrong with the report of a world in which one call of this operation goes wrong. */
function wrongIn ({ report }: Answered, { operation, layers, parts }: (typeof CALLS)[number], answer: Answer): string[] {
  if (report === undefined || whole === undefined) return ['no report']
  const words = report.checks.flatMap((check) => layers.map((layer) => check.layers[layer]))
  const isUnseen = answer === answers.accessDenied && layers.includes('serviceControlPolicies') && operation !== 'DescribePolicy'
  // A grant can only allow: where policies allow everything, a lost one changes no decision.
  const verdict = isUnseen || operation === 'ListGrants' ? 'pass' : 'indeterminate'
  const faults = {
    schema: reportFaults(report) === '',
    'parts not evaluated': isDeepStrictEqual(new Set(report.notEvaluated.map(({ what }) => what)), new Set(parts)),
    'what has nothing to do with it': isDeepStrictEqual(rest(report, layers), rest(whole, layers)),
    'a no': !report.checks.some(({ effective }) => effective.endsWith('Deny')),
    'the layers': words.every((word) => ['unknown', 'notEvaluated', 'notApplicable', 'allowed'].includes(word)) && (layers.length === 0 || words.some((word) => word === (isUnseen ? 'notEvaluated' : 'unknown'))),
    verdict: report.verdict === verdict
  }
  return Object.entries(faults).flatMap(([what, isRight]) => isRight ? [] : [what])
}

t.test('whatever happens to one call, there is a report, its part is unknown and nothing else changes', { timeout: 60_000 }, async (t) => {
  const tasks = answers.failures.flatMap((failure) => CALLS.map((call) => ({ failure, call })))
    // Those that take long first.
    .sort((a, b) => Number(b.failure.cause === 'timeout') - Number(a.failure.cause === 'timeout') || Number(b.failure.name === 'throttled') - Number(a.failure.name === 'throttled'))
  const wrong = await inWorlds(tasks, async (fake, { failure, call }) => wrongIn(await verifyWith(fake, call.operation, failure.answer), call, failure.answer))
  tasks.forEach(({ failure, call }, index) => { t.same(wrong[index], [], `${call.operation} ${failure.name}`) })
})

t.test('an account whose role cannot be assumed is a report, unless nothing answered', async (t) => {
  const expected: Record<string, number> = { accessDenied: 200, badName: 200, malformed: 200, expiredToken: 503, unknownCredentials: 503, empty: 503, hang: 504 }
  const sent = await inWorlds(answers.failures, async (fake, { answer }) => await verifyWith(fake, 'AssumeRole', answer))
  answers.failures.forEach(({ name }, index) => {
    t.equal(sent[index]?.status, expected[name] ?? 502, name)
    if (expected[name] === 200) t.equal(sent[index]?.report?.verdict, 'indeterminate', name)
  })
})
