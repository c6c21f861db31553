import { asList, isObject } from '../iam/json.js'
import { ACCESS_REQUIREMENTS, DEMANDED_ACTIONS } from '../personalize/access.js'
import type { Statement } from '../personalize/existing-policy.js'
import { parseKeyName, parseRoleArn, SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import { SIDS } from './statement.js'

/** The Sid without its number; undefined where it is none of ours. */
export function familyOf (statement: Statement): string | undefined {
  const { Sid: sid } = statement
  if (typeof sid !== 'string') return undefined
  const base = sid.replace(/(?<=[a-z])([2-9]|[1-9]\d+)$/i, '')
  return Object.values<string>(SIDS).includes(base) ? base : undefined
}

/** The values under `Principal` of exactly one kind; undefined for every other form. */
function principalsOf (statement: Statement, kind: 'AWS' | 'Service'): string[] | undefined {
  const { Principal: principal } = statement
  if (!isObject(principal) || Object.keys(principal).join() !== kind) return undefined
  const values = Object.values(principal).flatMap((value) => [...asList(value)])
  return values.every((value) => typeof value === 'string') ? values : undefined
}

/** What a statement names under `AWS`, whatever else it names. */
export function awsPrincipals (statement: Statement): readonly unknown[] {
  const { Principal: principal } = statement
  return isObject(principal) && principal['AWS'] !== undefined ? asList(principal['AWS']) : []
}

/** A deleted role stands in a stored policy as its unique id. */
const isRole = (principal: string): boolean => parseRoleArn(principal) !== undefined || /^AROA[A-Z0-9]+$/.test(principal)

/** The operators and keys of the source conditions, the only ones that a statement of ours can have. */
const SOURCE_OPERATORS = ['StringEquals', 'StringEqualsIfExists', 'ArnLike', 'ArnLikeIfExists']
const SOURCE_KEYS = ['aws:SourceAccount', 'aws:SourceArn']

function hasOnlySourceConditions (statement: Statement): boolean {
  const { Condition: condition } = statement
  if (condition === undefined) return true
  if (!isObject(condition)) return false
  return Object.entries(condition).every(([operator, keys]) =>
    SOURCE_OPERATORS.includes(operator) && isObject(keys) && Object.keys(keys).every((key) => SOURCE_KEYS.includes(key)))
}

const hasMembers = (statement: Statement, members: readonly string[]): boolean => Object.keys(statement).every((member) => members.includes(member))

const isDemanded = (action: unknown): boolean => typeof action === 'string' && DEMANDED_ACTIONS.includes(action)

/** Whether some usage demands exactly these actions of a role: they are what rows of the catalogue add up to. */
function addUp (actions: readonly unknown[]): boolean {
  const rows = ACCESS_REQUIREMENTS.filter((row) => row.principal === 'role' && row.policy === 'keyPolicy' && row.actions.every((action) => actions.includes(action)))
  const covered = new Set<unknown>(rows.flatMap((row) => row.actions))
  return actions.every((action) => covered.has(action))
}

const isWhole = (statement: Statement): boolean => asList(statement['Resource']).join() === '*'

const KEY_STATEMENT = ['Sid', 'Effect', 'Principal', 'Action', 'Resource']

/** What makes a statement under one of our Sids ours: nothing in it that we would not have written. */
const SHAPES: Readonly<Record<string, (statement: Statement, rootArn: string | undefined, roles: readonly unknown[]) => boolean>> = {
  [SIDS.delegation]: (statement, rootArn) => hasMembers(statement, KEY_STATEMENT) && isWhole(statement) &&
    asList(statement['Action']).join() === 'kms:*' && rootArn !== undefined && principalsOf(statement, 'AWS')?.join() === rootArn,
  [SIDS.service]: (statement) => hasMembers(statement, [...KEY_STATEMENT, 'Condition']) && isWhole(statement) && hasOnlySourceConditions(statement) &&
    asList(statement['Action']).every(isDemanded) && principalsOf(statement, 'Service')?.join() === SERVICE_PRINCIPAL,
  [SIDS.role]: (statement, _rootArn, roles) => hasMembers(statement, KEY_STATEMENT) && isWhole(statement) &&
    asList(statement['Action']).every(isDemanded) && isOfRoles(statement, roles),
  [SIDS.keyUse]: (statement) => hasMembers(statement, ['Sid', 'Effect', 'Action', 'Resource']) && asList(statement['Action']).every(isDemanded) &&
    (isWhole(statement) || asList(statement['Resource']).every((arn) => typeof arn === 'string' && parseKeyName(arn)?.kind === 'key'))
}

/** For the roles at hand, whatever a hand has taken out of it; for other roles only as we would have written it. */
function isOfRoles (statement: Statement, roles: readonly unknown[]): boolean {
  const principals = principalsOf(statement, 'AWS')
  return principals?.every(isRole) === true && (principals.every((arn) => roles.includes(arn)) || addUp(asList(statement['Action'])))
}

/** Whether a statement under one of our Sids still has the meaning that we gave it. `roles`: those that ours are about. */
export function isOwn (statement: Statement, rootArn: string | undefined, roles: readonly unknown[]): boolean {
  const family = familyOf(statement)
  return family !== undefined && statement['Effect'] === 'Allow' && SHAPES[family]?.(statement, rootArn, roles) === true
}
