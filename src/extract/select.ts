import type { UsageOfKeys } from '../../schemas/usage.js'
import type { VerifyDocumentsRequest } from '../../schemas/verification.js'
import type { NotEvaluated } from '../verify/read/organization.js'
import type { ObservedKey, ObservedRole, Read } from '../verify/read/policy-source.js'
import type { PlannedDocuments } from '../verify/verify-planned.js'
import { withOpenNames } from './open-names.js'
import { type Plan, PlanError, type PlannedKey, type PlannedPolicy, type PlannedRole } from './plan.js'

/** Which keys and roles of a plan are meant: by ARN, address, logical id, alias or name. */
export interface PlanSelection {
  keys?: readonly string[] | undefined
  roles?: readonly string[] | undefined
}

/** The ARNs that a selection stands for. Throws where the plan leaves open which are meant. */
export function selectArns (plan: Plan, selection: PlanSelection): { kmsKeyArns: string[]; roleArns: string[] } {
  const [keys = [], roles = []] = [ofPairs(plan, 'key'), ofPairs(plan, 'role')]
  if (selection.keys?.length !== 1 && selection.roles?.length !== 1 && keys.length > 1 && roles.length > 1) {
    const groups = plan.pairs.map(({ address }) => address).join(', ')
    throw new PlanError(`${groups} have several keys and several roles; choose with --key and --role`)
  }
  const arns = {
    kmsKeyArns: chosen('key', selection.keys, plan.keys, ofPairs(plan, 'key'), plan),
    roleArns: chosen('role', selection.roles, plan.roles, ofPairs(plan, 'role') ?? servingRoles(plan), plan)
  }
  refuseSeveralAccounts(plan, [...arns.kmsKeyArns, ...arns.roleArns])
  return arns
}

/** All ARNs that are foretold have one account; providers with other credentials may create them in another. */
function refuseSeveralAccounts ({ keys, roles, source }: Plan, arns: readonly string[]): void {
  const foretold = [...keys, ...roles].filter(({ arn, credentials }) => credentials !== undefined && arns.includes(arn))
  const [first] = foretold
  const other = foretold.find(({ credentials }) => credentials !== first?.credentials)
  if (first !== undefined && other !== undefined)
    throw new PlanError(
      `${first.address} and ${other.address} are created with different credentials, maybe in different accounts: ` +
        `the ${source} does not say in which; verify it after the apply`
    )
}

type Named = Pick<PlannedKey, 'address' | 'arn' | 'names'>

function chosen (
  what: 'key' | 'role',
  names: readonly string[] | undefined,
  planned: readonly Named[],
  preferred: string[] | undefined,
  { source }: Plan
): string[] {
  const list = planned.map(({ address }) => address).join(', ')
  if (names !== undefined && names.length > 0) return names.map((name) => arnOf(name, what, planned, source))
  if (preferred !== undefined && preferred.length > 0) return preferred
  const [only, ...others] = planned
  if (only === undefined) throw new PlanError(`the ${source} contains no ${what}; name one with --${what}`)
  if (others.length > 0) throw new PlanError(`the ${source} contains several ${what}s (${list}); choose with --${what}`)
  return [only.arn]
}

/** A name that the plan does not have is taken for the ARN of a key or role outside of it. */
function arnOf (name: string, what: string, planned: readonly Named[], source: string): string {
  const found = planned.filter(({ names }) => names.includes(name))
  const [only, ...others] = found
  if (only !== undefined && others.length === 0) return only.arn
  if (others.length > 0)
    throw new PlanError(`${name} is the name of several ${what}s: ${found.map(({ address }) => address).join(', ')}`)
  if (name.startsWith('arn:')) return name
  const known = planned.map(({ address }) => address).join(', ')
  throw new PlanError(`the ${source} contains no ${what} ${name}; it contains ${known === '' ? 'none' : known}`)
}

/** The keys or roles that dataset groups name; undefined where none does. */
function ofPairs ({ pairs, keys, roles }: Plan, what: 'key' | 'role'): string[] | undefined {
  const planned: readonly Named[] = what === 'key' ? keys : roles
  const arns = pairs.flatMap((pair) => {
    const name = pair[what]
    if (name === undefined) return []
    return planned.find(({ names }) => names.includes(name))?.arn ?? (name.startsWith('arn:') ? name : [])
  })
  return arns.length === 0 ? undefined : [...new Set(arns)]
}

/** The roles that mention Amazon Personalize in their trust policy. */
function servingRoles ({ roles }: Plan): string[] {
  return roles
    .filter(
      ({ trust: { read } }) => read.state === 'read' && JSON.stringify(read.value).includes('personalize.amazonaws.com')
    )
    .map(({ arn }) => arn)
}

/** The documents of the keys and roles of a usage. What the plan does not contain was not read. */
export function plannedDocuments (planned: Plan, usage: UsageOfKeys): PlannedDocuments {
  const plan = withOpenNames(planned)
  const keys = usage.kmsKeyArns.map((arn) => plan.keys.find((key) => key.arn === arn) ?? arn)
  const roles = usage.roleArns.map((arn) => plan.roles.find((role) => role.arn === arn) ?? arn)
  return {
    usage,
    keys: keys.map((key) => (typeof key === 'string' ? foreignKey(key, plan) : observedKey(key))),
    roles: roles.map((role) => (typeof role === 'string' ? foreignRole(role, plan) : observedRole(role))),
    assumptions: [
      ...keys.flatMap((key) => (typeof key === 'string' ? [] : keyNotes(key))),
      ...roles.flatMap((role) => (typeof role === 'string' ? [] : roleNotes(role)))
    ]
  }
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

function observedKey ({ arn, policy, grants }: PlannedKey): ObservedKey {
  return {
    requestedArn: arn,
    kmsKeyArn: arn,
    metadata: { state: 'notPresent' },
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

function keyNotes ({ address, arn, isPlaceholder, notes }: PlannedKey): NotEvaluated[] {
  const texts = [
    `The state of ${address} is not part of the policies: it is assumed to be a usable key.`,
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

/**
 * The same as the body of POST /verify/documents; undefined where something is not known yet, which such a request
 * cannot say. Nothing else of the plan is in it.
 */
export function documentsRequest ({ usage, keys, roles }: PlannedDocuments): VerifyDocumentsRequest | undefined {
  const request: VerifyDocumentsRequest = { usage, keys: [], roles: [] }
  for (const { kmsKeyArn, keyPolicy, unknownInKeyPolicy = [], grants } of keys) {
    const document = documentOf(keyPolicy, unknownInKeyPolicy)
    if (document === undefined || grants.state === 'notRead') return undefined
    request.keys.push({ kmsKeyArn, keyPolicy: document, ...(grants.state === 'read' ? { grants: grants.value } : {}) })
  }
  for (const role of roles) {
    const documents = roleDocuments(role)
    if (documents === undefined) return undefined
    request.roles.push(documents)
  }
  return request
}

type Document = VerifyDocumentsRequest['keys'][number]['keyPolicy']

function documentOf (read: Read<unknown>, unknown: readonly unknown[] = []): Document | undefined {
  return read.state === 'read' && unknown.length === 0 && isDocument(read.value) ? read.value : undefined
}

function isDocument (value: unknown): value is Document {
  return typeof value === 'string' || (typeof value === 'object' && value !== null)
}

function roleDocuments (role: ObservedRole): VerifyDocumentsRequest['roles'][number] | undefined {
  const { roleArn, trustPolicy, unknownInTrustPolicy, identityPolicies, permissionsBoundary: boundary } = role
  const trust = documentOf(trustPolicy, unknownInTrustPolicy)
  const policies = identityPolicies.read.flatMap(({ name, kind, document, unknown = [] }) =>
    unknown.length === 0 && isDocument(document)
      ? [{ name, kind: kind === 'inline' ? ('inline' as const) : ('managed' as const), document }]
      : []
  )
  const isComplete = identityPolicies.lost.length === 0 && policies.length === identityPolicies.read.length
  if (trust === undefined || !isComplete || boundary.state === 'notRead') return undefined
  const limit =
    boundary.state === 'read'
      ? documentOf({ state: 'read', value: boundary.value.document }, boundary.value.unknown)
      : undefined
  if (boundary.state === 'read' && limit === undefined) return undefined
  return {
    roleArn,
    identityPolicies: policies,
    trustPolicy: trust,
    ...(limit === undefined ? {} : { permissionsBoundary: limit })
  }
}
