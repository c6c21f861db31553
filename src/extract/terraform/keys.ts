import type { Grant } from '../../../schemas/key-answers.js'
import { isObject } from '../../json/json.js'
import type { Read } from '../../verify/read/policy-source.js'
import { plannedState } from '../key-state.js'
import { defaultKeyPolicy, placeholderKeyArn, type PlannedKey } from '../plan.js'
import { type PolicyPart, policyPart, unknownPart } from '../policy-part.js'
import { findUnknown, isUnknown, knownText } from '../unknown.js'
import type { PlannedResource } from './plan-json.js'
import { rebuiltPolicy } from './policy-document.js'
import { onlyReference } from './references.js'
import type { TerraformContext } from './context.js'

const KEY_TYPES = [
  'aws_kms_key',
  'aws_kms_external_key',
  'aws_kms_replica_key',
  'aws_kms_replica_external_key',
  'awscc_kms_key',
  'awscc_kms_replica_key'
]

/** The customer-managed keys of a plan with their policies, aliases and grants. */
export function plannedKeys (context: TerraformContext): PlannedKey[] {
  return context.ofType(...KEY_TYPES).map((resource) => plannedKey(resource, context))
}

function plannedKey (resource: PlannedResource, context: TerraformContext): PlannedKey {
  const { address, values, isNew } = resource
  const known = knownText(values['arn'])
  const arn = known ?? placeholderKeyArn(address, { accountId: context.accountId, region: context.regionOf(resource) })
  const named = (each: PlannedResource, attribute: string): boolean | undefined =>
    pointsAt(each, attribute, resource, arn, context)
  const aliases = context
    .ofType('aws_kms_alias', 'awscc_kms_alias')
    .filter((each) => named(each, 'target_key_id') === true)
  const policies = context.ofType('aws_kms_key_policy').filter((each) => named(each, 'key_id') !== false)
  const grants = context.ofType('aws_kms_grant').filter((each) => named(each, 'key_id') !== false)
  const isOpen = (each: PlannedResource): boolean => named(each, 'key_id') === undefined
  const [own] = policies
  const removed = context.plan.removed.find(
    (each) => each.type === 'aws_kms_key_policy' && named(each, 'key_id') === true
  )
  return {
    address,
    arn,
    isPlaceholder: known === undefined,
    names: [
      address,
      arn,
      knownText(values['key_id']) ?? arn,
      ...aliases.flatMap(({ values }) => aliasNames(values, arn))
    ],
    policy:
      own === undefined && removed !== undefined
        ? unknownPart(`${removed.address} is deleted: what policy ${address} has then is known only after the apply`)
        : keyPolicyOf(resource, policies, policies.find(isOpen), context),
    grants: grantsOf(grants, grants.find(isOpen)),
    metadata: stateOf(resource),
    credentials: context.credentialsOf(resource),
    notes: [
      ...context.plan.notes,
      ...(isNew ? [] : [`${address} exists: grants that are not in the plan were not evaluated.`]),
      ...(own !== undefined && resource.expressions?.['policy'] !== undefined
        ? [`The policy of ${address} is set by ${own.address}, too: the two replace each other.`]
        : [])
    ]
  }
}

const STATE_ATTRIBUTES = {
  isEnabled: ['is_enabled', 'enabled'],
  spec: ['customer_master_key_spec', 'key_spec'],
  usage: ['key_usage']
}

/** An attribute that is computed where the configuration does not set it is left to AWS. */
function stateOf ({ values, expressions, address }: PlannedResource): PlannedKey['metadata'] {
  const set = ([first = '', second = first]: readonly string[]): unknown => {
    const name = values[first] == null ? second : first
    const isComputed = isUnknown(values[name]) && expressions !== undefined && expressions[name] === undefined
    return isComputed ? undefined : values[name]
  }
  const { isEnabled, spec, usage } = STATE_ATTRIBUTES
  return plannedState({ isEnabled: set(isEnabled), spec: set(spec), usage: set(usage) }, address)
}

/** A separate resource sets the policy after the key is created. `open`: one of which it is not known whose it is. */
function keyPolicyOf (
  key: PlannedResource,
  [own, ...others]: readonly PlannedResource[],
  open: PlannedResource | undefined,
  context: TerraformContext
): PolicyPart {
  if (open !== undefined) return unknownPart(`which key ${open.address} belongs to is known only after the apply`)
  if (own === undefined) return ownPolicy(key, context)
  if (others.length > 0) return unknownPart(`${own.address} and ${others[0]?.address} set the policy of ${key.address}`)
  return attributePolicy(own, 'policy', context)
}

function aliasNames (values: PlannedResource['values'], keyArn: string): string[] {
  const name = knownText(values['name'] ?? values['alias_name'])
  return name === undefined ? [] : [name, keyArn.replace(/:key\/.*$/, `:${name}`)]
}

/**
 * Whether an attribute names this key: by its ARN or id, or where that is not known yet by a reference. Undefined where
 * it may.
 */
function pointsAt (
  from: PlannedResource,
  attribute: string,
  key: PlannedResource,
  arn: string,
  { plan }: TerraformContext
): boolean | undefined {
  const value = knownText(from.values[attribute])
  if (value !== undefined) return value === arn || value === knownText(key.values['key_id'])
  const referenced = onlyReference(plan, from, attribute)?.resource
  return referenced !== undefined && KEY_TYPES.includes(referenced.type) ? referenced === key : undefined
}

/**
 * The policy in the resource of the key. Without an expression for it the key gets the default policy of AWS KMS,
 * though the plan says that it is not known yet.
 */
function ownPolicy (resource: PlannedResource, context: TerraformContext): PolicyPart {
  const attribute = resource.type.startsWith('awscc_') ? 'key_policy' : 'policy'
  const { values, expressions } = resource
  const isUnset = values[attribute] == null || isUnknown(values[attribute])
  if (isUnset && expressions !== undefined && expressions[attribute] === undefined)
    return defaultKeyPolicy(context.accountId, context.regionOf(resource))
  return attributePolicy(resource, attribute, context)
}

/**
 * The policy in an attribute. One that is not known yet and refers to a policy document alone is rebuilt from the
 * document's statements.
 */
export function attributePolicy (resource: PlannedResource, attribute: string, { plan }: TerraformContext): PolicyPart {
  const value = resource.values[attribute]
  if (value == null) return unknownPart(`${resource.address}.${attribute} is not set`)
  // A later plan decides whether there is such a policy at all.
  if (!isUnknown(value) || resource.isDeferred === true) return policyPart(value)
  const referenced = onlyReference(plan, resource, attribute)
  const isDocument =
    referenced?.resource.type === 'aws_iam_policy_document' && /^(minified_)?json$/.test(referenced.attribute)
  return referenced !== undefined && isDocument ? policyPart(rebuiltPolicy(referenced.resource)) : policyPart(value)
}

function grantsOf (resources: readonly PlannedResource[], unplaced: PlannedResource | undefined): Read<Grant[]> {
  if (resources.length === 0) return { state: 'notPresent' }
  if (unplaced !== undefined)
    return { state: 'notRead', why: `which key ${unplaced.address} belongs to is not known yet`, cause: 'notKnown' }
  const open = resources
    .map(({ values }) => values)
    .map(grantMembers)
    .map(findUnknown)
    .find((found) => found !== undefined)
  if (open !== undefined) return { state: 'notRead', why: open.why, cause: 'notKnown' }
  return { state: 'read', value: resources.map(({ values, address }) => grantOf(values, address)) }
}

/** What decides what a grant allows; its id and token are never known before. */
function grantMembers ({
  grantee_principal,
  operations,
  constraints,
  retiring_principal
}: PlannedResource['values']): unknown[] {
  return [grantee_principal, operations, constraints, retiring_principal]
}

function grantOf (values: PlannedResource['values'], address: string): Grant {
  const { grantee_principal: grantee, retiring_principal: retiring, operations, constraints } = values
  const blocks = (Array.isArray(constraints) ? constraints : []).filter(isObject)
  // The block may come more than once: each constrains the grant.
  const pairs = (name: string): Record<string, string> | undefined => {
    const maps = blocks.map((block) => block[name]).filter(isObject)
    const entries = maps.flatMap(Object.entries<unknown>).map(([key, text]) => [key, String(text)] as const)
    return maps.length === 0 ? undefined : Object.fromEntries(entries)
  }
  const equals = pairs('encryption_context_equals')
  const subset = pairs('encryption_context_subset')
  return {
    GrantId: address,
    GranteePrincipal: String(grantee),
    ...(knownText(retiring) === undefined ? {} : { RetiringPrincipal: String(retiring) }),
    Operations: Array.isArray(operations) ? operations.map(String) : [],
    ...(blocks.length === 0
      ? {}
      : {
        Constraints: {
          ...(equals === undefined ? {} : { EncryptionContextEquals: equals }),
          ...(subset === undefined ? {} : { EncryptionContextSubset: subset })
        }
      })
  }
}
