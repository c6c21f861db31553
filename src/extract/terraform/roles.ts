import { isObject } from '../../json/json.js'
import { partitionOf, placeholderRoleName, type LostPolicy, type PlannedPolicy, type PlannedRole } from '../plan.js'
import { policyPart } from '../policy-part.js'
import { isUnknown, knownText } from '../unknown.js'
import { attributePolicy } from './keys.js'
import type { PlannedResource } from './plan-json.js'
import { onlyReference } from './references.js'
import type { TerraformContext } from './context.js'

/** The IAM roles of a plan with all their policies. */
export function plannedRoles (context: TerraformContext): PlannedRole[] {
  return context.ofType('aws_iam_role', 'awscc_iam_role').map((resource) => plannedRole(resource, context))
}

function plannedRole (resource: PlannedResource, context: TerraformContext): PlannedRole {
  const { address, values, type, isNew } = resource
  const isCloudControl = type === 'awscc_iam_role'
  const name = knownText(values[isCloudControl ? 'role_name' : 'name'])
  const arn = knownText(values['arn']) ?? foretoldArn(resource, name, context)
  const identity = policiesOf(resource, name, context)
  return {
    address,
    arn,
    isPlaceholder: knownText(values['arn']) === undefined && (name === undefined || isUnknown(values['path'])),
    names: [address, arn, ...(name === undefined ? [] : [name])],
    trust: attributePolicy(resource, isCloudControl ? 'assume_role_policy_document' : 'assume_role_policy', context),
    policies: identity.policies,
    lost: identity.lost,
    boundary: boundaryOf(resource, context),
    credentials: context.credentialsOf(resource),
    notes: [
      ...context.plan.notes,
      ...(isNew ? [] : [`${address} exists: policies of the role that are not in the plan were not evaluated.`]),
      ...unseenBlocks(resource)
    ]
  }
}

/**
 * A plan does not contain `dynamic` blocks. One whose number is known only after the apply looks like a computed
 * attribute that is not set.
 * https://developer.hashicorp.com/terraform/internals/json-format#expression-representation
 */
function unseenBlocks ({ address, values, expressions, type }: PlannedResource): string[] {
  const attribute = type === 'awscc_iam_role' ? 'policies' : 'inline_policy'
  return isUnset(values[attribute], expressions, attribute)
    ? [
      `${address}.${attribute} is known only after the apply, and no block in the plan sets it: it is assumed to be ` +
        'empty. A dynamic block whose for_each is not known yet would look the same.'
    ]
    : []
}

/** Computed where the configuration does not set it. */
function isUnset (value: unknown, expressions: PlannedResource['expressions'], attribute: string): boolean {
  return isUnknown(value) && expressions !== undefined && expressions[attribute] === undefined
}

/** IAM makes the ARN of account, path and name; a name with a prefix is made up during the apply. */
function foretoldArn (
  { address, values }: PlannedResource,
  name: string | undefined,
  { accountId, ofType }: TerraformContext
): string {
  const { path = '/', name_prefix: prefix } = values
  // What AWS adds to a prefix is as unknown as a whole name; without the path the name alone says nothing.
  const placeholder = `${name === undefined ? (knownText(prefix) ?? '') : ''}${placeholderRoleName(address)}`
  const known = ofType('aws_iam_role').flatMap((role) => knownText(role.values['arn']) ?? [])
  const partition = known[0]?.split(':')[1] ?? partitionOf('')
  const named = isUnknown(path) ? placeholder : (name ?? placeholder)
  return `arn:${partition}:iam::${accountId}:role${knownText(path) ?? '/'}${named}`
}

interface IdentityPolicies {
  policies: PlannedPolicy[]
  lost: LostPolicy[]
}

function policiesOf (role: PlannedResource, name: string | undefined, context: TerraformContext): IdentityPolicies {
  type Found = PlannedPolicy | LostPolicy
  const each = (type: string, attribute: string, policiesOf: (resource: PlannedResource) => Found | Found[]) =>
    context.ofType(type).flatMap((resource): Found[] => {
      const isOfRole = concerns(resource, attribute, role, name, context)
      if (isOfRole !== undefined) return isOfRole ? [policiesOf(resource)].flat() : []
      const { address } = resource
      return [{ name: address, why: `whose policy ${address} is, is known only after the apply`, cause: 'notKnown' }]
    })
  const attached = (resource: PlannedResource): PlannedPolicy | LostPolicy =>
    attachedPolicy(resource, 'policy_arn', context)
  const all = [
    ...inlinePolicies(role, name, context),
    ...each('aws_iam_role_policy', 'role', (resource) => rolePolicy(resource, context)),
    ...each('aws_iam_role_policy_attachment', 'role', attached),
    ...each('aws_iam_policy_attachment', 'roles', attached),
    ...each('aws_iam_role_policy_attachments_exclusive', 'role_name', (resource) => {
      const arns = resource.values['policy_arns']
      return Array.isArray(arns)
        ? arns.map((arn) => policyByArn(arn, resource.address, context))
        : attachedPolicy(resource, 'policy_arns', context)
    }),
    ...each('awscc_iam_role_policy', 'role_name', (resource) => cloudControlPolicy(resource, 'inline', context)),
    ...each('awscc_iam_managed_policy', 'roles', (resource) => cloudControlPolicy(resource, 'attached', context)),
    ...managedArns(role, name, context).map((arn) => policyByArn(arn, role.address, context))
  ]
  const kept = all.map((policy) => unlessRemoved(policy, role, name, context))
  return {
    policies: kept.filter((each) => 'part' in each),
    lost: kept.filter((each) => 'cause' in each)
  }
}

/** A list of all inline, or all attached, policies removes what it does not name, whichever resource made it. */
function unlessRemoved (
  policy: PlannedPolicy | LostPolicy,
  role: PlannedResource,
  name: string | undefined,
  context: TerraformContext
): PlannedPolicy | LostPolicy {
  if (!('part' in policy)) return policy
  const isInline = policy.kind === 'inline'
  const list = context
    .ofType(isInline ? 'aws_iam_role_policies_exclusive' : 'aws_iam_role_policy_attachments_exclusive')
    .filter((each) => concerns(each, 'role_name', role, name, context) !== false)
    .find(({ values: { policy_names: names, policy_arns: arns } }) =>
      isInline ? ![names].flat().includes(policy.name) : !mayName(arns, policy.arn)
    )
  if (list === undefined) return policy
  return { name: policy.name, why: `${list.address} may remove it: it does not name it`, cause: 'notKnown' }
}

/** Whether a list of ARNs has this one, or may: an ARN of either that is not known yet may be the other. */
function mayName (list: unknown, arn: string | undefined): boolean {
  const arns = [list].flat()
  return arns.some(isUnknown) || (arn !== undefined && arns.includes(arn))
}

function cloudControlPolicy (
  resource: PlannedResource,
  kind: PlannedPolicy['kind'],
  context: TerraformContext
): PlannedPolicy {
  const { address, values } = resource
  const name = knownText(values['policy_name']) ?? knownText(values['managed_policy_name']) ?? address
  return { name, kind, part: attributePolicy(resource, 'policy_document', context) }
}

/** Whether an attribute names this role; undefined where that is not known, so that it may. */
function concerns (
  from: PlannedResource,
  attribute: string,
  role: PlannedResource,
  name: string | undefined,
  { plan }: TerraformContext
): boolean | undefined {
  const value = from.values[attribute]
  const names = [value].flat()
  if (name !== undefined && names.includes(name)) return true
  if (knownText(value) !== undefined) return value === knownText(role.values['id'])
  if (!names.some(isUnknown)) return false
  const referenced = onlyReference(plan, from, attribute)?.resource
  const isRole = referenced !== undefined && /^aws(?:cc)?_iam_role$/.test(referenced.type)
  // A list may name other roles beside the one that it refers to.
  return isRole && (referenced === role || !Array.isArray(value)) ? referenced === role : undefined
}

function rolePolicy (resource: PlannedResource, context: TerraformContext): PlannedPolicy {
  const { address, values } = resource
  const part = attributePolicy(resource, 'policy', context)
  return { name: knownText(values['name']) ?? address, kind: 'inline', part }
}

/**
 * Whether a resource of its own is what sets a policy of the role, now or before: what the state of the role says of
 * it is how it was before the apply.
 */
function isSetElsewhere (
  { plan: { resources, removed } }: TerraformContext,
  role: string | undefined,
  attribute: 'name' | 'policy_arn',
  value: unknown
): boolean {
  if (role === undefined) return false
  const types =
    attribute === 'name' ? ['aws_iam_role_policy'] : ['aws_iam_role_policy_attachment', 'aws_iam_policy_attachment']
  // What is only removed from the state stays attached.
  return [...resources, ...removed.filter(({ isForgotten }) => isForgotten !== true)].some(
    ({ type, before }) =>
      types.includes(type) &&
      [before['role'], before['roles']].flat().includes(role) &&
      before[attribute] === value
  )
}

/** Blocks `inline_policy` of the role; one without a name stands for "no inline policies". */
function inlinePolicies (
  { address, values, type, expressions }: PlannedResource,
  role: string | undefined,
  context: TerraformContext
): Array<PlannedPolicy | LostPolicy> {
  const isCloudControl = type === 'awscc_iam_role'
  const attribute = isCloudControl ? 'policies' : 'inline_policy'
  const list = values[attribute]
  if (isUnset(list, expressions, attribute)) return []
  if (isUnknown(list)) return [{ name: `${address}.${attribute}`, why: list.why, cause: 'notKnown' }]
  return (Array.isArray(list) ? list : []).flatMap((block: unknown): Array<PlannedPolicy | LostPolicy> => {
    if (isUnknown(block)) return [{ name: `${address}.inline_policy`, why: block.why, cause: 'notKnown' }]
    if (!isObject(block)) return []
    const [name, policy] = isCloudControl
      ? [block['policy_name'], block['policy_document']]
      : [block['name'], block['policy']]
    if (policy == null || policy === '') return []
    if (expressions?.[attribute] === undefined && isSetElsewhere(context, role, 'name', name)) return []
    return [{ name: knownText(name) ?? `${address}.inline_policy`, kind: 'inline', part: policyPart(policy) }]
  })
}

/** `managed_policy_arns` is computed where the configuration does not set it: then the attachments are all there is. */
function managedArns (
  { values, expressions }: PlannedResource,
  role: string | undefined,
  context: TerraformContext
): unknown[] {
  const { managed_policy_arns: arns } = values
  if (arns == null) return []
  if (expressions?.['managed_policy_arns'] !== undefined) return [arns].flat()
  if (isUnknown(arns) && expressions !== undefined) return []
  return [arns].flat().filter((arn) => !isSetElsewhere(context, role, 'policy_arn', arn))
}

function attachedPolicy (
  attachment: PlannedResource,
  attribute: string,
  context: TerraformContext
): PlannedPolicy | LostPolicy {
  const value = attachment.values[attribute]
  if (knownText(value) !== undefined) return policyByArn(value, attachment.address, context)
  const referenced = onlyReference(context.plan, attachment, attribute)?.resource
  return referenced?.type === 'aws_iam_policy'
    ? managedPolicy(referenced, context)
    : policyByArn(value, attachment.address, context)
}

function managedPolicy (policy: PlannedResource, context: TerraformContext): PlannedPolicy {
  const arn = knownText(policy.values['arn'])
  return {
    name: knownText(policy.values['name']) ?? policy.address,
    kind: 'attached',
    ...(arn === undefined ? {} : { arn }),
    part: attributePolicy(policy, 'policy', context)
  }
}

function policyByArn (arn: unknown, address: string, context: TerraformContext): PlannedPolicy | LostPolicy {
  const text = knownText(arn)
  if (text === undefined) {
    const why = isUnknown(arn) ? arn.why : `${address} names no policy`
    return { name: address, why, cause: 'notKnown' }
  }
  const planned = context.ofType('aws_iam_policy').find(({ values }) => values['arn'] === text)
  if (planned !== undefined) return managedPolicy(planned, context)
  return { name: text, arn: text, why: `attached policy ${text} is not in the plan`, cause: 'notKnown' }
}

function boundaryOf (role: PlannedResource, context: TerraformContext): PlannedRole['boundary'] {
  const { values, expressions, address } = role
  const boundary = values['permissions_boundary']
  if (boundary == null || boundary === '') return undefined
  if (isUnset(boundary, expressions, 'permissions_boundary')) return undefined
  const found = attachedPolicy(role, 'permissions_boundary', context)
  return 'part' in found ? found : { ...found, name: found.name === address ? 'permissionsBoundary' : found.name }
}
