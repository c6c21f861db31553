import type {
  AccountName,
  OrganizationPolicies,
  OrganizationPolicyKind,
  PolicyLevel,
  Read
} from '../verify/read/policy-source.js'
import { failed, type Outcome } from './call.js'
import type { CallFailure } from './errors.js'
import type { OrganizationReads } from './organizations.js'

type Kind = OrganizationPolicyKind
type Lost = PolicyLevel['lost'][number]

export interface OrganizationAccess {
  /** As the service itself: every account may describe the organization that it is in. */
  own: OrganizationReads
  /** As who may read the policies of an organization with this management account. */
  asManagement(managementAccountId: string): OrganizationReads
  /** The account of the service's own credentials. */
  callerAccount(): Promise<Outcome<string>>
}

/**
 * More levels than an organization may have:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
 */
const MAX_LEVELS = 12

/** https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html */
export async function readOrganization (
  { accountId }: AccountName,
  access: OrganizationAccess
): Promise<OrganizationPolicies> {
  const organization = await access.own.organization()
  if (!organization.ok)
    return organization.missing ? await withoutOrganization(accountId, access) : both(failed(organization))
  const { Id, MasterAccountId, FeatureSet } = organization.value
  // Neither kind binds the management account, and neither exists where the organization only bills.
  if (MasterAccountId === accountId)
    return { ...both({ state: 'notPresent' }), ...(await managementMembership(Id, accountId, access)) }
  if (FeatureSet === 'CONSOLIDATED_BILLING') return both({ state: 'notPresent' })
  const reads = access.asManagement(MasterAccountId ?? '')
  const { path, failure } = await pathTo(accountId, reads, askFor(reads))
  if (failure?.missing === true)
    return both(outOfSight(`account ${accountId} is not in the organization of the credentials`))
  // Every account may describe the organization that it is in, though not look up where in it.
  const isMember = path.length > 1 || (await isOwnAccount(accountId, access))
  // Whatever hides the levels above, a Deny of those that can be read still denies.
  const above = failure === undefined ? [] : [levelLost('the levels above', failure)]
  const [serviceControlPolicies, resourceControlPolicies] = await Promise.all([
    readLevels('serviceControlPolicies', path, above, reads),
    readLevels('resourceControlPolicies', path, above, reads)
  ])
  return {
    serviceControlPolicies,
    resourceControlPolicies,
    ...(isMember ? memberOf(Id, failure === undefined ? path.slice(0, -1) : undefined) : {})
  }
}

/**
 * Membership in the organization with this id; `units`: what is above the account, root first, where it is known.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-view-data-orgs.html#access_policies_last-accessed-viewing-orgs-entity-path
 */
function memberOf (
  organizationId: string | undefined,
  units?: readonly string[]
): Pick<OrganizationPolicies, 'membership'> {
  if (organizationId === undefined) return {}
  const path = units === undefined ? {} : { path: `${[organizationId, ...units].join('/')}/` }
  return { membership: { state: 'read', value: { organizationId, ...path } } }
}

/**
 * The management account is below the root like any other account, in a unit or in none.
 * https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html
 */
async function managementMembership (
  organizationId: string | undefined,
  accountId: string,
  access: OrganizationAccess
): Promise<Pick<OrganizationPolicies, 'membership' | 'pathNotRead'>> {
  const { path, failure } = await pathTo(accountId, access.asManagement(accountId))
  return failure === undefined
    ? memberOf(organizationId, path.slice(0, -1))
    : { ...memberOf(organizationId), pathNotRead: failure.why }
}

async function isOwnAccount (accountId: string, { callerAccount }: OrganizationAccess): Promise<boolean> {
  const caller = await callerAccount()
  return caller.ok && caller.value === accountId
}

/** The account of the credentials is in no organization; what that says of another account is nothing. */
async function withoutOrganization (
  accountId: string,
  { callerAccount }: OrganizationAccess
): Promise<OrganizationPolicies> {
  const caller = await callerAccount()
  if (!caller.ok) return both(failed(caller))
  return caller.value === accountId
    ? { ...both({ state: 'notPresent' }), membership: { state: 'notPresent' } }
    : both(
      outOfSight(
        `the credentials are of account ${caller.value}, which is in no organization; ` +
            `that of account ${accountId} cannot be seen`
      )
    )
}

/**
 * Asks for the policies of a level now, so that they come while the way up is still being found, and although it may
 * not be found.
 */
const askFor =
  (reads: OrganizationReads) =>
    (id: string): void => {
      for (const kind of ['serviceControlPolicies', 'resourceControlPolicies'] as const) void readLevel(kind, id, reads)
    }

/**
 * The account and what is above it, root first; with `failure`, as far up as was read. `onLevel`: called for each as it
 * is found.
 */
async function pathTo (
  accountId: string,
  reads: OrganizationReads,
  onLevel: (id: string) => void = () => {}
): Promise<{ path: string[]; failure?: CallFailure }> {
  const path = [accountId]
  onLevel(accountId)
  while (path.length <= MAX_LEVELS) {
    const {
      items: [parent],
      failure
    } = await reads.parents(path[0] ?? '')
    if (failure !== undefined) return { path, failure }
    if (parent?.Id === undefined) return { path, failure: malformed('no parent came') }
    path.unshift(parent.Id)
    onLevel(parent.Id)
    if (parent.Type === 'ROOT') return { path }
  }
  return { path, failure: malformed('the way up has no end') }
}

async function readLevels (
  kind: Kind,
  path: readonly string[],
  above: readonly PolicyLevel[],
  reads: OrganizationReads
): Promise<Read<PolicyLevel[]>> {
  const levels = await Promise.all(path.map((targetId) => readLevel(kind, targetId, reads)))
  const refused = levels.find(({ refusal }) => refusal !== undefined)?.refusal
  if (refused !== undefined && levels.every(({ refusal }) => refusal !== undefined)) return failed(refused)
  const all = [...above, ...levels.map(({ level }) => level)]
  // AWS attaches a policy to every level, and the last cannot be detached: without any, the kind is not in use.
  return all.every(({ read, lost }) => read.length + lost.length === 0)
    ? { state: 'notPresent' }
    : { state: 'read', value: all }
}

async function readLevel (
  kind: Kind,
  targetId: string,
  reads: OrganizationReads
): Promise<{ level: PolicyLevel; refusal?: CallFailure }> {
  const { items, failure } = await reads[kind](targetId)
  const level: PolicyLevel =
    failure === undefined ? { read: [], lost: [] } : levelLost(`policies of ${targetId}`, failure)
  const policies = await Promise.all(
    items.map(async ({ Id, Name }) => ({
      name: Name ?? Id ?? '',
      policy: Id === undefined ? withoutId : await reads.policy(Id)
    }))
  )
  for (const { name, policy } of policies) {
    if (policy.state === 'read') level.read.push(policy.value)
    else if (policy.state === 'notRead') level.lost.push({ name, why: policy.why, cause: policy.cause })
  }
  return { level, ...(failure?.cause === 'accessDenied' && items.length === 0 ? { refusal: failure } : {}) }
}

const withoutId: Read<never> = {
  state: 'notRead',
  why: 'ListPoliciesForTarget failed: a policy came without an id',
  cause: 'malformedAnswer'
}

function levelLost (name: string, { why, cause }: CallFailure): PolicyLevel {
  const lost: Lost = { name, why, cause }
  return { read: [], lost: [lost] }
}

function malformed (fault: string): CallFailure {
  return { why: `ListParents failed: ${fault}`, cause: 'malformedAnswer', missing: false }
}

function outOfSight (why: string): Exclude<Read<never>, { state: 'read' }> {
  return { state: 'notRead', why, cause: 'otherOrganization' }
}

function both (read: Exclude<Read<never>, { state: 'read' }>): OrganizationPolicies {
  return { serviceControlPolicies: read, resourceControlPolicies: read }
}
