import type { StatementReference } from '../../schemas/verification.js'
import type { Policy, Statement } from '../iam/policy-document.js'
import { SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import { coversActionName } from './near-misses.js'
import { statementReference, toldCondition, toldList, toldStatement } from './told.js'

/** A statement of a trust policy as the report names it. */
export function trustReference (policy: Policy, statement: Statement): StatementReference {
  return statementReference('trustPolicy', policy.name, statement)
}

/** Whether a statement is about Amazon Personalize. */
export function trustsPersonalize ({ principals }: Statement): boolean {
  return principals?.inverted === false && (principals.services.includes(SERVICE_PRINCIPAL) || principals.everyone)
}

/** Why no statement of a trust policy lets Amazon Personalize assume the role: what each that allows something lacks, with its value. */
export function trustShortfall (policy: Policy, action: string): { text: string, statements: StatementReference[] } {
  const allowing = policy.statements.filter(({ effect }) => effect === 'Allow')
  const told = allowing.map((statement) => `${toldStatement(trustReference(policy, statement))} ${lackOf(statement, action)}`)
  return { text: allowing.length === 0 ? 'it has no Allow statement' : toldList(told, '; '), statements: allowing.map((statement) => trustReference(policy, statement)) }
}

function lackOf (statement: Statement, action: string): string {
  const { principals, actions, conditions, defects } = statement
  if (defects.size > 0) return 'contains an element that AWS does not document'
  if (!trustsPersonalize(statement)) {
    const names = [...principals?.services ?? [], ...principals?.aws ?? []]
    return `names ${principals?.inverted === true ? 'everyone but ' : ''}${names.length === 0 ? 'no known principal' : toldList(names)}`
  }
  if (!coversActionName(actions, action)) return `does not allow ${action}`
  return `requires ${toldList(conditions.map(toldCondition), ' and ')}`
}
