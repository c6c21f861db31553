import type { Job, JobFilter, JobKind, JobLocation, JobSummary, List } from '../discovery/job-source.js'
import type { Read } from '../verify/read/policy-source.js'
import { present } from './kms.js'
import type { PersonalizeOperations } from './personalize-operations.js'
import type { Operation } from './shared-call.js'

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
  return [
    { ...present({ status, failureReason, createdAt: creationDateTime?.toISOString(), solutionVersionArn }), arn }
  ]
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

/** Makes the calls that list and describe. */
export interface Calls {
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

/** How the jobs of each kind are listed and described. */
export const KINDS: Readonly<Record<JobKind, KindCalls>> = {
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
        itemsOf: ({ metricAttributions }) =>
          metricAttributions?.flatMap((job) => toSummary(job.metricAttributionArn, job))
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
