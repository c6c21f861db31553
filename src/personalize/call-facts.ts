import { ABSENT, type ContextValue, type KeyRelations, known } from '../iam/match/request-context.js'
import { SERVICE_PRINCIPAL } from './identifiers.js'

type Entries = Array<readonly [string, ContextValue]>

/** Where an account is in an organization. `none`: it is in no organization. Undefined members were not read. */
export type Membership = 'none' | { organizationId: string; path?: string }

/** What was read of the role and the key beside their policies; what was not read is left out. */
export interface CallFacts {
  /** `AROA…`, of GetRole. */
  roleId?: string
  /** Tags of the role. */
  roleTags?: Readonly<Record<string, string>>
  /** Whether Personalize may pass session tags: then the session has tags that the role does not have. */
  sessionTags?: boolean
  keyTags?: Readonly<Record<string, string>>
  /** Names of the key's aliases: `alias/data`. */
  aliases?: readonly string[]
  roleMembership?: Membership
  keyMembership?: Membership
  /** Of the account that runs Personalize. */
  sourceMembership?: Membership
}

const PRINCIPAL_TAG = 'aws:principaltag/'
const RESOURCE_TAG = 'aws:resourcetag/'

/** The keys of a role's session that come from the role. */
export function roleFactEntries ({ roleId, roleTags, sessionTags, roleMembership }: CallFacts): Entries {
  return [
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-infotouse
    ['aws:userid', { state: 'unknown', mayBeAbsent: false, like: [`${roleId ?? '?*'}:?*`] }],
    // No service uses MFA when it assumes a role.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
    ['aws:MultiFactorAuthPresent', { state: 'unknown', mayBeAbsent: true, like: ['false'] }],
    ['aws:MultiFactorAuthAge', ABSENT],
    ...(sessionTags === false ? tagEntries('aws:PrincipalTag/', roleTags) : []),
    ...membershipEntries('aws:Principal', roleMembership)
  ]
}

const maybe = (like: readonly string[]): ContextValue => ({ state: 'unknown', mayBeAbsent: true, like })

/**
 * The organization of the resource on whose behalf the service calls. Whether it sends the key is not known here; if
 * it sends one, it is that of the account that runs Personalize, and an account in no organization has none.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceorgid
 */
export function sourceFactEntries ({ sourceMembership }: CallFacts): Entries {
  return membershipEntries('aws:Source', sourceMembership).map(
    ([name, value]) => [name, value.state === 'known' ? maybe(value.values) : mayBeMissing(value)] as const
  )
}

function mayBeMissing (value: ContextValue): ContextValue {
  return value.state === 'unknown' ? { ...value, mayBeAbsent: true } : value
}

/**
 * Role and key of one account are of one organization, whichever it is. A call on behalf of an account that is in an
 * organization names the organization where it names the account: AWS's own example denies what lacks it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export function keyRelations (
  caller: 'role' | 'service',
  { sourceMembership }: CallFacts,
  isOfOneAccount: boolean
): KeyRelations | undefined {
  if (caller === 'role') return isOfOneAccount ? OF_ONE_ACCOUNT : undefined
  return sourceMembership === undefined || sourceMembership === 'none' ? undefined : OF_A_MEMBER
}

const OF_ONE_ACCOUNT: KeyRelations = {
  equal: [
    ['aws:principalorgid', 'aws:resourceorgid'],
    ['aws:principalorgpaths', 'aws:resourceorgpaths']
  ],
  implied: []
}
const OF_A_MEMBER: KeyRelations = {
  equal: [],
  implied: [
    ['aws:sourceaccount', 'aws:sourceorgid'],
    ['aws:sourceaccount', 'aws:sourceorgpaths']
  ]
}

/** Stands for an account of AWS itself: no customer has this number, so only a wildcard matches it. */
const ACCOUNT_OF_AWS = '000000000000'

/**
 * None of these describes a principal of a customer's account, so a list of one's own principals never matches. AWS
 * does not document more: they may be absent, or describe the service or a role of an account of AWS. A pattern for
 * any account therefore stays open.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
 */
export function serviceFactEntries (partition: string): Entries {
  const other = (...like: string[]): ContextValue => maybe(like)
  const arns = ['iam', 'sts'].map((service) => `arn:${partition}:${service}::${ACCOUNT_OF_AWS}:*`)
  return [
    ['aws:PrincipalArn', other(SERVICE_PRINCIPAL, ...arns)],
    ['aws:userid', other(SERVICE_PRINCIPAL, `AROA${ACCOUNT_OF_AWS}:*`)]
  ]
}

/** The keys of a call that come from the key. */
export function keyFactEntries ({ keyTags, aliases, keyMembership }: CallFacts): Entries {
  return [
    ...tagEntries('aws:ResourceTag/', keyTags),
    ...(aliases === undefined ? [] : aliasEntries(aliases)),
    ...membershipEntries('aws:Resource', keyMembership)
  ]
}

/**
 * The aliases of the key. A request that identifies the key by an alias has that alias as kms:RequestAlias.
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
 */
function aliasEntries (aliases: readonly string[]): Entries {
  return [
    ['kms:ResourceAliases', known(aliases)],
    ['kms:RequestAlias', aliases.length === 0 ? ABSENT : maybe(aliases)]
  ]
}

/** Tags that a role or key certainly does not have; undefined where the (lower-case) key is no tag that was read. */
export function missingTag (
  key: string,
  { roleTags, sessionTags, keyTags }: CallFacts,
  caller: 'role' | 'service'
): ContextValue | undefined {
  if (key.startsWith(RESOURCE_TAG)) return keyTags === undefined ? undefined : ABSENT
  if (!key.startsWith(PRINCIPAL_TAG)) return undefined
  return caller === 'service' || (roleTags !== undefined && sessionTags === false) ? ABSENT : undefined
}

export function tagEntries (prefix: string, tags: Readonly<Record<string, string>> = {}): Entries {
  return Object.entries(tags).map(([name, value]) => [`${prefix}${name}`, known(value)] as const)
}

/** The organization of a principal or a resource, with what of it was read. */
export function membershipEntries (
  prefix: 'aws:Principal' | 'aws:Resource' | 'aws:Source',
  membership: Membership | undefined
): Entries {
  if (membership === undefined) return []
  const [id, paths] = [`${prefix}OrgID`, `${prefix}OrgPaths`]
  if (membership === 'none') {
    return [
      [id, ABSENT],
      [paths, ABSENT]
    ]
  }
  const { organizationId, path } = membership
  return [
    [id, known(organizationId)],
    [paths, path === undefined ? { state: 'unknown', mayBeAbsent: false, like: [`${organizationId}/*`] } : known([path])]
  ]
}
