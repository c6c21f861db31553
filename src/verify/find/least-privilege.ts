import type { Finding } from '../../../schemas/verification.js'
import { finding, type FindingEvidence } from '../../findings/catalogue.js'
import { statementReference, formatList, formatStatement } from '../../findings/format.js'
import { namesInAllow } from '../../iam/decide/statement-match.js'
import { compilePolicy, type Statement } from '../../iam/document/policy-document.js'
import { type Caller, parseCaller } from '../../iam/document/principal.js'
import type { JsonObject } from '../../json/json.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import { demandsAt, metricDemands } from '../../personalize/location-demands.js'
import { bucketArn } from '../../personalize/locations.js'
import { requirementsFor } from '../../personalize/requirements.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import { locksOut } from '../../policies/lockout.js'
import type { BucketEvidence } from '../read/bucket-evidence.js'
import {
  actionsAsWritten,
  type KeyEvidence,
  type PolicyEvidence,
  type RoleEvidence,
  statementAsWritten
} from '../read/evidence.js'
import { detachmentOf, isAwsManaged } from './aws-managed.js'
import { excess, isAboutBucket, type Scope, scopeOf } from './excess.js'
import { type Narrower, narrowerStatement, type Need } from './narrower-statement.js'

/** A statement that allows too much, in the policy it stands in. */
interface LayerPlace {
  evidence: PolicyEvidence
  statement: Statement
  policy: 'keyPolicy' | 'bucketPolicy' | 'identityPolicies'
  /** The actions that it may have, of the services in question. */
  scope: Scope
  key?: KeyEvidence
  role?: RoleEvidence
  bucket?: BucketEvidence
}

/**
 * Statements that name Personalize or its roles and allow more than the use needs. Delegation to IAM names no
 * principal.
 */
export function broaderFindings (
  usage: ResolvedUsage,
  keys: readonly KeyEvidence[],
  roles: readonly RoleEvidence[],
  buckets: readonly BucketEvidence[]
): Finding[] {
  const callers = [
    parseCaller({ kind: 'service', value: SERVICE_PRINCIPAL }),
    ...roles.map((role) => parseCaller({ kind: 'role', value: role.name.arn }))
  ]
  const isOurs = (name: string): boolean => callers.some((caller) => isNameOf(name, caller))
  const isNaming = (statement: Statement): boolean =>
    statement.principals?.everyone === false && callers.some((caller) => namesInAllow(statement, caller))
  const needs = needsOf(usage, buckets)
  const scope = scopeOf(needs.ofKeys, 'kms')
  const ofBuckets = buckets.flatMap((bucket) => {
    if (bucket.bucketPolicy === undefined) return []
    const need: Need = { actions: needs.ofBuckets.get(bucket.bucket) ?? [], isOurs }
    const common = { policy: 'bucketPolicy', bucket, scope: scopeOf(need.actions, 's3') } as const
    return placesIn(bucket.bucketPolicy, common, isNaming).flatMap((place) => broader(place, need))
  })
  const ofKeys = keys
    .flatMap((key) =>
      key.keyPolicy === undefined
        ? []
        : placesIn(key.keyPolicy, { policy: 'keyPolicy', key, scope }, isNaming)
    )
    .flatMap((place) => broader(place, { actions: needs.ofKeys, isOurs }))
  const ofRoles = roles.flatMap((role) =>
    role.identityPolicies.flatMap((evidence) =>
      placesIn(evidence, { policy: 'identityPolicies', role, scope }).flatMap((place) =>
        broaderForRole(place, needs, { usage, buckets, isOurs })
      )
    )
  )
  return [...ofKeys, ...ofBuckets, ...ofRoles]
}

/** What the use needs of keys and of each bucket, and of metrics. */
interface Needs {
  ofKeys: readonly string[]
  ofBuckets: ReadonlyMap<string, readonly string[]>
  ofMetrics: readonly string[]
}

const actionsOf = (demands: ReadonlyArray<{ action: string }>): string[] => [
  ...new Set(demands.map(({ action }) => action))
]

function needsOf (usage: ResolvedUsage, buckets: readonly BucketEvidence[]): Needs {
  const ofBucket = ({ bucket, accountId }: BucketEvidence): string[] =>
    actionsOf(
      usage.locations
        .filter((location) => location.bucket === bucket)
        .flatMap((location) => demandsAt(usage, { ...location, accountId }))
    )
  return {
    ofKeys: actionsOf(requirementsFor(usage, { crossAccount: true })),
    ofBuckets: new Map(buckets.map((bucket) => [bucket.bucket, ofBucket(bucket)])),
    ofMetrics: actionsOf(metricDemands(usage))
  }
}

function placesIn (
  evidence: PolicyEvidence,
  common: Omit<LayerPlace, 'evidence' | 'statement'>,
  isMeant: (statement: Statement) => boolean = () => true
): LayerPlace[] {
  return evidence.policy.statements.filter(isMeant).map((statement) => ({ ...common, evidence, statement }))
}

interface RoleUse extends Pick<Need, 'isOurs'> {
  usage: ResolvedUsage
  buckets: readonly BucketEvidence[]
}

/** A role's statement can be about keys and buckets; of buckets only those of the use are known. */
function broaderForRole (
  place: LayerPlace,
  { ofKeys, ofBuckets, ofMetrics }: Needs,
  { usage: { partition }, buckets, isOurs }: RoleUse
): Finding[] {
  const about = buckets.filter(({ bucket }) => isAboutBucket(place.statement, bucketArn(partition, bucket)))
  if (about.length === 0) return broader(place, { actions: ofKeys, isOurs })
  const ofS3 = [...new Set(about.flatMap(({ bucket }) => ofBuckets.get(bucket) ?? []))]
  const arns = buckets.map(({ bucket }) => bucketArn(partition, bucket))
  const need = {
    actions: [...ofKeys, ...ofS3, ...ofMetrics],
    isOurs,
    buckets: arns.flatMap((arn) => [arn, `${arn}/*`])
  }
  return broader({ ...place, scope: scopeOf(need.actions, 'kms', 's3') }, need)
}

function isNameOf (name: string, { value, sessionPrefix }: Caller): boolean {
  return name === value || (sessionPrefix !== '' && name.startsWith(sessionPrefix))
}

const SOURCES: Readonly<Record<string, string>> = {
  bucketPolicy: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html'
}

function broader (place: LayerPlace, need: Need): Finding[] {
  const { evidence, statement, policy, key, role, bucket, scope } = place
  const { document } = evidence
  const written = statementAsWritten(document, statement)
  const beyond = excess(statement, actionsAsWritten(document, statement), scope)
  if (beyond.length === 0 || written === undefined) return []
  const reference = statementReference(policy, evidence.policy.name, statement)
  const narrower = narrowerStatement(written, statement, need, beyond)
  const source = SOURCES[policy]
  return [
    {
      ...finding('BROADER_THAN_NEEDED', {
        ...(key === undefined ? {} : { kmsKeyArn: key.name.arn }),
        ...(role === undefined ? {} : { roleArn: role.name.arn }),
        ...(bucket === undefined ? {} : { bucket: bucket.bucket }),
        actions: beyond,
        statement: reference,
        detail: `In ${formatStatement(reference)}: ${formatList(beyond)} goes beyond ${need.actions.join(', ')}.`,
        ...remedyFor(place, narrower, beyond)
      }),
      ...(source === undefined ? {} : { source })
    }
  ]
}

const OTHER_SERVICES =
  'Put the statement in `narrowerStatement` in its place, and beside it what the role needs of other services: those ' +
    'are not checked here, and this statement allows them, too.'
const MANAGES_THE_KEY =
  'Name an administrator of the key first: without this statement no principal of the account could change the key ' +
    'policy any more. Then narrow it to the actions that the use needs.'

/** What to put in its place, if anything of it is needed. */
function remedyFor (
  place: LayerPlace,
  narrower: Narrower,
  beyond: readonly string[]
): Pick<FindingEvidence, 'remedy' | 'narrowerStatement'> {
  const { statement: narrowerStatement, others, actions } = narrower
  if (isAwsManaged(place.evidence)) return detachment(place, actions.length === 0 ? undefined : narrowerStatement)
  if (keepsTheKeyOpen(place, narrower)) return { remedy: MANAGES_THE_KEY }
  const alsoNamed = `which also names ${formatList(others)}: what those need is not known here.`
  if (actions.length === 0)
    return {
      remedy:
        others.length === 0
          ? 'Remove the statement: the use needs nothing that it allows.'
          : `The use needs nothing of the statement: take Amazon Personalize and its role out of it, ${alsoNamed}`
    }
  if (others.length > 0)
    return {
      narrowerStatement,
      remedy: `Add the statement in \`narrowerStatement\`, and take the principals in it out of this one, ${alsoNamed}`
    }
  const isWider =
    place.policy === 'identityPolicies' &&
    (place.statement.actions?.inverted === true || beyond.some((name) => name === '*' || name === '*:*'))
  return { narrowerStatement, ...(isWider ? { remedy: OTHER_SERVICES } : {}) }
}

/** An AWS managed policy cannot be edited: what is needed of it goes into another policy. */
function detachment (
  { evidence, role }: LayerPlace,
  narrowerStatement: JsonObject | undefined
): Pick<FindingEvidence, 'remedy' | 'narrowerStatement'> {
  const detach = detachmentOf(evidence, role)
  const others = 'What the role needs of other services is not checked here.'
  return narrowerStatement === undefined
    ? { remedy: `${detach} The use needs nothing of this statement. ${others}` }
    : {
      narrowerStatement,
      remedy:
          'Put the statement in `narrowerStatement` into a policy of your own and attach that first. ' +
          `Then: ${detach} ${others}`
    }
}

/** Whether it is this statement that leaves somebody in the account with kms:PutKeyPolicy. */
function keepsTheKeyOpen (
  { evidence: { document, policy }, statement: { index }, key }: LayerPlace,
  { statement, others }: Narrower
): boolean {
  if (key === undefined || document === undefined || others.length > 0) return false
  const { partition, accountId } = key.name
  const statements = Array.isArray(document['Statement']) ? document['Statement'].with(index, statement) : [statement]
  const target = { partition, accountId, keys: [[key.name]] }
  const narrowed = compilePolicy('default', { ...document, Statement: statements })
  return locksOut(narrowed, target) && !locksOut(policy, target)
}
