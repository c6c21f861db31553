import type { Finding } from '../../schemas/verification.js'
import { everyKmsAction, oneAction, parseActions, type ActionMask } from '../iam/action.js'
import type { JsonObject } from '../iam/json.js'
import type { Statement } from '../iam/policy-document.js'
import { callerOf, namedByAllow, type Caller } from '../iam/principal.js'
import { demandsOf } from '../personalize/access.js'
import { SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import { actionsAsWritten, type KeyEvidence, type RoleEvidence } from './evidence.js'
import { finding } from './findings.js'
import { toldList, toldStatement } from './told.js'

/** Statements that name Personalize or its roles and allow more than the use needs. Delegation to IAM names nobody. */
export function broaderFindings (usage: ResolvedUsage, keys: readonly KeyEvidence[], roles: readonly RoleEvidence[]): Finding[] {
  const needed = neededActions(usage)
  const callers = [callerOf({ kind: 'service', value: SERVICE_PRINCIPAL }), ...roles.map((role) => callerOf({ kind: 'role', value: role.name.arn }))]
  const report = (statement: Statement, document: JsonObject | undefined, policy: { policy: string, name: string }, where: { kmsKeyArn: string } | { roleArn: string }): Finding[] =>
    excess(statement, actionsAsWritten(document, statement), needed).map((actions) => {
      const reference = { ...policy, ...place(statement) }
      return finding('BROADER_THAN_NEEDED', { ...where, actions, statement: reference, detail: `In ${toldStatement(reference)}: ${toldList(actions)} goes beyond ${neededNames(usage).join(', ')}.` })
    })
  const ofKeys = keys.flatMap(({ name, keyPolicy }) => (keyPolicy?.policy.statements ?? []).flatMap((statement) =>
    callers.some((caller) => names(statement, caller)) ? report(statement, keyPolicy?.document, { policy: 'keyPolicy', name: 'default' }, { kmsKeyArn: name.arn }) : []))
  const ofRoles = roles.flatMap(({ name, identityPolicies }) => identityPolicies.flatMap(({ policy, document }) => policy.statements.flatMap((statement) =>
    report(statement, document, { policy: 'identityPolicies', name: policy.name }, { roleArn: name.arn }))))
  return [...ofKeys, ...ofRoles]
}

function place ({ sid, index, effect }: Statement): { sid?: string, index: number, effect: 'Allow' | 'Deny' } {
  return { ...(sid === undefined ? {} : { sid }), index, effect }
}

function neededNames (usage: ResolvedUsage): string[] {
  return [...new Set(demandsOf(usage, { crossAccount: true }).map((demand) => demand.action))]
}

function neededActions (usage: ResolvedUsage): ActionMask {
  return neededNames(usage).map((action) => oneAction(action).all).reduce((all, mask) => ({ low: all.low | mask.low, high: all.high | mask.high }), { low: 0, high: 0 })
}

function names (statement: Statement, caller: Caller): boolean {
  if (statement.effect !== 'Allow' || statement.principals === undefined || statement.principals.everyone) return false
  const naming = namedByAllow(statement.principals, caller)
  return naming.direct !== 0 || naming.role !== 0
}

/** The entries of an Allow that go beyond what is needed: none, or one list. */
function excess (statement: Statement, written: readonly string[], needed: ActionMask): string[][] {
  if (statement.effect !== 'Allow' || statement.actions === undefined || statement.defects.size > 0) return []
  const beyond = ({ low, high }: ActionMask): boolean => (low & ~needed.low) !== 0 || (high & ~needed.high) !== 0
  const every = everyKmsAction()
  if (statement.actions.inverted) return beyond(every.select(statement.actions)) ? [[...written]] : []
  const entries = written.filter((name) => beyond(every.select(parseActions(name, false, '', () => {}))))
  return entries.length === 0 ? [] : [entries]
}
