import type { Grant } from '../../../schemas/key-answers.js'
import { isObject } from '../../json/json.js'
import { type Condition, conditionsHold, lacksValues, type NoteUnknown } from '../condition/condition.js'
import { ARN_LIKE, STRING_EQUALS, STRING_EQUALS_IGNORE_CASE } from '../condition/operators.js'
import { isGrantOperation } from '../document/action.js'
import { type Caller, matchAllowPrincipal, parsePrincipals, type PrincipalMatch } from '../document/principal.js'
import { lastSegment, parseArn } from '../match/arn.js'
import type { RequestContext } from '../match/request-context.js'
import { and, MAYBE, NO, or, type Truth, YES } from '../match/truth.js'
import { callsInSession } from './session.js'

/**
 * An entry of ListGrants, under AWS's names.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html
 */
export type GrantEntry = Grant

/**
 * Reads an entry of ListGrants; undefined where a member is not of AWS's type: such a grant must not be relied on.
 */
export function parseGrant (value: unknown): GrantEntry | undefined {
  if (!isObject(value)) return undefined
  const { Operations: operations, Constraints: constraints } = value
  const texts = [
    value['GrantId'],
    value['KeyId'],
    value['GranteePrincipal'],
    value['GranteeServicePrincipal'],
    value['RetiringPrincipal'],
    value['RetiringServicePrincipal'],
    value['IssuingAccount']
  ]
  if (!texts.every(isTextOrAbsent)) return undefined
  if (
    operations !== undefined &&
    !(Array.isArray(operations) && operations.every((operation) => typeof operation === 'string'))
  )
    return undefined
  if (constraints !== undefined) {
    if (!isObject(constraints) || !isTextOrAbsent(constraints['SourceArn'])) return undefined
    const pairs = [constraints['EncryptionContextEquals'], constraints['EncryptionContextSubset']]
    if (
      !pairs.every(
        (context) =>
          context === undefined ||
          (isObject(context) && Object.values(context).every((text) => typeof text === 'string'))
      )
    )
      return undefined
  }
  return value
}

function isTextOrAbsent (value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

/** What a grant gives a caller. `account`: only together with an IAM policy of the caller's account. */
export interface GrantEffect {
  direct: Truth
  account: Truth
}

const NOTHING: GrantEffect = { direct: NO, account: NO }
const RETIRE = 'kms:retiregrant'
const CONSTRAINING = {
  StringEquals: STRING_EQUALS,
  StringEqualsIgnoreCase: STRING_EQUALS_IGNORE_CASE,
  ArnLike: ARN_LIKE
}
/** Operations without encryption context: the constraint on it is ignored for them. */
const WITHOUT_CONTEXT = new Set(['kms:describekey', RETIRE])

/** The constraints of a grant as the conditions they amount to, for one (lower-case) action. */
export function constraintsOf (grant: GrantEntry, action: string): Condition[] {
  const {
    EncryptionContextEquals: equals,
    EncryptionContextSubset: subset,
    SourceArn: sourceArn
  } = grant.Constraints ?? {}
  const conditions: Condition[] = []
  if (!WITHOUT_CONTEXT.has(action)) {
    for (const [name, value] of [...Object.entries(equals ?? {}), ...Object.entries(subset ?? {})]) {
      conditions.push(condition('StringEquals', `kms:EncryptionContext:${name}`, [value]))
    }
    if (equals !== undefined)
      conditions.push({
        ...condition('StringEqualsIgnoreCase', 'kms:EncryptionContextKeys', Object.keys(equals)),
        set: 'forAllValues',
        operatorName: 'ForAllValues:StringEqualsIgnoreCase'
      })
  }
  if (sourceArn !== undefined && action !== RETIRE) conditions.push(condition('ArnLike', 'aws:SourceArn', [sourceArn]))
  return conditions
}

function condition (operatorName: keyof typeof CONSTRAINING, keyName: string, texts: readonly string[]): Condition {
  const operator = CONSTRAINING[operatorName]
  const values = texts.flatMap((text) => {
    const test = operator.test(text)
    return test === undefined ? [] : [{ text, test }]
  })
  return { operatorName, operator, set: undefined, ifExists: false, keyName, key: keyName.toLowerCase(), values }
}

/** `EncryptionContextEquals` also forbids any other pair; those that the context spells out are looked at. */
function noOtherPairs (grant: GrantEntry, action: string, context: RequestContext, note: NoteUnknown): Truth {
  const equals = grant.Constraints?.EncryptionContextEquals
  if (equals === undefined || WITHOUT_CONTEXT.has(action)) return YES
  const prefix = 'kms:encryptioncontext:'
  const named = new Set(Object.keys(equals).map((name) => prefix + name.toLowerCase()))
  let result: Truth = YES
  for (const key of context.keysWithPrefix(prefix)) {
    const value = context.lookup(key)
    if (named.has(key) || value.state === 'absent') continue
    if (value.state === 'unknown') note(key)
    result = and(result, value.state === 'unknown' ? MAYBE : NO)
  }
  return result
}

/**
 * What this grant gives the caller for one (lower-case) action on the key.
 * Only grant operations can come from a grant. https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
 */
export function grantedBy (
  grant: GrantEntry,
  caller: Caller,
  action: string,
  keyArn: string,
  context: RequestContext,
  note: NoteUnknown
): GrantEffect {
  if (!isGrantOperation(action) || !concernsKey(grant, keyArn)) return NOTHING
  const calling: Calling = { caller, context, note }
  const named =
    action === RETIRE
      ? retiringPrincipals(grant, calling)
      : allowsOperation(grant, action)
        ? grantee(grant, calling)
        : NOTHING
  if (named.direct === NO && named.account === NO) return NOTHING
  const constraints = constraintsOf(grant, action)
  // A constraint that is no ARN equals none.
  if (constraints.some(lacksValues)) return NOTHING
  const holds = and(
    conditionsHold(constraints, context, note),
    and(noOtherPairs(grant, action, context, note), hasOtherConstraint(grant) ? MAYBE : YES)
  )
  return { direct: and(named.direct, holds), account: and(named.account, holds) }
}

const CONSTRAINTS: readonly string[] = ['EncryptionContextEquals', 'EncryptionContextSubset', 'SourceArn']

/** Whether a grant is constrained by more than is understood here. */
export function hasOtherConstraint ({ Constraints: constraints = {} }: GrantEntry): boolean {
  return Object.keys(constraints).some((name) => !CONSTRAINTS.includes(name))
}

function concernsKey (grant: GrantEntry, keyArn: string): boolean {
  return grant.KeyId === undefined || grant.KeyId === keyArn || grant.KeyId === lastSegment(keyArn)
}

function allowsOperation (grant: GrantEntry, action: string): boolean {
  return grant.Operations?.some((operation) => `kms:${operation.toLowerCase()}` === action) === true
}

/** Who calls, and what is known of the session. */
interface Calling {
  caller: Caller
  context: RequestContext
  note: NoteUnknown
}

function grantee (grant: GrantEntry, calling: Calling): GrantEffect {
  return named(grant.GranteePrincipal, grant.GranteeServicePrincipal, calling)
}

/** The names of the sessions of a role that a grant is for. */
export function sessionsNamedBy (
  { GranteePrincipal, RetiringPrincipal }: GrantEntry,
  { kind, sessionPrefix }: Caller
): string[] {
  if (kind !== 'role') return []
  return [GranteePrincipal, RetiringPrincipal].flatMap((name) =>
    name?.startsWith(sessionPrefix) === true ? [name.slice(sessionPrefix.length)] : []
  )
}

/**
 * Who may retire: the retiring principal, a grantee with RetireGrant, and the account that issued the grant, by its
 * IAM policies.
 * https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html
 */
function retiringPrincipals (grant: GrantEntry, calling: Calling): GrantEffect {
  const { caller } = calling
  const retiring = named(grant.RetiringPrincipal, grant.RetiringServicePrincipal, calling)
  const asGrantee = allowsOperation(grant, RETIRE) ? grantee(grant, calling) : NOTHING
  const issuer = parseArn(grant.IssuingAccount ?? '')?.accountId ?? grant.IssuingAccount
  const issued: Truth = caller.accountId !== '' && issuer === caller.accountId ? YES : NO
  return { direct: or(retiring.direct, asGrantee.direct), account: or(issued, or(retiring.account, asGrantee.account)) }
}

/** A service principal may stand under either name: older grants hold it where a role's ARN stands. */
function named (
  principal: string | undefined,
  service: string | undefined,
  { caller, context, note }: Calling
): GrantEffect {
  if (caller.kind === 'service')
    return { direct: principal === caller.value || service === caller.value ? YES : NO, account: NO }
  // KMS takes no `*` here: a grant is for one principal or account.
  if (principal === undefined || principal === '*') return NOTHING
  if (caller.kind === 'role' && principal.startsWith(caller.sessionPrefix))
    return { direct: callsInSession([principal.slice(caller.sessionPrefix.length)], context, note), account: NO }
  const ignore = (): void => {}
  const naming: PrincipalMatch = matchAllowPrincipal(
    parsePrincipals({ AWS: principal }, false, '', ignore, ignore),
    caller
  )
  return { direct: or(naming.role, naming.direct), account: naming.account }
}
