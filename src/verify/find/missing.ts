import type { StatementReference } from '../../../schemas/verification.js'
import {
  formatCondition,
  formatList,
  formatStatement,
  statementReference,
  takeFirst,
  truncate
} from '../../findings/format.js'
import { type Condition, conditionsHold } from '../../iam/condition/condition.js'
import type { AuthorizationRequest } from '../../iam/decide/request.js'
import { namesInAllow } from '../../iam/decide/statement-match.js'
import { type ActionElement, coversAction, parseAction } from '../../iam/document/action.js'
import type { Policy, Statement } from '../../iam/document/policy-document.js'
import { type Caller, parseCaller } from '../../iam/document/principal.js'
import { type ResourceElement, resourceMatches, resourcePatternMatches } from '../../iam/document/resource.js'
import { RequestContext, UNKNOWN } from '../../iam/match/request-context.js'
import { NO } from '../../iam/match/truth.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import type { CheckedAccess } from '../check/checks.js'
import { distinctStatements, type Gap, type NearStatement, withNear } from './near-statement.js'
import { misspellsOneOf } from './similar-actions.js'
import { similarPrincipals } from './similar-principals.js'

interface Miss {
  actions: readonly string[]
  resource: AuthorizationRequest['resource']
  /** What is known of the call. */
  context: RequestContext
  layer: 'keyPolicy' | 'bucketPolicy' | 'identityPolicies' | 'permissionsBoundary'
}

/**
 * The Allow statements that come near to granting the actions, and what each of them lacks. `caller`: only where
 * policies name one.
 */
export function closestStatements (policy: Policy, caller: Caller | undefined, miss: Miss): NearStatement[] {
  return policy.statements.flatMap((statement) => {
    if (statement.effect !== 'Allow' || (caller !== undefined && !namesInAllow(statement, caller))) return []
    const lack = gapOf(statement, caller !== undefined, miss)
    return lack === undefined ? [] : [{ statement: statementReference(miss.layer, policy.name, statement), lack }]
  })
}

/** Whether the `Action` or `NotAction` of a statement includes this action. */
export function coversActionName (element: ActionElement | undefined, action: string): boolean {
  return element !== undefined && coversAction(element, parseAction(action))
}

function gapOf (statement: Statement, isNamed: boolean, miss: Miss): string | undefined {
  const { actions, resource, context } = miss
  const isListed = actions.some((action) => coversActionName(statement.actions, action))
  const isMisspelled = !isListed && misspellsOneOf(statement, actions)
  if (!isListed && !isMisspelled) return isNamed ? `does not list ${pronounOf(actions)}` : undefined
  if (statement.defects.size > 0) return 'contains an element that AWS does not document'
  if (statement.resources === undefined) return 'has no Resource'
  const matches = resource.isPattern === true ? resourcePatternMatches : resourceMatches
  if (matches(statement.resources, resource.arn, new RequestContext([]), () => {}) === NO)
    return formatOtherResources(statement.resources, resource)
  if (isMisspelled) return `misspells ${pronounOf(actions)}`
  return statement.conditions.length === 0 ? undefined : `applies only if ${formatConditions(statement, context)}`
}

const pronounOf = (actions: readonly string[]): string => (actions.length === 1 ? 'it' : 'them')

/** What a statement names that is not the key, or not the objects. */
function formatOtherResources (
  { values, inverted }: ResourceElement,
  { arn }: AuthorizationRequest['resource']
): string {
  const isKey = arn.includes(':kms:')
  const what = isKey ? 'this key' : arn
  if (inverted) return `excludes ${what} by its NotResource`
  const texts = values.flatMap(({ kind, text }) => (kind === 'text' || !isKey ? [text] : []))
  // Of a bucket and objects in it, those are of interest that are of the kind that is wanted.
  const alike = texts.filter((text) => text.includes('/') === arn.includes('/'))
  const names = isKey || alike.length === 0 ? texts : alike
  return names.length === 0 ? `is not about ${what}` : `names ${formatList(names)} instead of ${what}`
}

/**
 * The conditions with their values; one that does not hold has the value of the call beside it, and an operator that
 * takes `*` literally says so.
 */
function formatConditions (
  { conditions }: Statement,
  context: RequestContext = new RequestContext([], () => UNKNOWN)
): string {
  const { listed, left } = takeFirst(conditions, MAX_CONDITIONS)
  const isFalse = (condition: Condition): boolean => conditionsHold([condition], context, () => {}, false) === NO
  const isDecided = conditions.some(isFalse)
  const texts = listed.map((condition) => {
    const notes = [
      ...(isDecided && !isFalse(condition) ? [] : valueOfCall(condition, context)),
      ...(hasLiteralWildcard(condition) ? [literalWildcard(condition)] : [])
    ]
    return `${formatCondition(condition)}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`
  })
  return [...texts, ...(left > 0 ? [`${left} more`] : [])].join(' and ')
}

const MAX_CONDITIONS = 5

/** What the call has for the key of a condition that does not hold, or of which none surely does. */
function valueOfCall ({ key, values }: Condition, context: RequestContext): string[] {
  // No value of the call is in an empty list.
  if (values.length === 0) return []
  const value = context.lookup(key)
  if (value.state === 'known') return [`here it is ${formatList(value.values)}`]
  if (value.state === 'absent') return ['the call does not contain the key']
  return value.like === undefined
    ? []
    : [`here it is like ${formatList(value.like)}${value.mayBeAbsent ? ', or absent' : ''}`]
}

function literalWildcard ({ operatorName, key }: Condition): string {
  const like = key === 'aws:sourcearn' || key === 'aws:principalarn' ? 'ArnLike' : 'StringLike'
  return `${operatorName} compares * and ? literally, ${like} takes them as wildcards`
}

function hasLiteralWildcard ({ operator, values }: Condition): boolean {
  return (
    (operator.family === 'exact' || operator.family === 'ignoreCase') && values.some(({ text }) => /[*?]/.test(text))
  )
}

/** A statement of a trust policy as the report names it. */
export function trustReference (policy: Policy, statement: Statement): StatementReference {
  return statementReference('trustPolicy', policy.name, statement)
}

/** Whether a statement is about Amazon Personalize. */
export function trustsPersonalize ({ principals }: Statement): boolean {
  return principals?.inverted === false && (principals.services.includes(SERVICE_PRINCIPAL) || principals.everyone)
}

/**
 * Why no statement of a trust policy lets Amazon Personalize assume the role: what each that allows something lacks,
 * with its value.
 */
export function missingInTrustPolicy (
  policy: Policy,
  action: string
): { text: string; statements: StatementReference[] } {
  const allowing = policy.statements.filter(({ effect }) => effect === 'Allow')
  const listed = allowing.map(
    (statement) => `${formatStatement(trustReference(policy, statement))} ${trustGapOf(statement, action)}`
  )
  return {
    text: allowing.length === 0 ? 'it has no Allow statement' : formatList(listed, '; '),
    statements: allowing.map((statement) => trustReference(policy, statement))
  }
}

function trustGapOf (statement: Statement, action: string): string {
  const { principals, actions, conditions, defects } = statement
  if (defects.size > 0) return 'contains an element that AWS does not document'
  if (!trustsPersonalize(statement)) {
    const names = [...(principals?.services ?? []), ...(principals?.aws ?? [])]
    const named = names.length === 0 ? 'no known principal' : formatList(names)
    return `names ${principals?.inverted === true ? 'everyone but ' : ''}${named}`
  }
  if (!coversActionName(actions, action)) return `does not allow ${action}`
  return conditions.length === 0 ? 'does not apply' : `requires ${formatConditions(statement)}`
}

const actionsOf = (accesses: readonly CheckedAccess[]): string[] => accesses.map(({ check }) => check.action)

/** In a word why AWS denies it: what each policy has to say. The findings about the single policies go into it. */
export function missingInBoth (accesses: readonly CheckedAccess[]): Gap {
  const [access] = accesses
  if (access === undefined) return { text: 'no policy allows it', statements: [] }
  const { check, role } = access
  const byKey = check.missingFrom.includes('keyPolicy') ? ofKeyPolicy(access) : 'the key policy names the role'
  const byRole =
    check.layers.identityPolicies === 'allowed'
      ? 'its IAM policies allow it'
      : ofRole(role?.identityPolicies.map(({ policy }) => policy.name) ?? [])
  const similar = similarTo(access)
  const { text } = withNear(`AWS would deny it: ${byKey}, ${byRole}`, similar)
  const near = [...nearInKeyPolicy(accesses, similar), ...nearInIamPolicies(accesses)]
  return { text, statements: distinctStatements(near) }
}

/** What the key policy lacks for these accesses of one principal, with the statements that come near. */
export function missingInKeyPolicy (accesses: readonly CheckedAccess[]): Gap {
  const [access] = accesses
  return access?.key.keyPolicy === undefined
    ? { text: 'the key policy was not read', statements: [] }
    : withNear(ofKeyPolicy(access), nearInKeyPolicy(accesses, similarTo(access)))
}

function nearInKeyPolicy (
  accesses: readonly CheckedAccess[],
  similar: readonly NearStatement[]
): NearStatement[] {
  const [access] = accesses
  const policy = access?.key.keyPolicy?.policy
  if (access === undefined || policy === undefined) return []
  const { request } = access
  const near = closestStatements(policy, parseCaller(request.principal), {
    actions: actionsOf(accesses),
    resource: request.resource,
    context: request.context,
    layer: 'keyPolicy'
  })
  return [...near, ...similar]
}

/** The same for the IAM policies of the role. */
export function missingInIamPolicies (accesses: readonly CheckedAccess[]): Gap {
  const policies = accesses[0]?.role?.identityPolicies
  return policies === undefined
    ? { text: 'it has no IAM policies', statements: [] }
    : withNear(ofRole(policies.map(({ policy }) => policy.name)), nearInIamPolicies(accesses))
}

function nearInIamPolicies (accesses: readonly CheckedAccess[]): NearStatement[] {
  const [access] = accesses
  if (access?.role === undefined) return []
  const {
    request: { resource, context },
    role: { identityPolicies }
  } = access
  return identityPolicies.flatMap(({ policy }) =>
    closestStatements(policy, undefined, {
      actions: actionsOf(accesses),
      resource,
      context,
      layer: 'identityPolicies'
    })
  )
}

/** The same for the permissions boundary of the role. */
export function missingInBoundary (accesses: readonly CheckedAccess[]): Gap {
  const [access] = accesses
  const policy = access?.role?.boundary?.policy
  if (access === undefined || policy === undefined)
    return { text: 'its permissions boundary was not read', statements: [] }
  const near = closestStatements(policy, undefined, {
    actions: actionsOf(accesses),
    resource: access.request.resource,
    context: access.request.context,
    layer: 'permissionsBoundary'
  })
  return withNear(`no statement of its permissions boundary (${truncate(policy.name)}) allows it`, near)
}

/** The principals in the key policy that come near to the one of this access. */
export function similarTo ({ key: { keyPolicy }, request }: CheckedAccess): NearStatement[] {
  return keyPolicy === undefined ? [] : similarPrincipals(keyPolicy, parseCaller(request.principal))
}

function ofKeyPolicy ({ check, role }: CheckedAccess): string {
  return role !== undefined && check.layers.keyPolicy === 'allowed'
    ? 'the key policy delegates to IAM policies, and does not allow it to the role itself'
    : 'no statement of the key policy allows it'
}

function ofRole (names: readonly string[]): string {
  return names.length === 0
    ? 'the role has no IAM policy'
    : `no IAM policy of the role allows it on this key (read: ${formatList(names)})`
}
