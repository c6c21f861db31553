import type { OrganizationLayers } from './checks.js'
import { policyEvidence } from './evidence.js'
import { withFullAccess, type AccountLevels } from './organization-policies.js'
import type { OrganizationPolicies, PolicyLevel, PolicySource, Read } from './policy-source.js'
import type { NotEvaluated, Unread } from './unread.js'

type Kind = keyof OrganizationPolicies

/** What is known of one kind of policy for one account. */
interface Known { levels: AccountLevels[], unread: Unread[], notEvaluated: NotEvaluated[] }

/** The accounts whose organizations matter: service control policies bind roles, resource control policies keys. */
export interface Accounts { keys: readonly string[], roles: readonly string[] }

/** What was read of the organization of one account. */
export interface ObservedOrganization { accountId: string, policies: OrganizationPolicies }

/** Reads what the organizations of these accounts lay down for them; undefined where the source cannot. */
export async function readOrganizations (source: PolicySource, { partition, keys, roles }: Accounts & { partition: string }, signal: AbortSignal): Promise<ObservedOrganization[] | undefined> {
  const { readOrganizationPolicies } = source
  if (readOrganizationPolicies === undefined) return undefined
  const accountIds = [...new Set([...roles, ...keys])]
  return await Promise.all(accountIds.map(async (accountId) => ({ accountId, policies: await readOrganizationPolicies({ partition, accountId }, signal) })))
}

/** What was read of organizations, as the layers that bind these accounts. */
export function organizationLayers (observed: readonly ObservedOrganization[] | undefined, { keys, roles }: Accounts): OrganizationLayers {
  if (observed === undefined) return { organizationNotEvaluated: NOT_CONFIGURED }
  const known = (kind: Kind, accounts: readonly string[]): Known[] => observed.flatMap(({ accountId, policies }) =>
    accounts.includes(accountId) ? [knownOf(kind, accountId, policies[kind])] : [])
  const scps = known('serviceControlPolicies', roles)
  const rcps = known('resourceControlPolicies', keys)
  return {
    serviceControlPolicies: scps.flatMap(({ levels }) => levels),
    resourceControlPolicies: rcps.flatMap(({ levels }) => levels),
    organizationUnread: [...scps, ...rcps].flatMap(({ unread }) => unread),
    organizationNotEvaluated: [...scps, ...rcps].flatMap(({ notEvaluated }) => notEvaluated)
  }
}

const NOT_CONFIGURED: NotEvaluated[] = (['serviceControlPolicies', 'resourceControlPolicies'] as const)
  .map((what) => ({ what, why: 'The service is not set up to read the policies of organizations.' }))

/**
 * A refusal puts the organization out of the service's sight: its policies are left out, as if the service were not set up for
 * them. Any other failure hides policies that it may read, so what they decide is unknown.
 */
function knownOf (what: Kind, accountId: string, read: Read<PolicyLevel[]>): Known {
  if (read.state === 'notPresent') return { levels: [{ accountId, levels: [] }], unread: [], notEvaluated: [] }
  if (read.state === 'read') {
    const unread = read.value.flatMap(({ lost }) => lost.map((each) => ({ what, accountId, ...each })))
    return { levels: [{ accountId, levels: read.value.map((level) => layerOf(what, level)) }], unread, notEvaluated: [] }
  }
  const { why } = read
  const cause = read.state === 'notRead' ? read.cause : 'other'
  if (cause === 'accessDenied') return { levels: [], unread: [], notEvaluated: [{ what, accountId, why }] }
  return { levels: [{ accountId, levels: [{ policies: [], complete: false }] }], unread: [{ what, accountId, why, cause }], notEvaluated: [] }
}

function layerOf (kind: Kind, { read, lost }: PolicyLevel): AccountLevels['levels'][number] {
  const layer = { policies: read.map(({ name, document }) => policyEvidence(name, document).policy), complete: lost.length === 0 }
  return kind === 'resourceControlPolicies' ? withFullAccess(layer) : layer
}
