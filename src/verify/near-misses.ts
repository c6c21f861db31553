import { coversAction, parseAction, type ActionElement } from '../iam/action.js'
import type { Policy, Statement } from '../iam/policy-document.js'
import { matchAllowPrincipal, type Caller } from '../iam/principal.js'
import { RequestContext } from '../iam/request-context.js'
import { resourceMatches } from '../iam/resource.js'
import { NO } from '../iam/truth.js'
import { statementReference, toldStatement } from './told.js'

interface Miss { actions: readonly string[], keyArn: string, layer: 'keyPolicy' | 'identityPolicies' | 'permissionsBoundary' }

/** The Allow statements that come near to granting the actions, and what each of them lacks. `caller`: only where policies name one. */
export function nearMisses (policy: Policy, caller: Caller | undefined, miss: Miss): string[] {
  return policy.statements.flatMap((statement) => {
    if (statement.effect !== 'Allow' || (caller !== undefined && !namesInAllow(statement, caller))) return []
    const lack = lackOf(statement, caller !== undefined, miss)
    return lack === undefined ? [] : [`${toldStatement(statementReference(miss.layer, policy.name, statement))} ${lack}`]
  })
}

/** Whether the `Action` or `NotAction` of a statement includes this action. */
export function coversActionName (element: ActionElement | undefined, action: string): boolean {
  return element !== undefined && coversAction(element, parseAction(action))
}

/** Whether an Allow statement of a key policy names this caller itself, not its account. */
export function namesInAllow (statement: Statement, caller: Caller): boolean {
  if (statement.principals === undefined) return false
  const { role, direct } = matchAllowPrincipal(statement.principals, caller)
  return role !== NO || direct !== NO
}

function lackOf (statement: Statement, isNamed: boolean, { actions, keyArn }: Miss): string | undefined {
  if (!actions.some((action) => coversActionName(statement.actions, action))) return isNamed ? 'does not list them' : undefined
  if (statement.defects.size > 0) return 'contains an element that AWS does not document'
  if (statement.resources === undefined) return 'has no Resource'
  if (resourceMatches(statement.resources, keyArn, new RequestContext([]), () => {}) === NO) return 'is not about this key'
  return statement.conditions.length === 0 ? undefined : `applies only under its condition on ${[...new Set(statement.conditions.map(({ keyName }) => keyName))].join(', ')}`
}
