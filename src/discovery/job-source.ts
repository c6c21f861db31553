import type { Direction, Operation } from '../../schemas/usage.js'
import type { Read, ReadFailure, RequestOptions } from '../verify/read/policy-source.js'

/**
 * The port through which discovery sees Amazon Personalize. `src/aws/` implements it over the SDK. Nothing rejects for
 * what AWS answers.
 */

/** The resources that are jobs, or have a job behind them; each is an operation of a usage. */
export const JOB_KINDS = [
  'datasetImportJob',
  'datasetExportJob',
  'batchInferenceJob',
  'batchSegmentJob',
  'metricAttribution',
  'dataDeletionJob'
] as const satisfies readonly Operation[]
export type JobKind = (typeof JOB_KINDS)[number]

export interface DatasetGroup {
  arn: string
  status?: string
  failureReason?: string
  roleArn?: string
  kmsKeyArn?: string
}

/** What a list shows of a job: neither role, nor key, nor path. */
export interface JobSummary {
  arn: string
  status?: string
  failureReason?: string
  /** RFC 3339. */
  createdAt?: string
  /** Of a batch job: whose dataset group only its solution shows. */
  solutionVersionArn?: string
}

export interface JobLocation {
  uri: string
  direction: Direction
  kmsKeyArn?: string
}

/** What a description adds. */
export interface Job extends JobSummary {
  kind: JobKind
  roleArn?: string
  locations: readonly JobLocation[]
  /** Of an import: it writes to the location of the metric attribution as well. */
  publishesMetrics?: boolean
}

/** A list; with `failure`, the items that came before it. */
export interface List<T> {
  items: readonly T[]
  failure?: { why: string; cause: ReadFailure }
}

/** What a list of jobs is limited to, where its call can be. */
export interface JobFilter {
  datasetArn?: string
  datasetGroupArn?: string
}

/** The reads of one request. */
export interface JobReads {
  datasetGroup(arn: string): Promise<Read<DatasetGroup>>
  /** The ARNs of the datasets of a group. */
  datasets(datasetGroupArn: string): Promise<List<string>>
  /** The ARNs of the solutions of a group. */
  solutions(datasetGroupArn: string): Promise<List<string>>
  /** The newest first. */
  jobs(kind: JobKind, of: { groupArn: string; filter: JobFilter }): Promise<List<JobSummary>>
  job(kind: JobKind, arn: string): Promise<Read<Job>>
}

export interface JobSource {
  forRequest(signal: AbortSignal, options?: Omit<RequestOptions, 'maxAgeSeconds'>): JobReads
}

const NOT_SET_UP = { state: 'notRead', why: 'the service does not read dataset groups', cause: 'other' } as const
const EMPTY = { items: [], failure: NOT_SET_UP }

/** A source that reads nothing. */
export const NO_JOBS: JobSource = {
  forRequest: () => ({
    datasetGroup: async () => NOT_SET_UP,
    datasets: async () => EMPTY,
    solutions: async () => EMPTY,
    jobs: async () => EMPTY,
    job: async () => NOT_SET_UP
  })
}
