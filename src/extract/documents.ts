import type { VerifiableUsage } from '../../schemas/usage.js'
import { parseS3Uri } from '../personalize/locations.js'
import type { NotEvaluated } from '../verify/read/organization.js'
import type { ObservedBucket, ObservedKey, ObservedRole, Read } from '../verify/read/policy-source.js'
import { bucketUnread } from '../verify/read/within-signal.js'
import { type PlannedDocuments, plannedUsage } from '../verify/verify-planned.js'
import { withOpenNames } from './open-names.js'
import type { Plan, PlannedBucket, PlannedKey, PlannedPolicy, PlannedRole } from './plan.js'

/**
 * The documents of the keys, roles and buckets of a usage. What the plan does not contain was not read. Throws what is
 * wrong with the usage.
 */
export function plannedDocuments (planned: Plan, usage: VerifiableUsage): PlannedDocuments {
  const plan = withOpenNames(planned)
  const buckets = bucketsOf(plan, usage)
  const observed = buckets.map((bucket) =>
    typeof bucket === 'string' ? bucketUnread(bucket, absent(`bucket ${bucket}`, plan)) : observedBucket(bucket)
  )
  const keys = plannedUsage(usage, observed).keys.map(({ arn }) => ({
    arn,
    key: plan.keys.find((key) => key.arn === arn || key.names.includes(arn))
  }))
  const roles = usage.roleArns.map((arn) => plan.roles.find((role) => role.arn === arn) ?? arn)
  return {
    usage,
    keys: keys.map(({ arn, key }) => (key === undefined ? foreignKey(arn, plan) : observedKey(arn, key))),
    roles: roles.map((role) => (typeof role === 'string' ? foreignRole(role, plan) : observedRole(role))),
    buckets: observed,
    assumptions: [
      ...[...new Set(keys.flatMap(({ key }) => key ?? []))].flatMap(keyNotes),
      ...roles.flatMap((role) => (typeof role === 'string' ? [] : roleNotes(role))),
      ...buckets.flatMap((bucket) => (typeof bucket === 'string' ? [] : bucketNotes(bucket))),
      ...(buckets.length === 0 ? uncheckedBuckets(plan, usage) : uncheckedImports(plan, usage))
    ]
  }
}

/** Each bucket of the locations once, by its name where the plan does not contain it. */
function bucketsOf (plan: Plan, { locations = [] }: VerifiableUsage): Array<PlannedBucket | string> {
  const names = new Set(locations.flatMap(({ uri }) => parseS3Uri(uri)?.bucket ?? []))
  return [...names].map((name) => plan.buckets.find((bucket) => bucket.name === name) ?? name)
}

function uncheckedBuckets ({ buckets, source }: Plan, { operations }: VerifiableUsage): NotEvaluated[] {
  const planned = buckets.filter(({ isRemoved }) => isRemoved !== true)
  if (planned.length === 0 || operations.every((operation) => operation === 'datasetGroup')) return []
  const list = planned.map(({ address }) => address).join(', ')
  return [{ what: 's3', why: `The ${source} contains buckets that no location of the usage names: ${list}.` }]
}

/** Import jobs whose location the plan does not say, or which are none of those that are checked. */
function uncheckedImports ({ imports, source }: Plan, { operations, locations = [] }: VerifiableUsage): NotEvaluated[] {
  if (!operations.includes('datasetImportJob')) return []
  const checked = new Set(locations.map(({ uri }) => uri))
  const others = imports.filter(({ uri }) => uri === undefined || !checked.has(uri)).map(({ address }) => address)
  if (others.length === 0) return []
  const list = others.join(', ')
  return [{ what: 's3', why: `The ${source} contains import jobs from places that were not checked: ${list}.` }]
}

function absent (what: string, { source }: Plan): Extract<Read<never>, { state: 'notRead' }> {
  return { state: 'notRead', why: `The ${source} does not contain the ${what}.`, cause: 'notKnown' }
}

function foreignKey (arn: string, plan: Plan): ObservedKey {
  const policy = absent(`policy of ${arn}`, plan)
  return {
    requestedArn: arn,
    kmsKeyArn: arn,
    metadata: absent(`state of ${arn}`, plan),
    keyPolicy: policy,
    grants: { state: 'notPresent' }
  }
}

function foreignRole (roleArn: string, plan: Plan): ObservedRole {
  const role = absent(`role ${roleArn}`, plan)
  return {
    roleArn,
    role,
    trustPolicy: role,
    identityPolicies: { read: [], lost: [{ name: 'all', why: role.why, cause: role.cause }] },
    permissionsBoundary: role
  }
}

function observedKey (requestedArn: string, { arn, policy, grants, metadata }: PlannedKey): ObservedKey {
  return {
    requestedArn,
    kmsKeyArn: arn,
    metadata,
    keyPolicy: policy.read,
    unknownInKeyPolicy: policy.unknown,
    grants
  }
}

function observedRole ({ arn, trust, policies, lost, boundary }: PlannedRole): ObservedRole {
  return {
    roleArn: arn,
    role: { state: 'read', value: { arn } },
    trustPolicy: trust.read,
    unknownInTrustPolicy: trust.unknown,
    identityPolicies: {
      read: policies.flatMap((policy) => readPolicy(policy)),
      lost: [...lost, ...policies.flatMap(unreadPolicy)]
    },
    permissionsBoundary: boundaryOf(boundary)
  }
}

function observedBucket (bucket: PlannedBucket): ObservedBucket {
  const { name, region, policy, encryption, ownershipControls, publicAccessBlock } = bucket
  return {
    bucket: name,
    region,
    bucketPolicy: policy.read,
    unknownInBucketPolicy: policy.unknown,
    encryption,
    ownershipControls,
    publicAccessBlock
  }
}

function readPolicy ({ name, kind, part: { read, unknown } }: PlannedPolicy): ObservedRole['identityPolicies']['read'] {
  return read.state === 'read' ? [{ name, kind, isInline: kind === 'inline', document: read.value, unknown }] : []
}

function unreadPolicy ({ name, part: { read } }: PlannedPolicy): ObservedRole['identityPolicies']['lost'] {
  return read.state === 'notRead' ? [{ name, why: read.why, cause: read.cause }] : []
}

function boundaryOf (boundary: PlannedRole['boundary']): ObservedRole['permissionsBoundary'] {
  if (boundary === undefined) return { state: 'notPresent' }
  if (!('part' in boundary)) return { state: 'notRead', why: boundary.why, cause: boundary.cause }
  const { name, part } = boundary
  return part.read.state === 'read'
    ? { state: 'read', value: { name, document: part.read.value, unknown: part.unknown } }
    : part.read
}

function keyNotes ({ address, arn, isPlaceholder, notes, metadata }: PlannedKey): NotEvaluated[] {
  const texts = [
    ...(metadata.state === 'notPresent'
      ? [`The state of ${address} is not part of the policies: it is assumed to be a usable key.`]
      : []),
    ...(isPlaceholder ? [`${address} is not created yet: ${arn} stands for its ARN.`] : []),
    ...notes
  ]
  return texts.map((why) => ({ what: 'keyMetadata', kmsKeyArn: arn, why }))
}

function roleNotes ({ address, arn, isPlaceholder, notes }: PlannedRole): NotEvaluated[] {
  const texts = [
    ...(isPlaceholder ? [`The name of ${address} is not known yet: ${arn} stands for its ARN.`] : []),
    ...notes
  ]
  return texts.map((why) => ({ what: 'role', roleArn: arn, why }))
}

function bucketNotes ({ address, name, isPlaceholder, notes }: PlannedBucket): NotEvaluated[] {
  const texts = [
    ...(isPlaceholder ? [`The name of ${address} is not known yet: ${name} stands for it.`] : []),
    ...notes
  ]
  return texts.map((why) => ({ what: 'bucket', bucket: name, why }))
}
