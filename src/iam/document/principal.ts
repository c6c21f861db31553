import { asList, describe, isObject, type Unsupported } from '../../json/json.js'
import { accountRootArn, type Arn, lastSegment, parseArn } from '../match/arn.js'
import { MAYBE, NO, or, type Truth, YES } from '../match/truth.js'

/** Who makes the request. `value` is an ARN; for a service its principal name; for `anonymous` nothing is looked at. */
export interface Principal {
  kind: 'role' | 'session' | 'user' | 'root' | 'service' | 'federated-user' | 'anonymous'
  value: string
}

/** A principal with the forms under which policies may name it. */
export interface Caller extends Principal {
  partition: string
  /** Empty for a service principal and an anonymous caller. */
  accountId: string
  rootArn: string
  /** The role's name for a role or a session of one. */
  roleName: string | undefined
  /** For a session: how the ARNs of the account's roles begin; for a role or session: how those of the sessions do. */
  rolePrefix: string
  sessionPrefix: string
  /**
   * Service-linked roles are bound by neither SCPs nor RCPs. *Maybe* for a session whose role has such a name: the
   * path, which identifies them for certain, is not in a session's ARN.
   */
  serviceLinked: Truth
}

const NOWHERE: Arn = { partition: '', service: '', region: '', accountId: '', resource: '' }

export function parseCaller ({ kind, value }: Principal): Caller {
  const arn = kind === 'service' || kind === 'anonymous' ? NOWHERE : (parseArn(value) ?? NOWHERE)
  const { partition, accountId, resource } = arn
  const roleName = kind === 'role' ? lastSegment(resource) : kind === 'session' ? resource.split('/')[1] : undefined
  return {
    kind,
    value,
    partition,
    accountId,
    rootArn: arn === NOWHERE ? '' : accountRootArn(partition, accountId),
    roleName,
    rolePrefix: kind === 'session' ? `arn:${partition}:iam::${accountId}:role/` : '',
    sessionPrefix: roleName === undefined ? '' : `arn:${partition}:sts::${accountId}:assumed-role/${roleName}/`,
    serviceLinked:
      kind === 'role' && resource.startsWith('role/aws-service-role/')
        ? YES
        : kind === 'session' && roleName?.startsWith('AWSServiceRoleFor') === true
          ? MAYBE
          : NO
  }
}

/** `Principal` or `NotPrincipal`: the names in it, by type. */
export interface PrincipalElement {
  inverted: boolean
  everyone: boolean
  aws: readonly string[]
  services: readonly string[]
  /** Names an account by its canonical user ID; which one that is, is not known. */
  canonical: boolean
  /** Holds a name that AWS does not accept, or that is not understood. */
  malformed: boolean
}

/**
 * How a statement names the caller. `account`: the caller's account, which only delegates to its IAM policies.
 * `role`: the role, whose sessions a boundary still limits. `direct`: the session, user or everyone, beyond an
 * implicit deny.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export interface PrincipalMatch {
  account: Truth
  role: Truth
  direct: Truth
}

/** Identity-based policies name no principal: they are about the one they are attached to. */
export const BY_ATTACHMENT: PrincipalMatch = { account: NO, role: NO, direct: YES }
export const NO_MATCH: PrincipalMatch = { account: NO, role: NO, direct: NO }
/** Whether it is the caller that is named is not known. */
export const POSSIBLE_MATCH: PrincipalMatch = { account: NO, role: NO, direct: MAYBE }
const BY_ACCOUNT: PrincipalMatch = { account: YES, role: NO, direct: NO }
const BY_ROLE: PrincipalMatch = { account: NO, role: YES, direct: NO }

const AWS_NAME =
  /^(\d{12}|arn:[a-z-]+:iam::\d{12}:(root|user\/[^*?\s{}<>]+|role\/[^*?\s{}<>]+)|arn:[a-z-]+:sts::\d{12}:(assumed-role|federated-user)\/[^*?\s{}<>]+|arn:[a-z-]+:iam::cloudfront:user\/[^*?]+)$/
/** The unique id that stands in a stored policy for a principal that has been deleted. */
const UNIQUE_ID = /^A[A-Z]{3}[A-Z0-9]{12,}$/
/**
 * Stands for an account in a bucket policy.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
 */
const CANONICAL_ID = /^[0-9a-f]{64}$/
const SERVICE_NAME = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/

/**
 * Reads `Principal` or `NotPrincipal`. A name that AWS refuses goes to `report`: it names no principal, the others in
 * the list still count. What is not even a name goes to `fault`: the statement must not be relied on.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function parsePrincipals (
  element: unknown,
  inverted: boolean,
  pointer: string,
  report: (found: Unsupported) => void,
  fault: (found: Unsupported) => void
): PrincipalElement {
  if (element === '*') return { inverted, everyone: true, aws: [], services: [], canonical: false, malformed: false }
  const names: Names = {
    inverted,
    everyone: false,
    aws: [],
    services: [],
    canonical: false,
    malformed: !isObject(element)
  }
  if (!isObject(element)) {
    fault({ pointer, what: `${describe(element)} is no principal` })
    return names
  }
  for (const type of Object.keys(element)) {
    for (const value of asList(element[type])) {
      if (typeof value === 'string' && addName(names, type, value)) continue
      names.malformed = true
      const isCanonical = type === 'CanonicalUser' && typeof value === 'string' && CANONICAL_ID.test(value)
      if (isCanonical) names.canonical = true
      const reportValue = typeof value === 'string' ? report : fault
      const what = isCanonical ? 'names an account that is not known' : 'is no principal'
      reportValue({ pointer: `${pointer}/${type}`, what: `${describe(value)} ${what}` })
    }
  }
  return names
}

interface Names extends PrincipalElement {
  aws: string[]
  services: string[]
}

/** Adds a name to the element; false where AWS would not take it. */
function addName (names: Names, type: string, name: string): boolean {
  if (type === 'AWS' && name === '*') names.everyone = true
  else if (type === 'AWS' && (AWS_NAME.test(name) || UNIQUE_ID.test(name))) names.aws.push(name)
  else if (type === 'Service' && SERVICE_NAME.test(name)) names.services.push(name)
  // A federated identity provider appears in trust policies and is never the caller of KMS.
  else return type === 'Federated'
  return true
}

/** Whether this is the unique id that AWS puts in place of a deleted role or user. */
export function isUniqueId (name: string): boolean {
  return UNIQUE_ID.test(name)
}

/** How the names of an element, none of them inverted, name the caller. */
function naming (element: PrincipalElement, caller: Caller): PrincipalMatch {
  if (caller.kind === 'service')
    return element.everyone || element.services.includes(caller.value) ? BY_ATTACHMENT : NO_MATCH
  if (caller.kind === 'anonymous') return element.everyone ? BY_ATTACHMENT : NO_MATCH
  let found = element.everyone ? BY_ATTACHMENT : NO_MATCH
  for (const name of element.aws) {
    const form = formOf(name, caller)
    if (form !== NO_MATCH)
      found = {
        account: or(found.account, form.account),
        role: or(found.role, form.role),
        direct: or(found.direct, form.direct)
      }
  }
  return found
}

/** How one name, which is not `*`, names the caller. */
function formOf (name: string, caller: Caller): PrincipalMatch {
  if (name === caller.value) return caller.kind === 'role' ? BY_ROLE : BY_ATTACHMENT
  if (name === caller.rootArn || name === caller.accountId) return caller.kind === 'root' ? BY_ATTACHMENT : BY_ACCOUNT
  if (caller.kind === 'session') return namesRole(name, caller) ? BY_ROLE : NO_MATCH
  // The role's session has a name that is not known.
  return caller.kind === 'role' && name.startsWith(caller.sessionPrefix) ? POSSIBLE_MATCH : NO_MATCH
}

/** Role names are unique in an account whatever their path, and session ARNs carry no path. */
function namesRole (name: string, caller: Caller): boolean {
  return name.startsWith(caller.rolePrefix) && lastSegment(name) === caller.roleName
}

/**
 * How an Allow statement names the caller. `NotPrincipal` with Allow is not supported by AWS and names no principal.
 * That "everyone" takes in service principals is documented for Deny alone.
 */
export function matchAllowPrincipal (element: PrincipalElement, caller: Caller): PrincipalMatch {
  if (element.inverted) return NO_MATCH
  const named = naming(element, caller)
  const isPerhapsAccount = element.canonical && caller.accountId !== ''
  const found = isPerhapsAccount ? { ...named, account: or(named.account, MAYBE) } : named
  const onlyEveryone = caller.kind === 'service' && element.everyone && !element.services.includes(caller.value)
  return onlyEveryone ? { ...found, direct: MAYBE } : found
}

/** Whether a Deny statement reaches the caller; a name that AWS would refuse might be meant for anybody. */
export function matchDenyPrincipal (element: PrincipalElement, caller: Caller, boundary: Truth): Truth {
  const reached = element.inverted ? reachedByNotPrincipal(element, caller, boundary) : anyOf(naming(element, caller))
  if (!element.malformed) return reached
  return element.inverted && reached === YES ? MAYBE : or(reached, MAYBE)
}

function anyOf (found: PrincipalMatch): Truth {
  return or(found.account, or(found.role, found.direct))
}

/**
 * Deny with `NotPrincipal` spares a caller only if every form of its identity is listed; with some of them AWS "might
 * deny".
 * A user or role with a permissions boundary is denied whatever is listed.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html#notprincipal-key-points
 */
function reachedByNotPrincipal (element: PrincipalElement, caller: Caller, boundary: Truth): Truth {
  const bound = caller.kind === 'role' || caller.kind === 'session' || caller.kind === 'user' ? boundary : NO
  if (bound === YES) return YES
  if (element.everyone) return bound
  const listed = listedForms(element, caller)
  if (!listed.includes(true)) return mayListSession(element, caller) ? MAYBE : YES
  return listed.every((form) => form) && !isForOtherSession(element, caller) ? bound : MAYBE
}

/** Whether the session itself is listed, or may be where its name is not known. */
function mayListSession ({ aws }: PrincipalElement, { kind, value, sessionPrefix }: Caller): boolean {
  if (kind === 'session') return aws.includes(value)
  return kind === 'role' && aws.some((name) => name.startsWith(sessionPrefix))
}

/** A list that names a session is meant for that session; whether it also spares others is not documented. */
function isForOtherSession ({ aws }: PrincipalElement, { kind, value, sessionPrefix }: Caller): boolean {
  if (kind !== 'role' && kind !== 'session') return false
  return aws.some((name) => name.startsWith(sessionPrefix)) && !aws.includes(kind === 'session' ? value : '')
}

/** The forms that AWS recommends to list: the account, and of a role or a session of it the role. */
function listedForms (element: PrincipalElement, caller: Caller): boolean[] {
  const listed = (name: string): boolean => element.aws.includes(name)
  const account = listed(caller.rootArn) || listed(caller.accountId)
  switch (caller.kind) {
    case 'service':
      return [element.services.includes(caller.value)]
    case 'anonymous':
      return [false]
    case 'root':
      return [account]
    case 'session':
      return [account, element.aws.some((name) => namesRole(name, caller))]
    default:
      return [account, listed(caller.value)]
  }
}
