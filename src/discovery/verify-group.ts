import type {
  DatasetGroupReport,
  DatasetGroupRequest,
  GroupLine,
  GroupSummaryLine,
  GroupVerification
} from '../../schemas/dataset-group.js'
import type { Report, Verdict } from '../../schemas/verification.js'
import { anySignalWithTimeout } from '../abort.js'
import { ServiceError } from '../errors.js'
import { withReport } from '../explain/evidence.js'
import { explain } from '../explain/explain.js'
import { worstOf } from '../verify/assess.js'
import type { PolicySource } from '../verify/read/policy-source.js'
import { refusalFor } from '../verify/read/read-usage.js'
import { asTheyCome } from '../verify/verify-pairs.js'
import { type Evaluate, verify } from '../verify/verify.js'
import { discover, type Discovered, type DiscoveryEvent, type FailedJob } from './discover.js'
import { sharedFindingIds } from './finding-ids.js'
import { type GroupUsage, usagesOf } from './group-usages.js'
import type { Job, JobReads, JobSource } from './job-source.js'
import { joinRemediations } from './join-remediations.js'

export interface GroupOptions {
  jobs: JobSource
  policySource: PolicySource
  evaluate: Evaluate
  now: () => Date
  requestId: string
  /** How long all of it may take. */
  deadlineMs: number
  signal: AbortSignal
  onCall: () => void
}

/** Of the time, what is left for the verification when discovery is slow. */
const DISCOVERY_SHARE = 0.7
const DEFAULT_NEWEST = 5

interface Found {
  failures: FailedJob[]
  notEvaluated: Array<{ what: string; why: string }>
}

/**
 * Finds what a dataset group uses and verifies it, line by line. A deadline ends discovery early: what was found is
 * verified, the rest is `notEvaluated`. Throws before the first line where AWS does not answer at all.
 */
export async function* verifyGroup (
  { datasetGroupArn, include = ['failed', 'newest'], newest = DEFAULT_NEWEST }: DatasetGroupRequest,
  options: GroupOptions
): AsyncGenerator<GroupLine> {
  const observedAt = options.now()
  const overall = anySignalWithTimeout([options.signal], options.deadlineMs)
  const discovery = anySignalWithTimeout([overall.signal], options.deadlineMs * DISCOVERY_SHARE)
  const found: Found = { failures: [], notEvaluated: [] }
  try {
    const { requestId, onCall } = options
    const reads = refusing(options.jobs.forRequest(discovery.signal, { requestId, onCall }))
    const selection = { failed: include.includes('failed'), newest: include.includes('newest') ? newest : 0 }
    const discovered = yield* linesOf(discover(reads, datasetGroupArn, selection), found)
    const { usages, unusable } = usagesOf(discovered)
    for (const missing of unusable) yield notEvaluated(found, missing.what, missing.why)
    // Where nothing is verified, nothing passes.
    if (usages.length === 0 && found.notEvaluated.length === 0)
      yield notEvaluated(found, datasetGroupArn, 'the group has no key of its own, and no job that was looked at')
    const reports = yield* verifyUsages(usages, discovered, found, { ...options, signal: overall.signal })
    yield summaryOf(datasetGroupArn, discovered, { found, reports, observedAt })
  } finally {
    discovery.release()
    overall.release()
  }
}

/** Without an answer about the group there is nothing to report. */
function refusing (reads: JobReads): JobReads {
  return {
    ...reads,
    async datasetGroup (arn) {
      const read = await reads.datasetGroup(arn)
      const refusal = refusalFor([read.state === 'notRead' ? read.cause : undefined])
      if (refusal !== undefined) throw refusal
      return read
    }
  }
}

async function* linesOf (
  events: AsyncGenerator<DiscoveryEvent, Discovered>,
  found: Found
): AsyncGenerator<GroupLine, Discovered> {
  for (;;) {
    const event = await events.next()
    if (event.done === true) return event.value
    yield lineOf(event.value, found)
  }
}

function lineOf (event: DiscoveryEvent, found: Found): GroupLine {
  switch (event.type) {
    case 'failure':
      found.failures.push(event.failure)
      return event
    case 'job':
      return { type: 'job', job: toFoundJob(event.job) }
    case 'notEvaluated':
      return notEvaluated(found, event.what, event.why)
    case 'progress':
      return event
  }
}

function notEvaluated (found: Found, what: string, why: string): GroupLine {
  found.notEvaluated.push({ what, why })
  return { type: 'notEvaluated', what, why }
}

function toFoundJob ({ kind, publishesMetrics: _, locations, ...job }: Job): DatasetGroupReport['jobs'][number] {
  return { operation: kind, ...job, locations: [...locations] }
}

type Verified = { verification: GroupVerification } | { jobs: readonly string[]; why: string }

async function* verifyUsages (
  usages: readonly GroupUsage[],
  discovered: Discovered,
  found: Found,
  options: GroupOptions
): AsyncGenerator<GroupLine, Report[]> {
  const { policySource, requestId } = options
  // One source for all of them: what two usages share is read once.
  const source = policySource.forRequest?.({ requestId }) ?? policySource
  const { forRequest: _, ...shared } = source
  const reports: Report[] = []
  let done = 0
  yield { type: 'progress', step: 'verify', done, total: usages.length }
  const withSharedIds = sharedFindingIds()
  const verifying = usages.map(
    async (usage) => await verifyUsage(usage, discovered, { ...options, policySource: shared, withSharedIds })
  )
  for await (const verified of asTheyCome(verifying)) {
    if ('verification' in verified) {
      reports.push(verified.verification.report)
      yield { type: 'verification', verification: verified.verification }
      for (const { uri } of unevaluatedLocations(verified.verification))
        yield notEvaluated(found, uri, 'the policy of the bucket was not evaluated')
    } else for (const job of verified.jobs) yield notEvaluated(found, job, verified.why)
    yield { type: 'progress', step: 'verify', done: ++done, total: usages.length }
  }
  return reports
}

interface SharedIds {
  withSharedIds: (report: Report) => Report
}

async function verifyUsage (
  { usage, jobs }: GroupUsage,
  { group, jobs: all }: Discovered,
  { policySource, requestId, evaluate, now, signal, withSharedIds }: GroupOptions & SharedIds
): Promise<Verified> {
  try {
    const report = withSharedIds(await verify({ usage }, { policySource, requestId, evaluate, now: now(), signal }))
    const candidates = [...all, ...(group === undefined ? [] : [group])].filter(({ arn }) => jobs.includes(arn))
    const explanations = candidates.flatMap(({ arn, failureReason }) => {
      if (failureReason === undefined) return []
      const { report: _, ...explanation } = withReport(explain({ failureReason, usage }), report)
      return [{ arn, explanation }]
    })
    return { verification: { usage, jobs, explanations, report } }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { jobs, why: error.message }
  }
}

/** A report without checks of buckets says nothing of its locations. */
function unevaluatedLocations ({ usage, report }: GroupVerification): ReadonlyArray<{ uri: string }> {
  return 's3Checks' in report ? [] : (usage.locations ?? [])
}

function summaryOf (
  arn: string,
  { group, jobs }: Discovered,
  { found, reports, observedAt }: { found: Found; reports: readonly Report[]; observedAt: Date }
): GroupSummaryLine {
  // What is not known never makes a pass.
  const start: Verdict = found.notEvaluated.length === 0 ? 'pass' : 'indeterminate'
  const worst = (verdicts: readonly Verdict[]): Verdict => verdicts.reduce(worstOf, start)
  const remediation = joinRemediations(reports.flatMap(({ remediation: own }) => own ?? []))
  return {
    type: 'summary',
    verdict: worst(reports.map(({ verdict }) => verdict)),
    verdicts: {
      documented: worst(reports.map(({ verdicts }) => verdicts.documented)),
      effective: worst(reports.map(({ verdicts }) => verdicts.effective))
    },
    observedAt: observedAt.toISOString(),
    datasetGroup: group ?? { arn },
    ...(remediation === undefined ? {} : { remediation }),
    counts: {
      failures: found.failures.length,
      jobs: jobs.length,
      verifications: reports.length,
      notEvaluated: found.notEvaluated.length
    }
  }
}
