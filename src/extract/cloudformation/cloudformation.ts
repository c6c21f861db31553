import { isObject, type JsonObject } from '../../json/json.js'
import {
  defaultKeyPolicy,
  type LostPolicy,
  type Plan,
  partitionOf,
  placeholderRoleName,
  PlanError,
  type PlannedImport,
  type PlannedKey,
  type PlannedPair,
  type PlannedPolicy,
  type PlannedRole,
  type PlanSettings
} from '../plan.js'
import { plannedState } from '../key-state.js'
import { policyPart, withPossibleStatements } from '../policy-part.js'
import { findUnknown, isPossible, isUnknown, knownText, type Unknown, unknown } from '../unknown.js'
import { plannedBuckets } from './buckets.js'
import { type ConditionalResource, mayNotBeCreated, type TemplateContext, templateContext } from './context.js'
import { keyArn, managedPolicyName, roleArn, roleName } from './scope.js'

/** The keys, roles and buckets of a CloudFormation template. Throws where account or Region is not given. */
export function extractTemplate (template: JsonObject, settings: PlanSettings): Plan {
  const { accountId, region } = settings
  if (accountId === undefined)
    throw new PlanError('a CloudFormation template does not say in which account it is created; give --account-id')
  if (region === undefined)
    throw new PlanError('a CloudFormation template does not say in which Region it is created; give --region')
  const context = templateContext(template, { accountId, region }, settings)
  return {
    source: 'CloudFormation template',
    keys: context.ofType('AWS::KMS::Key', 'AWS::KMS::ReplicaKey').map((resource) => plannedKey(resource, context)),
    roles: context.ofType('AWS::IAM::Role').map((resource) => plannedRole(resource, context)),
    buckets: plannedBuckets(context),
    pairs: context.ofType('AWS::Personalize::DatasetGroup').map((resource) => pairOf(resource, context)),
    imports: context.ofType('AWS::Personalize::Dataset').flatMap((resource) => importOf(resource, context))
  }
}

function pairOf (group: ConditionalResource, { property }: TemplateContext): PlannedPair {
  return {
    address: group.logicalId,
    key: knownText(property(group, 'KmsKeyArn')),
    role: knownText(property(group, 'RoleArn'))
  }
}

function importOf (dataset: ConditionalResource, { property }: TemplateContext): PlannedImport[] {
  const job = property(dataset, 'DatasetImportJob')
  if (job === undefined) return []
  const { DataSource: source, RoleArn: role } = isObject(job) ? job : {}
  const uri = isObject(source) ? knownText(source['DataLocation']) : undefined
  return [{ address: dataset.logicalId, uri, role: knownText(role) }]
}

function aliasNames (value: unknown, keyArn: string): string[] {
  const name = knownText(value)
  return name === undefined ? [] : [name, keyArn.replace(/:key\/.*$/, `:${name}`)]
}

function plannedKey (resource: ConditionalResource, context: TemplateContext): PlannedKey {
  const { logicalId } = resource
  const { place, property } = context
  const arn = keyArn(logicalId, place)
  const policy = property(resource, 'KeyPolicy')
  const aliases = context.ofType('AWS::KMS::Alias').filter((alias) => {
    const target = property(alias, 'TargetKeyId')
    return target === arn || target === arn.replace(/^.*:key\//, '')
  })
  return {
    address: logicalId,
    arn,
    isPlaceholder: true,
    names: [logicalId, arn, ...aliases.flatMap((alias) => aliasNames(property(alias, 'AliasName'), arn))],
    policy:
      policy === undefined ? defaultKeyPolicy(place.accountId, place.region) : policyPart(policy),
    grants: { state: 'notPresent' },
    metadata: plannedState(
      {
        isEnabled: property(resource, 'Enabled'),
        spec: property(resource, 'KeySpec'),
        usage: property(resource, 'KeyUsage')
      },
      logicalId
    ),
    notes: mayNotBeCreated(resource)
  }
}

function plannedRole (resource: ConditionalResource, context: TemplateContext): PlannedRole {
  const { logicalId } = resource
  const { place, scope, property } = context
  const { name, isPlaceholder } = roleName(resource, scope)
  const arn = roleArn(resource, place, scope)
  const policies = identityPolicies(resource, name, context)
  const boundary = property(resource, 'PermissionsBoundary')
  return {
    address: logicalId,
    arn: arn ?? `arn:${partitionOf(place.region)}:iam::${place.accountId}:role/${placeholderRoleName(logicalId)}`,
    isPlaceholder: isPlaceholder || arn === undefined,
    names: [logicalId, ...(arn === undefined ? [] : [arn]), ...(isPlaceholder ? [] : [name])],
    trust: policyPart(property(resource, 'AssumeRolePolicyDocument')),
    policies: policies.filter((policy) => 'part' in policy),
    lost: policies.filter((policy) => 'cause' in policy),
    boundary: boundary === undefined ? undefined : policyByArn(boundary, context),
    notes: mayNotBeCreated(resource)
  }
}

type Found = PlannedPolicy | LostPolicy

function identityPolicies (role: ConditionalResource, name: string, context: TemplateContext): Found[] {
  const { property } = context
  const inline = [property(role, 'Policies') ?? []].flat().map((policy) => inlinePolicy(policy, role.logicalId))
  const attached = [property(role, 'ManagedPolicyArns') ?? []].flat().map((arn) => policyByArn(arn, context))
  const separate = context
    .ofType('AWS::IAM::Policy', 'AWS::IAM::RolePolicy', 'AWS::IAM::ManagedPolicy')
    .flatMap((resource) => {
      const isOfRole = namesRole(
        property(resource, resource.type === 'AWS::IAM::RolePolicy' ? 'RoleName' : 'Roles'),
        name
      )
      return isOfRole === false ? [] : [separatePolicy(resource, isUnknown(isOfRole) ? isOfRole : undefined, context)]
    })
  return [...inline, ...attached, ...separate]
}

function lost (name: string, { why }: { why: string }): LostPolicy {
  return { name, why, cause: 'notKnown' }
}

function inlinePolicy (policy: unknown, role: string): Found {
  const place = `${role}.Policies`
  if (isUnknown(policy)) return lost(place, policy)
  const { value, why } = isPossible(policy) ? policy : { value: policy, why: undefined }
  if (!isObject(value) || isUnknown(value))
    return lost(place, { why: isUnknown(value) ? value.why : `${place} is no policy` })
  const { PolicyName: name, PolicyDocument: document } = value
  return {
    name: knownText(name) ?? place,
    kind: 'inline',
    part: policyPart(why === undefined ? document : withPossibleStatements(document, why))
  }
}

/** Whether a list of role names, or one name, includes this role. */
function namesRole (names: unknown, role: string): boolean | Unknown {
  if ([names].flat().includes(role)) return true
  const open = findUnknown(names)
  return open === undefined ? false : unknown(open.why)
}

/** A policy that may not be created, or not for this role, has statements that may be there. */
function separatePolicy (
  resource: ConditionalResource,
  forOther: Unknown | undefined,
  { property }: TemplateContext
): Found {
  const { logicalId, type, open = forOther } = resource
  const isManaged = type === 'AWS::IAM::ManagedPolicy'
  const document = property(resource, 'PolicyDocument')
  return {
    name: knownText(property(resource, isManaged ? 'ManagedPolicyName' : 'PolicyName')) ?? logicalId,
    kind: isManaged ? 'attached' : 'inline',
    part: policyPart(open === undefined ? document : withPossibleStatements(document, `${logicalId}: ${open.why}`))
  }
}

function policyByArn (arn: unknown, context: TemplateContext): Found {
  const { value, why } = isPossible(arn) ? arn : { value: arn, why: undefined }
  if (isUnknown(value)) return lost('a managed policy', value)
  const own = context.ofType('AWS::IAM::ManagedPolicy').find(({ logicalId }) => value === managedPolicyName(logicalId))
  if (own !== undefined)
    return separatePolicy(
      { ...own, open: own.open ?? (why === undefined ? undefined : unknown(why)) },
      undefined,
      context
    )
  return {
    ...lost(String(value), { why: `attached policy ${String(value)} is not in the template` }),
    arn: String(value)
  }
}
