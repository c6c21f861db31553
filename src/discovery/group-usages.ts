import type { Location, Operation, VerifiableUsage } from '../../schemas/usage.js'
import { groupBy } from '../group-by.js'
import { ACCESS_POINT_RULE, isAccessPoint } from '../personalize/locations.js'
import { type Discovered, locateGroup } from './discover.js'
import type { Job, JobLocation } from './job-source.js'

/** A usage that jobs have in common, with what it was made of. */
export interface GroupUsage {
  usage: VerifiableUsage
  /** The ARNs of the jobs, or of the group itself. */
  jobs: string[]
}

/** One thing that a role does at one location: the tuple of which usages are made. */
interface Tuple {
  operation: Operation
  roleArn: string
  location: JobLocation
  job: string
}

/** A usage may have no more. */
const MAX_LOCATIONS = 50

/**
 * The usages of a dataset group: one for its own key, and one for each operation and role, with the distinct locations
 * and keys of the jobs. A usage means every combination of its parts, so nothing else is put together.
 */
export function usagesOf ({ group, jobs }: Discovered): {
  usages: GroupUsage[]
  unusable: Array<{ what: string; why: string }>
} {
  if (group === undefined) return { usages: [], unusable: [] }
  const { accountId, region } = locateGroup(group.arn) ?? {}
  const place = { ...(accountId === undefined ? {} : { accountId }), ...(region === undefined ? {} : { region }) }
  const tuples = [...jobs.flatMap(tuplesOf), ...publishedMetrics(jobs)].filter(
    ({ location }) => !isAccessPoint(location.uri)
  )
  const usages = groupBy(tuples, ({ operation, roleArn }) => `${operation} ${roleArn}`).flatMap((group) =>
    inParts(distinctLocations(group)).map((locations) => ({
      usage: { operations: [group[0].operation], roleArns: [group[0].roleArn], ...place, locations },
      jobs: [...new Set(group.map(({ job }) => job))]
    }))
  )
  return {
    usages: [...ownKey(group, jobs, place), ...usages],
    unusable: [
      ...(group.kmsKeyArn !== undefined && group.roleArn === undefined
        ? [{ what: group.arn, why: 'the group names a key and no role' }]
        : []),
      ...jobs.flatMap((job) => {
        const why = missingIn(job)
        return why === undefined ? [] : [{ what: job.arn, why }]
      }),
      ...unknownMetrics(jobs),
      ...jobs.flatMap(({ arn, locations }) =>
        locations
          .filter(({ uri }) => isAccessPoint(uri))
          .map(({ uri }) => ({ what: arn, why: `its path ${uri} ${ACCESS_POINT_RULE}` }))
      )
    ]
  }
}

/** What a description lacks, so that a part of the job is not verified. */
function missingIn ({ kind, roleArn, locations }: Job): string | undefined {
  if (roleArn === undefined) return 'the job names no role'
  if (locations.length === 0) return 'the job names no path'
  const isBatch = kind === 'batchInferenceJob' || kind === 'batchSegmentJob'
  const directions = new Set(locations.map(({ direction }) => direction))
  return isBatch && directions.size < 2 ? 'the job does not name both its input and its output' : undefined
}

/** The imports that write metrics, where no description says to which bucket. */
function unknownMetrics (jobs: readonly Job[]): Array<{ what: string; why: string }> {
  if (metricOutputs(jobs).length > 0) return []
  return jobs
    .filter(({ publishesMetrics }) => publishesMetrics === true)
    .map(({ arn }) => ({
      what: arn,
      why: 'it publishes metrics, and no metric attribution that was looked at says where'
    }))
}

const metricOutputs = (jobs: readonly Job[]): JobLocation[] =>
  jobs.filter(({ kind }) => kind === 'metricAttribution').flatMap(({ locations }) => locations)

/** The key of the group. Where its data are exported, its key policy has to grant one more action. */
function ownKey (
  { arn, roleArn, kmsKeyArn }: NonNullable<Discovered['group']>,
  jobs: readonly Job[],
  place: Pick<VerifiableUsage, 'accountId' | 'region'>
): GroupUsage[] {
  if (roleArn === undefined || kmsKeyArn === undefined) return []
  const isExported = jobs.some(({ kind }) => kind === 'datasetExportJob')
  const operations: Operation[] = isExported ? ['datasetGroup', 'datasetExportJob'] : ['datasetGroup']
  return [{ usage: { operations, roleArns: [roleArn], kmsKeyArns: [kmsKeyArn], ...place }, jobs: [arn] }]
}

function tuplesOf ({ kind, arn, roleArn, locations }: Job): Tuple[] {
  return roleArn === undefined
    ? []
    : locations.map((location) => ({ operation: kind, roleArn, location, job: arn }))
}

/** An import that publishes metrics writes, with its own role, where the metric attribution writes. */
function publishedMetrics (jobs: readonly Job[]): Tuple[] {
  const outputs = metricOutputs(jobs)
  return jobs
    .filter(({ publishesMetrics }) => publishesMetrics === true)
    .flatMap(({ arn, roleArn }) =>
      roleArn === undefined
        ? []
        : outputs.map((location): Tuple => ({ operation: 'metricAttribution', roleArn, location, job: arn }))
    )
}

function distinctLocations (tuples: readonly Tuple[]): Location[] {
  const locations = tuples.map(({ location }) => location)
  return groupBy(locations, ({ uri, direction, kmsKeyArn = '' }) => JSON.stringify([uri, direction, kmsKeyArn])).map(
    ([location]) => location
  )
}

function inParts (locations: readonly Location[]): Location[][] {
  const parts: Location[][] = []
  for (let start = 0; start < locations.length; start += MAX_LOCATIONS)
    parts.push(locations.slice(start, start + MAX_LOCATIONS))
  return parts
}
