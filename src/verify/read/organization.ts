import type { Layer } from '../../iam/decide/request.js'
import { compilePolicy } from '../../iam/document/policy-document.js'
import type { Membership } from '../../personalize/call-facts.js'
import type { S3Contexts } from './bucket-evidence.js'
import type { GivenContext } from './context.js'
import { policyEvidence, type PolicyEvidence } from './evidence.js'
import type {
  OrganizationPolicies,
  OrganizationPolicyKind,
  PolicyLevel,
  PolicySource,
  Read,
  ReadFailure
} from './policy-source.js'
import { TIMED_OUT, withinSignal } from './within-signal.js'

/**
 * The levels of an organization's policies that bind one account, or, without an `accountId`, every account in
 * question.
 */
export interface AccountLevels {
  accountId?: string
  levels: readonly Layer[]
}

/**
 * AWS attaches this one on every level and does not let it be detached, so that all other resource control policies
 * only deny.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
 */
const RCP_FULL_ACCESS = compilePolicy('RCPFullAWSAccess', {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }]
})

/** A level of resource control policies with the one that is always there. */
export function withFullAccess ({ policies, complete }: Layer): Layer {
  return { policies: [RCP_FULL_ACCESS, ...policies], complete }
}

/** What binds an account; undefined where that is not known. */
export function levelsFor (
  lists: readonly AccountLevels[] | undefined,
  accountId: string
): readonly Layer[] | undefined {
  return lists?.find((list) => list.accountId === undefined || list.accountId === accountId)?.levels
}

/** Something that is not evaluated, and why. */
export interface NotEvaluated {
  what: string
  why: string
  kmsKeyArn?: string
  roleArn?: string
  bucket?: string
  accountId?: string
  name?: string
}

/** Something that could not be read, and so is not evaluated. */
export interface FailedRead extends NotEvaluated {
  cause: ReadFailure
}

/**
 * Policies that bind whole accounts: service control policies the roles in them, resource control policies the keys.
 */
export interface OrganizationLayers {
  serviceControlPolicies?: readonly AccountLevels[]
  resourceControlPolicies?: readonly AccountLevels[]
  /** All of them with their documents, so that a statement can be quoted. */
  organizationEvidence?: readonly PolicyEvidence[]
  /** What of them was not read, so that what they decide is unknown. */
  organizationUnread?: readonly FailedRead[]
  /** Which of them are out of sight, and so left out of the judgement. */
  organizationNotEvaluated?: readonly NotEvaluated[]
  /** The organization of each account, as far as it was read. */
  memberships?: ReadonlyMap<string, Membership>
}

/** What binds whole accounts, and what the request gives of the calls. */
export interface OrganizationContext extends OrganizationLayers {
  context: GivenContext
  /** Of the key at hand, where the buckets are known. */
  s3Arns?: S3Contexts
  /** What the request leaves out and the evaluation assumes. */
  assumptions?: readonly NotEvaluated[]
  /** When AWS was read; undefined where the answer must not depend on the time. */
  now: Date | undefined
  /** The documents of a request, as they are written. */
  organizationDocuments?: ReadonlyArray<{
    kind: 'serviceControlPolicy' | 'resourceControlPolicy'
    name: string
    document: unknown
  }>
}

type Kind = OrganizationPolicyKind

/** What is known of one kind of policy for one account. */
interface Known {
  levels: AccountLevels[]
  evidence: PolicyEvidence[]
  unread: FailedRead[]
  notEvaluated: NotEvaluated[]
}

/** The accounts whose organizations matter: service control policies bind roles, resource control policies keys. */
export interface Accounts {
  keys: readonly string[]
  roles: readonly string[]
}

/** What was read of the organization of one account. */
export interface ObservedOrganization {
  accountId: string
  policies: OrganizationPolicies
}

/** Reads what the organizations of these accounts lay down for them; undefined where the source cannot. */
export async function readOrganizations (
  source: PolicySource,
  { partition, keys, roles }: Accounts & { partition: string },
  signal: AbortSignal
): Promise<ObservedOrganization[] | undefined> {
  const { readOrganizationPolicies } = source
  if (readOrganizationPolicies === undefined) return undefined
  const accountIds = [...new Set([...roles, ...keys])]
  return await Promise.all(
    accountIds.map(async (accountId) => ({
      accountId,
      policies: await withinSignal(readOrganizationPolicies({ partition, accountId }, signal), signal, () => ({
        serviceControlPolicies: TIMED_OUT,
        resourceControlPolicies: TIMED_OUT
      }))
    }))
  )
}

/** What was read of organizations, as the layers that bind these accounts. */
export function organizationLayers (
  observed: readonly ObservedOrganization[] | undefined,
  { keys, roles }: Accounts
): OrganizationLayers {
  if (observed === undefined) return { organizationNotEvaluated: NOT_CONFIGURED }
  const known = (kind: Kind, accounts: readonly string[]): Known[] =>
    observed.flatMap(({ accountId, policies }) =>
      accounts.includes(accountId) ? [knownOf(kind, accountId, policies[kind])] : []
    )
  const scps = known('serviceControlPolicies', roles)
  // They bind a key and, where it is assumed, a role.
  const rcps = known('resourceControlPolicies', [...keys, ...roles])
  return {
    memberships: new Map(
      observed.flatMap(({ accountId, policies: { membership } }): Array<[string, Membership]> => {
        if (membership?.state === 'read') return [[accountId, membership.value]]
        return membership?.state === 'notPresent' ? [[accountId, 'none']] : []
      })
    ),
    serviceControlPolicies: scps.flatMap(({ levels }) => levels),
    resourceControlPolicies: rcps.flatMap(({ levels }) => levels),
    organizationEvidence: [...scps, ...rcps].flatMap(({ evidence }) => evidence),
    organizationUnread: [...scps, ...rcps].flatMap(({ unread }) => unread),
    organizationNotEvaluated: [
      ...[...scps, ...rcps].flatMap(({ notEvaluated }) => notEvaluated),
      ...observed.flatMap(({ accountId, policies: { pathNotRead: why } }) =>
        why === undefined ? [] : [{ what: 'organizationPath', accountId, why }]
      )
    ]
  }
}

const NOT_CONFIGURED: NotEvaluated[] = (['serviceControlPolicies', 'resourceControlPolicies'] as const).map((what) => ({
  what,
  why: 'The service is not set up to read the policies of organizations.'
}))

/**
 * An organization that the credentials do not belong to is left out, as if the service were not set up for it. Any
 * other failure hides policies that may deny, so what they decide is unknown.
 */
function knownOf (what: Kind, accountId: string, read: Read<PolicyLevel[]>): Known {
  if (read.state === 'notPresent') return { ...NOTHING_KNOWN, levels: [{ accountId, levels: [] }] }
  if (read.state === 'read') {
    const unread = read.value.flatMap(({ lost }) => lost.map((each) => ({ what, accountId, ...each })))
    const levels = read.value.map(evidenceOf)
    return {
      ...NOTHING_KNOWN,
      levels: [{ accountId, levels: levels.map((level) => layerOf(what, level)) }],
      evidence: levels.flatMap(({ evidence }) => evidence),
      unread
    }
  }
  const { why } = read
  const cause = read.state === 'notRead' ? read.cause : 'other'
  if (cause === 'otherOrganization') return { ...NOTHING_KNOWN, notEvaluated: [{ what, accountId, why }] }
  return {
    ...NOTHING_KNOWN,
    levels: [{ accountId, levels: [{ policies: [], complete: false }] }],
    unread: [{ what, accountId, why, cause }]
  }
}

const NOTHING_KNOWN: Known = { levels: [], evidence: [], unread: [], notEvaluated: [] }

interface LevelEvidence {
  evidence: PolicyEvidence[]
  isComplete: boolean
}

function evidenceOf ({ read, lost }: PolicyLevel): LevelEvidence {
  return { evidence: read.map(({ name, document }) => policyEvidence(name, document)), isComplete: lost.length === 0 }
}

function layerOf (kind: Kind, { evidence, isComplete }: LevelEvidence): AccountLevels['levels'][number] {
  const layer = { policies: evidence.map(({ policy }) => policy), complete: isComplete }
  return kind === 'resourceControlPolicies' ? withFullAccess(layer) : layer
}
