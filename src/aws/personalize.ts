import { LRUCache } from 'lru-cache'
import type { DatasetGroup, Job, JobReads, JobSource, JobSummary, List } from '../discovery/job-source.js'
import { parseArn } from '../iam/match/arn.js'
import type { Read } from '../verify/read/policy-source.js'
import { createCall, ended, failed, type Outcome } from './call.js'
import { createClientCache } from './clients.js'
import { createCredentials } from './credentials.js'
import type { CallFailure } from './errors.js'
import { present } from './kms.js'
import { createRateLimiter, type LimiterClock } from './limiter.js'
import { readPages } from './pages.js'
import { type Calls, KINDS } from './personalize-kinds.js'
import { personalizeOperations, type PersonalizeOperations } from './personalize-operations.js'
import { PARTITIONS } from './regions.js'
import type { AwsConfig } from './settings.js'
import { createScope, type Operation, operationsOver, type RequestScope, type Scope } from './shared-call.js'

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
      const placeOf = (arn: string): RequestScope | undefined => {
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
  place: RequestScope
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
  placeOf: (arn: string) => RequestScope | undefined
  kept: LRUCache<string, Job>
  scope: Scope
}

const NO_REGION = { state: 'notRead', why: 'the ARN names no Region of a known partition', cause: 'other' } as const

/** The calls of one request: all pages of a list, and one description. */
function callsOf (operations: PersonalizeOperations, { atTurn, placeOf, scope }: Calling): Calls {
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
  return { operations, listed, described }
}

function readsOf (operations: PersonalizeOperations, calling: Calling): JobReads {
  const { placeOf, kept } = calling
  const calls = callsOf(operations, calling)
  const { listed, described } = calls
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
