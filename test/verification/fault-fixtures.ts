import { isDeepStrictEqual } from 'node:util'
import type { Test } from 'tap'
import type { Check, Report } from '../../schemas/verification.js'
import { createPolicySource } from '../../src/aws/policy-source.js'
import type { AwsConfig } from '../../src/aws/settings.js'
import { ServiceError } from '../../src/errors.js'
import { verify } from '../../src/verify/verify.js'
import { type FakeAws, startFakeAws } from '../fake-aws.js'
import { awsFixtureConfig, installAwsFixture, USAGE } from '../fake-aws/aws-fixture.js'
import { useFakeCredentials } from '../fake-aws/credentials.js'
import { reportFaults } from './conforms.js'

type Layer = keyof Check['layers']
export interface Answered {
  status: number
  report: Report | undefined
  tookMs: number
  calls: Record<string, number>
}

/** A client that was throttled waits for seconds, so many worlds are asked at once. */
const WORLDS = 12
/** Long enough for all that answers, when many are asked at once on a slow machine. */
const SLOW_MS = 120_000
export const HANG_MS = 4_000
export const DEADLINE_MS = 240_000
/** What making the report may take beyond the deadline, on a machine that does a dozen things. */
export const TO_REPORT_MS = 60_000

/** Worlds that are asked side by side; gone at the end of the test file. */
export async function worldsFor (t: Test) {
  const restore = useFakeCredentials()
  const fakes = await Promise.all(Array.from({ length: WORLDS }, startFakeAws))
  t.teardown(async () => {
    restore()
    await Promise.all(fakes.map((fake) => fake.close()))
  })
  return async <T, R>(tasks: readonly T[], does: (fake: FakeAws, task: T) => Promise<R>): Promise<R[]> => {
    const results: R[] = []
    const waiting = [...tasks.entries()]
    await Promise.all(
      fakes.map(async (fake) => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
          results[next[0]] = await does(fake, next[1])
      })
    )
    return results
  }
}

export interface Conditions {
  config?: Partial<AwsConfig>
  deadlineMs?: number
}

/** One verification of what works, but for what `spoil` does to the world. */
export async function verifyIn (
  fake: FakeAws,
  spoil: (fake: FakeAws) => void = () => {},
  { config = {}, deadlineMs = DEADLINE_MS }: Conditions = {}
): Promise<Answered> {
  installAwsFixture(fake)
  spoil(fake)
  const policySource = createPolicySource({ ...awsFixtureConfig(fake), timeoutMs: SLOW_MS, ...config })
  const begin = performance.now()
  const outcome = (status: number, report?: Report): Answered => ({
    status,
    report,
    tookMs: performance.now() - begin,
    calls: fake.counts()
  })
  try {
    return outcome(
      200,
      await verify({ usage: USAGE }, { policySource, now: new Date(), signal: AbortSignal.timeout(deadlineMs) })
    )
  } catch (error) {
    if (error instanceof ServiceError) return outcome(error.statusCode)
    throw error
  } finally {
    policySource.close()
  }
}

/** What each call brings: layers of the checks, and names of parts that the report says were not evaluated. */
export interface CalledFor {
  operation: string
  layers: Layer[]
  parts: string[]
}
const ORGANIZATION: Array<Layer & string> = ['serviceControlPolicies', 'resourceControlPolicies']
export const CALLS: readonly CalledFor[] = [
  { operation: 'DescribeKey', layers: [], parts: ['keyMetadata'] },
  { operation: 'GetKeyPolicy', layers: ['keyPolicy'], parts: ['keyPolicy'] },
  { operation: 'ListGrants', layers: ['grants'], parts: ['grants'] },
  {
    operation: 'GetRole',
    layers: ['identityPolicies', 'permissionsBoundary'],
    parts: ['role', 'trustPolicy', 'identityPolicies', 'permissionsBoundary']
  },
  { operation: 'ListRolePolicies', layers: ['identityPolicies'], parts: ['identityPolicies'] },
  { operation: 'GetRolePolicy', layers: ['identityPolicies'], parts: ['identityPolicies'] },
  { operation: 'ListAttachedRolePolicies', layers: ['identityPolicies'], parts: ['identityPolicies'] },
  {
    operation: 'GetPolicy',
    layers: ['identityPolicies', 'permissionsBoundary'],
    parts: ['identityPolicies', 'permissionsBoundary']
  },
  {
    operation: 'GetPolicyVersion',
    layers: ['identityPolicies', 'permissionsBoundary'],
    parts: ['identityPolicies', 'permissionsBoundary']
  },
  ...['DescribeOrganization', 'ListParents', 'ListPoliciesForTarget', 'DescribePolicy'].map((operation) => ({
    operation,
    layers: ORGANIZATION,
    parts: ORGANIZATION
  }))
]

/** The checks without the layers that may have changed, and without what follows from all layers. */
const rest = (report: Report, changed: readonly Layer[]): unknown =>
  report.checks.map(({ layers, kmsKeyArn, roleArn, action, via, operations, requiredIn }) => ({
    kmsKeyArn,
    roleArn,
    action,
    via,
    operations,
    requiredIn,
    layers: Object.entries(layers).filter(([layer]) => !changed.some((name) => name === layer))
  }))

/** What is wrong with the report of a world in which this call goes wrong, held against that of the whole world. */
export function wrongWith (
  { report, status, tookMs }: Answered,
  whole: Report,
  { operation, layers, parts }: CalledFor,
  deadlineMs = DEADLINE_MS
): string[] {
  if (report === undefined) return [`no report, but ${status}`]
  const words = report.checks.flatMap((check) => layers.map((layer) => check.layers[layer]))
  // A grant can only allow: where policies allow everything, a lost one changes no decision.
  const verdict = operation === 'ListGrants' ? 'pass' : 'indeterminate'
  const faults = {
    schema: reportFaults(report) === '',
    'the deadline': tookMs < deadlineMs + TO_REPORT_MS,
    'parts not evaluated': isDeepStrictEqual(new Set(report.notEvaluated.map(({ what }) => what)), new Set(parts)),
    'the reasons': report.notEvaluated.every(
      ({ why }) => why.includes(operation) && !/https?:|secret|internal/.test(why)
    ),
    'what has nothing to do with it': isDeepStrictEqual(rest(report, layers), rest(whole, layers)),
    'a no': !report.checks.some(({ effective }) => effective.endsWith('Deny')),
    'the layers':
      words.every((word) => ['unknown', 'notEvaluated', 'notApplicable', 'allowed'].includes(word)) &&
      (layers.length === 0 || words.includes('unknown')),
    'a policy that was not read is written':
      JSON.stringify([
        report.remediation?.keyPolicies ?? [],
        report.remediation?.rolePolicies ?? [],
        report.remediation?.trustPolicies ?? []
      ]) === '[[],[],[]]',
    verdict: report.verdict === verdict
  }
  return Object.entries(faults).flatMap(([what, isRight]) => (isRight ? [] : [what]))
}
