import type { S3Check } from '../../../schemas/bucket.js'
import type { Decision } from '../../iam/authorize.js'
import type { AuthorizationRequest, Policies } from '../../iam/decide/request.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import type { Observed } from '../../personalize/kms-call.js'
import { demandsAt, metricDemands } from '../../personalize/location-demands.js'
import { mergedLocations, type ResolvedLocation } from '../../personalize/locations.js'
import type { PersonalizeCaller } from '../../personalize/principal-context.js'
import type { RequiredPermission } from '../../personalize/requirements.js'
import { storageRequest } from '../../personalize/s3-call.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import type { BucketEvidence } from '../read/bucket-evidence.js'
import { layerOf, type RoleEvidence } from '../read/evidence.js'
import { levelsFor, type OrganizationContext } from '../read/organization.js'
import { resourceFacts } from './call-facts.js'
import { documentedBy, type Granted, GRANTED } from './documented.js'
import { checkEvidence, layersOf } from './decision-evidence.js'
import { decider, possibleRequests } from './s3-decision.js'
import type { CheckedTrust } from './trust.js'

export type S3Place = S3Check['requiredIn'][number]

/** A check of a location with what lies behind it. */
export interface CheckedS3Access {
  check: S3Check
  request: AuthorizationRequest
  /** Every request that the location can mean, on every connection that is possible: a remedy has to hold for each. */
  requests: () => readonly AuthorizationRequest[]
  policies: Policies
  decision: Decision
  bucket: BucketEvidence
  location: ResolvedLocation
  role: RoleEvidence | undefined
  /** What each policy of `requiredIn` says by itself. */
  granted: Readonly<Partial<Record<S3Place, Granted>>>
}

/** Every check of the locations of a usage: for each of them the service principal's, then each role's. */
export function checkLocations (
  usage: ResolvedUsage,
  buckets: readonly BucketEvidence[],
  trust: readonly CheckedTrust[],
  around: OrganizationContext,
  before: readonly CheckedS3Access[] = []
): CheckedS3Access[] {
  return mergedLocations(usage.locations).flatMap((location) => {
    const bucket = buckets.find((evidence) => evidence.bucket === location.bucket)
    if (bucket === undefined) return []
    const demands = demandsAt(usage, { ...location, accountId: bucket.accountId })
    const metrics = location.uses.some(({ operation }) => operation === 'metricAttribution') ? metricDemands(usage) : []
    return [undefined, ...trust].flatMap((trusted) => {
      const role = trusted?.role
      const known = before.filter(
        (access) => access.bucket === bucket && access.role === role && access.check.prefix === location.prefix
      )
      if (known.length > 0) return known
      const principal = role === undefined ? 'service' : 'role'
      const site: Site = { usage, location, bucket, role, sessionTags: trusted?.sessionTags, around }
      return [...demands, ...metrics]
        .filter((demand) => demand.principal === principal)
        .map((demand) => checkDemand(demand, site))
    })
  })
}

/** One principal at one location, with all that is known of it. */
interface Site {
  usage: ResolvedUsage
  location: ResolvedLocation
  bucket: BucketEvidence
  role: RoleEvidence | undefined
  sessionTags: boolean | undefined
  around: OrganizationContext
}

function checkDemand (demand: RequiredPermission, site: Site): CheckedS3Access {
  const { usage, location, bucket, role } = site
  const { action } = demand
  const policies = policiesFor(demand, site)
  const questions = questionsOf(action, site)
  const decide = decider(questions, policies, action)
  const decision = decide((evaluation) => evaluation)
  const requiredIn = demand.requiredIn.filter((place) => place !== 'keyPolicy')
  const granted: Partial<Record<S3Place, Granted>> = {}
  for (const place of requiredIn) {
    const layer = place === 'bucketPolicy' ? 'resourcePolicy' : 'identityPolicies'
    granted[place] = GRANTED[decide((evaluation) => evaluation.alone(layer)).decision]
  }
  const [first] = questions
  const documented = documentedBy(Object.values(granted))
  // What AWS does not document cannot be as it documents it: buckets of other accounts.
  const isForeign = bucket.accountId !== usage.accountId
  const check: S3Check = {
    bucket: location.bucket,
    prefix: location.prefix,
    ...(role === undefined ? {} : { roleArn: role.name.arn }),
    principal: role === undefined ? { type: 'service', id: SERVICE_PRINCIPAL } : { type: 'role', id: role.name.arn },
    action,
    resource: first.resource.arn,
    operations: [...demand.operations],
    documented: documented === 'pass' && isForeign ? 'indeterminate' : documented,
    requiredIn,
    missingFrom: requiredIn.filter((place) => granted[place] === 'no' || granted[place] === 'denied'),
    effective: decision.decision,
    layers: storageLayers(decision, policies),
    ...checkEvidence(decision, 'bucketPolicy')
  }
  const requests = (): AuthorizationRequest[] => possibleRequests(questions, policies)
  return { check, request: first, requests, policies, decision, bucket, location, role, granted }
}

function storageLayers (decision: Decision, policies: Policies): S3Check['layers'] {
  const { keyPolicy: bucketPolicy, grants: _, ...layers } = layersOf(decision, policies)
  return { bucketPolicy, ...layers }
}

/** All policies that take part. Amazon CloudWatch has no resource policies, and RCPs do not bind it. */
function policiesFor ({ action }: Pick<RequiredPermission, 'action'>, { bucket, role, around }: Site): Policies {
  const isOfS3 = action.startsWith('s3:')
  const scps = role === undefined ? undefined : levelsFor(around.serviceControlPolicies, role.name.accountId)
  const rcps = isOfS3 ? levelsFor(around.resourceControlPolicies, bucket.accountId) : []
  return {
    ...(isOfS3 ? { resourcePolicy: layerOf(bucket.bucketPolicy) } : {}),
    ...(role === undefined ? {} : { identityPolicies: role.identityLayer }),
    ...(role?.boundaryLayer === undefined ? {} : { permissionsBoundary: role.boundaryLayer }),
    ...(scps === undefined ? {} : { serviceControlPolicies: scps }),
    ...(rcps === undefined ? {} : { resourceControlPolicies: rcps })
  }
}

/**
 * The questions to ask of a location: about every object that its prefix names, which may be siblings as well, and
 * about what it can be meant for: the objects of the folder, or the one file.
 */
function questionsOf (action: string, site: Site): [AuthorizationRequest, ...AuthorizationRequest[]] {
  const { usage, location, bucket, role, sessionTags, around } = site
  const { accountId, region, partition } = usage
  const principal: PersonalizeCaller = role === undefined ? { type: 'service' } : { type: 'role', arn: role.name.arn }
  const { context, now } = around
  // Metrics are those of the caller's account, also where the bucket is of another one.
  const resourceAccountId = action.startsWith('s3:') ? bucket.accountId : (role?.name.accountId ?? accountId)
  const observed: Observed = {
    ...(now === undefined ? {} : { now }),
    facts: resourceFacts({ resourceAccountId, role, accountId }, around, sessionTags),
    context: { ...context[principal.type], ...(role === undefined ? {} : context.roles[role.name.arn]) },
    sharedContext: context.both
  }
  const { prefix } = location
  const all = storageRequest({
    principal,
    action,
    location: { bucket: bucket.bucket, prefix, accountId: bucket.accountId },
    bucketRegion: bucket.region,
    accountId,
    region,
    partition,
    observed
  })
  if (all.resource.isPattern !== true) return [all]
  const exact = all.resource.arn.slice(0, -1)
  const about = (resource: { arn: string; isPattern: boolean }): AuthorizationRequest => ({
    ...all,
    resource: { ...all.resource, ...resource }
  })
  // The folder as an object of its own, which consoles make, holds no data.
  const folder = about({ arn: `${exact}${prefix === '' || prefix.endsWith('/') ? '' : '/'}?*`, isPattern: true })
  return mayBeFile(action, prefix) ? [all, folder, about({ arn: exact, isPattern: false })] : [all, folder]
}

/**
 * Whether the location can be meant as one file: the last part has an extension. A folder may have such a name as well
 * (`v1.2`, `items.csv/part-0000`), and what a job writes is always a folder.
 */
function mayBeFile (action: string, prefix: string): boolean {
  return action === 's3:GetObject' && /\.[^/]+$/.test(prefix)
}
