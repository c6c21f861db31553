import { parseArn } from '../iam/match/arn.js'
import { asTheyCome } from '../verify/verify-pairs.js'
import {
  type DatasetGroup,
  type Job,
  JOB_KINDS,
  type JobKind,
  type JobReads,
  type JobSummary,
  type List
} from './job-source.js'

/** Which jobs of the group are looked at. */
export interface Selection {
  failed: boolean
  /** The newest of each kind; 0 for none. */
  newest: number
}

export interface FailedJob {
  operation: JobKind | 'datasetGroup'
  arn: string
  status: string
  failureReason?: string
}

export type DiscoveryEvent =
  | { type: 'progress'; step: 'list' | 'describe'; done: number; total: number }
  | { type: 'failure'; failure: FailedJob }
  | { type: 'job'; job: Job }
  | { type: 'notEvaluated'; what: string; why: string }

/** What was found of a group, as far as it could be read. */
export interface Discovered {
  group: DatasetGroup | undefined
  jobs: Job[]
}

/** One call a second: more failed jobs of a kind than this say nothing new. */
const MAX_FAILED = 50

const isFailed = ({ status = '' }: { status?: string }): boolean => status.includes('FAILED')

/**
 * Finds the jobs of a dataset group. Failures come as soon as the lists have them, then what the descriptions add.
 * What could not be read is an event of its own; nothing is thrown for what AWS answers.
 */
export async function* discover (
  reads: JobReads,
  datasetGroupArn: string,
  selection: Selection
): AsyncGenerator<DiscoveryEvent, Discovered> {
  const read = await reads.datasetGroup(datasetGroupArn)
  if (read.state !== 'read') {
    yield { type: 'notEvaluated', what: datasetGroupArn, why: 'why' in read ? read.why : 'there is no such dataset ' +
      'group' }
    return { group: undefined, jobs: [] }
  }
  const group = read.value
  yield* failuresAmong('datasetGroup', [group])
  const selected = yield* listJobs(reads, datasetGroupArn, selection)
  const jobs = yield* describeJobs(reads, selected)
  return { group, jobs }
}

function* failuresAmong (operation: FailedJob['operation'], items: readonly JobSummary[]): Generator<DiscoveryEvent> {
  for (const { arn, status = '', failureReason } of items.filter(isFailed))
    yield {
      type: 'failure',
      failure: { operation, arn, status, ...(failureReason === undefined ? {} : { failureReason }) }
    }
}

interface Selected {
  kind: JobKind
  arn: string
}

async function* listJobs (
  reads: JobReads,
  groupArn: string,
  selection: Selection
): AsyncGenerator<DiscoveryEvent, Selected[]> {
  const lists = listsOf(reads, groupArn)
  const total = JOB_KINDS.length
  const selected: Selected[] = []
  let done = 0
  yield { type: 'progress', step: 'list', done, total }
  for await (const { kind, list } of asTheyCome(JOB_KINDS.map(async (kind) => ({ kind, list: await lists(kind) })))) {
    yield* failuresAmong(kind, list.items)
    if (list.failure !== undefined) yield { type: 'notEvaluated', what: kind, why: list.failure.why }
    const failed = selection.failed ? list.items.filter(isFailed) : []
    if (failed.length > MAX_FAILED)
      yield { type: 'notEvaluated', what: kind, why: `${failed.length - MAX_FAILED} older ` +
        'failed jobs are not described' }
    const arns = [...failed.slice(0, MAX_FAILED), ...list.items.slice(0, selection.newest)].map(({ arn }) => arn)
    selected.push(...[...new Set(arns)].map((arn) => ({ kind, arn })))
    yield { type: 'progress', step: 'list', done: ++done, total }
  }
  return selected
}

/** The list of each kind, limited to the group: by its datasets, by its solutions, or by itself. */
function listsOf (reads: JobReads, groupArn: string): (kind: JobKind) => Promise<List<JobSummary>> {
  const datasets = reads.datasets(groupArn)
  const solutions = reads.solutions(groupArn)
  const ofDatasets = async (kind: JobKind): Promise<List<JobSummary>> => {
    const { items, failure } = await datasets
    const lists = await Promise.all(items.map((datasetArn) => reads.jobs(kind, { groupArn, filter: { datasetArn } })))
    return merged([{ items: [], ...(failure === undefined ? {} : { failure }) }, ...lists])
  }
  const ofSolutions = async (kind: JobKind): Promise<List<JobSummary>> => {
    const [jobs, { items: own, failure }] = await Promise.all([reads.jobs(kind, { groupArn, filter: {} }), solutions])
    const isOwn = ({ solutionVersionArn = '' }: JobSummary): boolean =>
      own.some((arn) => solutionVersionArn.startsWith(`${arn}/`))
    return merged([{ ...jobs, items: jobs.items.filter(isOwn) }, { items: [], ...(failure && { failure }) }])
  }
  return async (kind) => {
    switch (kind) {
      case 'datasetImportJob':
      case 'datasetExportJob':
        return await ofDatasets(kind)
      case 'batchInferenceJob':
      case 'batchSegmentJob':
        return await ofSolutions(kind)
      case 'metricAttribution':
      case 'dataDeletionJob':
        return await reads.jobs(kind, { groupArn, filter: { datasetGroupArn: groupArn } })
    }
  }
}

/** Several lists as one, the newest first, with the first failure of any. */
function merged (lists: ReadonlyArray<List<JobSummary>>): List<JobSummary> {
  const items = lists
    .flatMap(({ items }) => items)
    .toSorted((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? ''))
  const failure = lists.find((list) => list.failure !== undefined)?.failure
  return failure === undefined ? { items } : { items, failure }
}

async function* describeJobs (reads: JobReads, selected: readonly Selected[]): AsyncGenerator<DiscoveryEvent, Job[]> {
  const jobs: Job[] = []
  const total = selected.length
  let done = 0
  const descriptions = selected.map(async ({ kind, arn }) => ({ arn, read: await reads.job(kind, arn) }))
  for await (const { arn, read } of asTheyCome(descriptions)) {
    if (read.state === 'read') {
      jobs.push(read.value)
      yield { type: 'job', job: read.value }
    } else yield { type: 'notEvaluated', what: arn, why: 'why' in read ? read.why : 'there is no such job' }
    yield { type: 'progress', step: 'describe', done: ++done, total }
  }
  return jobs
}

/** Account and Region of a dataset group; undefined where the ARN is none of a group. */
export function locateGroup (arn: string): { accountId: string; region: string } | undefined {
  const parts = parseArn(arn)
  return parts?.service === 'personalize' && parts.resource.startsWith('dataset-group/')
    ? { accountId: parts.accountId, region: parts.region }
    : undefined
}
