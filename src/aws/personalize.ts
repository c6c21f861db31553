import { LRUCache } from 'lru-cache'
import type {
  DatasetGroup,
  Job,
  JobFilter,
  JobKind,
  JobLocation,
  JobReads,
  JobSource,
  JobSummary,
  List
} from '../discovery/job-source.js'
import { parseArn } from '../iam/match/arn.js'
import type { Read } from '../verify/read/policy-source.js'
import { createCall, ended, failed, type Outcome } from './call.js'
import { createClientCache } from './clients.js'
import { createCredentials } from './credentials.js'
import type { CallFailure } from './errors.js'
import { present } from './kms.js'
import { createRateLimiter, type LimiterClock } from './limiter.js'
import { readPages } from './pages.js'
import { personalizeOperations, type PersonalizeOperations } from './personalize-operations.js'
import { PARTITIONS } from './regions.js'
import type { AwsConfig } from './settings.js'
import { createScope, type Operation, operationsOver, type Place, type Scope } from './shared-call.js'

/**
 * AWS allows each of these calls once a second, for each account and Region, and the quota is fixed.
 * https://docs.aws.amazon.com/general/latest/gr/personalize.html
 */
const INTERVAL_MS = 1_000
const MAX_PER_PAGE = 100
/** Finished jobs never change. */
const KEPT_JOBS = 5_000
const FINISHED = new Set(['ACTIVE', 'CREATE FAILED', 'FAILED', 'COMPLETED'])

type Unread = Exclude<Read<never>, { state: 'read' }>

/** A job source whose connections are kept. */
export interface LiveJobSource extends JobSource {
  close(): void
}

/** The port over the SDK. `clock` measures the intervals between calls. */
export function createJobSource (config: AwsConfig, clock: LimiterClock): LiveJobSource {
  const clients = createClientCache(config, createCredentials(config))
  const operations = personalizeOperations(operationsOver(createCall(config), config.observer), clients)
  const turn = createRateLimiter(INTERVAL_MS, clock)
  const kept = new LRUCache<string, Job>({ max: KEPT_JOBS })

  /** One call, at its turn. */
  const atTurn = async <I extends object, O extends object>(
    operation: Operation<I, O>,
    name: string,
    { place, arn, scope }: Target,
    input: I
  ): Promise<Outcome<O>> => {
    try {
      await turn(`${name} ${place.region} ${place.accountId ?? ''}`, scope.signal)
    } catch {
      return { ok: false, ...ended(name) }
    }
    return await operation(place, arn, input, scope)
  }
  return {
    forRequest: (signal, options = {}) => {
      const scope = createScope(signal, options)
      const placeOf = (arn: string): Place | undefined => {
        const { region = '', accountId = '', partition = '' } = parseArn(arn) ?? {}
        if (PARTITIONS.get(partition)?.regions.has(region) !== true) return undefined
        return { region, accountId: config.assumeRoles?.has(accountId) === true ? accountId : undefined }
      }
      return readsOf(operations, { atTurn, placeOf, kept, scope })
    },
    close: () => {
      clients.close()
    }
  }
}

/** Where a call goes, and what it asks about. */
interface Target {
  place: Place
  arn: string
  scope: Scope
}

interface Calling {
  atTurn: <I extends object, O extends object>(
    operation: Operation<I, O>,
    name: string,
    target: Target,
    input: I
  ) => Promise<Outcome<O>>
  placeOf: (arn: string) => Place | undefined
  kept: LRUCache<string, Job>
  scope: Scope
}

const NO_REGION = { state: 'notRead', why: 'the ARN names no Region of a known partition', cause: 'other' } as const

function readsOf (operations: PersonalizeOperations, { atTurn, placeOf, kept, scope }: Calling): JobReads {
  /** All pages of a list. */
  const listed = async <I extends object, O extends { nextToken?: string | undefined }, T>(
    operation: Operation<I & { nextToken?: string; maxResults?: number }, O>,
    name: string,
    { arn, input, itemsOf }: { arn: string; input: I; itemsOf: (answer: O) => readonly T[] | undefined }
  ): Promise<List<T>> => {
    const place = placeOf(arn)
    if (place === undefined) return { items: [], failure: NO_REGION }
    const { items, failure } = await readPages(
      name,
      (token) =>
        atTurn(operation, name, { place, arn, scope }, {
          ...input,
          maxResults: MAX_PER_PAGE,
          ...(token === undefined ? {} : { nextToken: token })
        }),
      (answer) => ({ items: itemsOf(answer), truncated: answer.nextToken !== undefined, marker: answer.nextToken })
    )
    return failure === undefined ? { items } : { items, failure }
  }
  const described = async <I extends object, O extends object, T>(
    operation: Operation<I, O>,
    name: string,
    { arn, input, valueOf }: { arn: string; input: I; valueOf: (answer: O) => T | undefined }
  ): Promise<Read<T>> => {
    const place = placeOf(arn)
    if (place === undefined) return NO_REGION
    const outcome = await atTurn(operation, name, { place, arn, scope }, input)
    if (!outcome.ok) return unread(outcome)
    const value = valueOf(outcome.value)
    return value === undefined
      ? { state: 'notRead', why: `${name} failed: the answer is empty`, cause: 'malformedAnswer' }
      : { state: 'read', value }
  }
  const calls: Calls = { operations, listed, described }

  return {
    datasetGroup: async (arn) =>
      await described(operations.describeDatasetGroup, 'DescribeDatasetGroup', {
        arn,
        input: { datasetGroupArn: arn },
        valueOf: ({ datasetGroup: group }): DatasetGroup | undefined =>
          group && {
            ...present({
              status: group.status,
              failureReason: group.failureReason,
              roleArn: group.roleArn,
              kmsKeyArn: group.kmsKeyArn
            }),
            arn
          }
      }),
    datasets: async (arn) =>
      await listed(operations.listDatasets, 'ListDatasets', {
        arn,
        input: { datasetGroupArn: arn },
        itemsOf: ({ datasets }) => datasets?.flatMap(({ datasetArn }) => datasetArn ?? [])
      }),
    solutions: async (arn) =>
      await listed(operations.listSolutions, 'ListSolutions', {
        arn,
        input: { datasetGroupArn: arn },
        itemsOf: ({ solutions }) => solutions?.flatMap(({ solutionArn }) => solutionArn ?? [])
      }),
    jobs: async (kind, { groupArn, filter }) => newestFirst(await KINDS[kind].list(calls, groupArn, filter)),
    job: async (kind, arn) => {
      const name = `${placeOf(arn)?.accountId ?? ''} ${arn}`
      const known = kept.get(name)
      if (known !== undefined) return { state: 'read', value: known }
      const read = await KINDS[kind].describe(calls, arn)
      if (read.state === 'read' && kind !== 'metricAttribution' && FINISHED.has(read.value.status ?? ''))
        kept.set(name, read.value)
      return read
    }
  }
}

function unread (failure: CallFailure): Unread {
  return failure.missing ? { state: 'notFound', why: failure.why } : failed(failure)
}

function newestFirst (list: List<JobSummary>): List<JobSummary> {
  return { ...list, items: list.items.toSorted((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? '')) }
}

/** What every summary and every description has, as the SDK names it. */
interface SdkJob {
  status?: string | undefined
  failureReason?: string | undefined
  creationDateTime?: Date | undefined
  solutionVersionArn?: string | undefined
}

function toSummary (arn: string | undefined, job: SdkJob): JobSummary[] {
  if (arn === undefined) return []
  const { status, failureReason, creationDateTime, solutionVersionArn } = job
  return [{ ...present({ status, failureReason, createdAt: creationDateTime?.toISOString(), solutionVersionArn }), arn }]
}

interface SdkPlace {
  path?: string | undefined
  kmsKeyArn?: string | undefined
}

const reads = (place: SdkPlace | undefined): JobLocation[] => locationsOf(place, 'read')
const writes = (place: SdkPlace | undefined): JobLocation[] => locationsOf(place, 'write')

function locationsOf (place: SdkPlace | undefined, direction: JobLocation['direction']): JobLocation[] {
  if (place?.path === undefined) return []
  return [{ uri: place.path, direction, ...(place.kmsKeyArn === undefined ? {} : { kmsKeyArn: place.kmsKeyArn }) }]
}

/** A description as a job: the summary's members, the role, and the locations. */
function toJob (
  kind: JobKind,
  arn: string,
  job: SdkJob & { roleArn?: string | undefined },
  locations: readonly JobLocation[]
): Job {
  const [summary = { arn }] = toSummary(arn, job)
  return { ...summary, kind, ...(job.roleArn === undefined ? {} : { roleArn: job.roleArn }), locations }
}

interface Calls {
  operations: PersonalizeOperations
  listed: <I extends object, O extends { nextToken?: string | undefined }, T>(
    operation: Operation<I & { nextToken?: string; maxResults?: number }, O>,
    name: string,
    asked: { arn: string; input: I; itemsOf: (answer: O) => readonly T[] | undefined }
  ) => Promise<List<T>>
  described: <I extends object, O extends object, T>(
    operation: Operation<I, O>,
    name: string,
    asked: { arn: string; input: I; valueOf: (answer: O) => T | undefined }
  ) => Promise<Read<T>>
}

interface KindCalls {
  list: (calls: Calls, groupArn: string, filter: JobFilter) => Promise<List<JobSummary>>
  describe: (calls: Calls, arn: string) => Promise<Read<Job>>
}

const KINDS: Readonly<Record<JobKind, KindCalls>> = {
  datasetImportJob: {
    list: async ({ operations, listed }, arn, { datasetArn }) =>
      await listed(operations.listDatasetImportJobs, 'ListDatasetImportJobs', {
        arn,
        input: { datasetArn },
        itemsOf: ({ datasetImportJobs: jobs }) => jobs?.flatMap((job) => toSummary(job.datasetImportJobArn, job))
      }),
    describe: async ({ operations, described }, arn) =>
      await described(operations.describeDatasetImportJob, 'DescribeDatasetImportJob', {
        arn,
        input: { datasetImportJobArn: arn },
        valueOf: ({ datasetImportJob: job }) =>
          job && {
            ...toJob('datasetImportJob', arn, job, reads({ path: job.dataSource?.dataLocation })),
            ...(job.publishAttributionMetricsToS3 === true ? { publishesMetrics: true } : {})
          }
      })
  },
  datasetExportJob: {
    list: async ({ operations, listed }, arn, { datasetArn }) =>
      await listed(operations.listDatasetExportJobs, 'ListDatasetExportJobs', {
        arn,
        input: { datasetArn },
        itemsOf: ({ datasetExportJobs: jobs }) => jobs?.flatMap((job) => toSummary(job.datasetExportJobArn, job))
      }),
    describe: async ({ operations, described }, arn) =>
      await described(operations.describeDatasetExportJob, 'DescribeDatasetExportJob', {
        arn,
        input: { datasetExportJobArn: arn },
        valueOf: ({ datasetExportJob: job }) =>
          job && toJob('datasetExportJob', arn, job, writes(job.jobOutput?.s3DataDestination))
      })
  },
  batchInferenceJob: {
    list: async ({ operations, listed }, arn) =>
      await listed(operations.listBatchInferenceJobs, 'ListBatchInferenceJobs', {
        arn,
        input: {},
        itemsOf: ({ batchInferenceJobs: jobs }) => jobs?.flatMap((job) => toSummary(job.batchInferenceJobArn, job))
      }),
    describe: async ({ operations, described }, arn) =>
      await described(operations.describeBatchInferenceJob, 'DescribeBatchInferenceJob', {
        arn,
        input: { batchInferenceJobArn: arn },
        valueOf: ({ batchInferenceJob: job }) => job && toJob('batchInferenceJob', arn, job, bothWays(job))
      })
  },
  batchSegmentJob: {
    list: async ({ operations, listed }, arn) =>
      await listed(operations.listBatchSegmentJobs, 'ListBatchSegmentJobs', {
        arn,
        input: {},
        itemsOf: ({ batchSegmentJobs: jobs }) => jobs?.flatMap((job) => toSummary(job.batchSegmentJobArn, job))
      }),
    describe: async ({ operations, described }, arn) =>
      await described(operations.describeBatchSegmentJob, 'DescribeBatchSegmentJob', {
        arn,
        input: { batchSegmentJobArn: arn },
        valueOf: ({ batchSegmentJob: job }) => job && toJob('batchSegmentJob', arn, job, bothWays(job))
      })
  },
  metricAttribution: {
    list: async ({ operations, listed }, arn, { datasetGroupArn }) =>
      await listed(operations.listMetricAttributions, 'ListMetricAttributions', {
        arn,
        input: { datasetGroupArn },
        itemsOf: ({ metricAttributions }) => metricAttributions?.flatMap((job) => toSummary(job.metricAttributionArn, job))
      }),
    describe: async ({ operations, described }, arn) =>
      await described(operations.describeMetricAttribution, 'DescribeMetricAttribution', {
        arn,
        input: { metricAttributionArn: arn },
        valueOf: ({ metricAttribution: job }) => {
          const { roleArn, s3DataDestination } = job?.metricsOutputConfig ?? {}
          return job && toJob('metricAttribution', arn, { ...job, roleArn }, writes(s3DataDestination))
        }
      })
  },
  dataDeletionJob: {
    list: async ({ operations, listed }, arn, { datasetGroupArn }) =>
      await listed(operations.listDataDeletionJobs, 'ListDataDeletionJobs', {
        arn,
        input: { datasetGroupArn },
        itemsOf: ({ dataDeletionJobs: jobs }) => jobs?.flatMap((job) => toSummary(job.dataDeletionJobArn, job))
      }),
    describe: async ({ operations, described }, arn) =>
      await described(operations.describeDataDeletionJob, 'DescribeDataDeletionJob', {
        arn,
        input: { dataDeletionJobArn: arn },
        valueOf: ({ dataDeletionJob: job }) =>
          job && toJob('dataDeletionJob', arn, job, reads({ path: job.dataSource?.dataLocation }))
      })
  }
}

/** A batch job reads its input and writes its output. */
function bothWays (job: {
  jobInput?: { s3DataSource?: SdkPlace | undefined } | undefined
  jobOutput?: { s3DataDestination?: SdkPlace | undefined } | undefined
}): JobLocation[] {
  return [...reads(job.jobInput?.s3DataSource), ...writes(job.jobOutput?.s3DataDestination)]
}
