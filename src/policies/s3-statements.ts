import { groupBy } from '../group-by.js'
import { SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import { demandsAt, metricDemands } from '../personalize/location-demands.js'
import { bucketArn, mergedLocations, objectsArn, type ResolvedLocation } from '../personalize/locations.js'
import type { RequiredPermission, PolicyKind } from '../personalize/requirements.js'
import type { ResolvedUsage } from '../personalize/usage.js'
import { actionsOf, explain, type ExplainedStatement, numbered, S3_SIDS } from './statement.js'
import { sourceCondition } from './trust-policy.js'

/** Joint is the form of AWS's page, for a whole bucket; the others are the least that the location needs. */
type Kind = keyof (typeof S3_SIDS)['service']

/** Actions on resources of one bucket, for one principal. */
interface Access {
  kind: Kind
  demands: readonly RequiredPermission[]
  resources: readonly string[]
}

/** What a usage needs of the locations in question. */
export interface LocationNeed {
  usage: Pick<
    ResolvedUsage,
    'accountId' | 'region' | 'profile' | 'sourceConditions' | 'operations' | 'locations'
  > & { partition: string; roles: ReadonlyArray<{ arn: string }> }
  locations: readonly ResolvedLocation[]
  /** The form of AWS's page, but with the objects of the locations instead of those of the whole bucket. */
  isOfFolders?: boolean
  /** Which of the demands are open; all of them by default. */
  isOpen?: (demand: RequiredPermission, location: ResolvedLocation) => boolean
}

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['s3:ListBucket', 'list'],
  ['s3:GetObject', 'read'],
  ['s3:PutObject', 'write']
])

/** The accesses that one policy has to grant one of the two principals. */
function accessesOf (
  { usage, locations, isOpen = () => true, isOfFolders = false }: LocationNeed,
  principal: RequiredPermission['principal'],
  policy: PolicyKind
): Access[] {
  const { partition } = usage
  const wanted = mergedLocations(locations).map((location) => ({
    location,
    demands: demandsAt(usage, location).filter(
      (demand) => demand.principal === principal && demand.requiredIn.includes(policy) && isOpen(demand, location)
    )
  }))
  if (usage.profile === 'derived')
    return wanted.flatMap(({ location, demands }) =>
      demands.map((demand) => ({
        kind: KINDS.get(demand.action) ?? 'joint',
        demands: [demand],
        resources: [
          demand.action === 's3:ListBucket'
            ? bucketArn(partition, location.bucket)
            : objectsArn(partition, location)
        ]
      }))
    )
  return groupBy(
    wanted.filter(({ demands }) => demands.length > 0),
    ({ location }) => location.bucket
  ).map((group) => {
    const arn = bucketArn(partition, group[0].location.bucket)
    const objects = isOfFolders ? group.map(({ location }) => objectsArn(partition, location)) : [`${arn}/*`]
    return { kind: 'joint', demands: group.flatMap(({ demands }) => demands), resources: [arn, ...objects] }
  })
}

/** One statement for all accesses of a kind that need the same actions. */
function statementsFor (
  accesses: readonly Access[],
  who: keyof typeof S3_SIDS,
  policy: PolicyKind,
  rest: Pick<ExplainedStatement['statement'], 'Principal' | 'Condition'>,
  counts: Map<Kind, number>
): ExplainedStatement[] {
  return groupBy(accesses, ({ kind, demands }) => `${kind} ${actionsOf(demands).join()}`).map((group) => {
    const [{ kind }] = group
    const demands = group.flatMap((access) => access.demands)
    const index = counts.get(kind) ?? 0
    counts.set(kind, index + 1)
    const { Principal, Condition } = rest
    return explain(
      {
        Sid: numbered(S3_SIDS[who][kind], index),
        Effect: 'Allow',
        ...(Principal === undefined ? {} : { Principal }),
        Action: actionsOf(demands),
        Resource: [...new Set(group.flatMap(({ resources }) => resources))],
        ...(Condition === undefined ? {} : { Condition })
      },
      demands,
      policy
    )
  })
}

/**
 * The statements of a bucket policy: the service principal's, and those of the roles where the bucket is in another
 * account. They stand apart: a condition that fits the one cuts off the other.
 */
export function bucketStatements (needs: readonly LocationNeed[]): ExplainedStatement[] {
  const ofService = groupBy(needs, ({ usage }) => JSON.stringify(sourceCondition(usage) ?? null))
  const counts = new Map<Kind, number>()
  const service = ofService.flatMap((group) => {
    const condition = sourceCondition(group[0].usage)
    return statementsFor(
      group.flatMap((need) => accessesOf(need, 'service', 'bucketPolicy')),
      'service',
      'bucketPolicy',
      { Principal: { Service: SERVICE_PRINCIPAL }, ...(condition === undefined ? {} : { Condition: condition }) },
      counts
    )
  })
  const roleCounts = new Map<Kind, number>()
  const roles = groupBy(needs, ({ usage }) => usage.roles.map(({ arn }) => arn).join()).flatMap((group) => {
    const arns = group[0].usage.roles.map(({ arn }) => arn)
    const [first = ''] = arns
    return statementsFor(
      group.flatMap((need) => accessesOf(need, 'role', 'bucketPolicy')),
      'role',
      'bucketPolicy',
      { Principal: { AWS: arns.length === 1 ? first : arns } },
      roleCounts
    )
  })
  return [...service, ...roles]
}

/** The statements of a role's IAM policy for Amazon S3, and for the CloudWatch metrics of metric attributions. */
export function roleStorageStatements (
  needs: readonly LocationNeed[],
  isMetricOpen: (need: LocationNeed) => boolean = () => true
): ExplainedStatement[] {
  const metrics = needs.filter(isMetricOpen).flatMap(({ usage }) => metricDemands(usage))
  return [
    ...statementsFor(
      needs.flatMap((need) => accessesOf(need, 'role', 'iamPolicy')),
      'role',
      'iamPolicy',
      {},
      new Map()
    ),
    ...(metrics.length === 0
      ? []
      : [
        explain(
          { Sid: S3_SIDS.role.metrics, Effect: 'Allow', Action: actionsOf(metrics), Resource: '*' },
          metrics,
          'iamPolicy'
        )
      ])
  ]
}
