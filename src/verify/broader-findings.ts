import type { Finding } from '../../schemas/verification.js'
import { coveredKmsActions, kmsActionMask, parseActions, type ActionMask } from '../iam/action.js'
import type { Statement } from '../iam/policy-document.js'
import { parseCaller, type Caller } from '../iam/principal.js'
import { demandsOf } from '../personalize/access.js'
import { SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import { locksOut } from '../policies/lockout.js'
import { actionsAsWritten, statementAsWritten, type KeyEvidence, type PolicyEvidence, type RoleEvidence } from './evidence.js'
import { finding, type FindingEvidence } from './findings.js'
import { narrowerStatement, type Narrower, type Need } from './narrower-statement.js'
import { namesInAllow } from './near-misses.js'
import { statementReference, toldList, toldStatement } from './told.js'

/** A statement that allows too much, in the policy it stands in. */
interface Place { evidence: PolicyEvidence, statement: Statement, policy: 'keyPolicy' | 'identityPolicies', key?: KeyEvidence, role?: RoleEvidence }

/** Statements that name Personalize or its roles and allow more than the use needs. Delegation to IAM names nobody. */
export function broaderFindings (usage: ResolvedUsage, keys: readonly KeyEvidence[], roles: readonly RoleEvidence[]): Finding[] {
  const callers = [parseCaller({ kind: 'service', value: SERVICE_PRINCIPAL }), ...roles.map((role) => parseCaller({ kind: 'role', value: role.name.arn }))]
  const actions = [...new Set(demandsOf(usage, { crossAccount: true }).map((demand) => demand.action))]
  const need: Need = { actions, isOurs: (name) => callers.some((caller) => isNameOf(name, caller)) }
  const placesIn = (evidence: PolicyEvidence, rest: Omit<Place, 'evidence' | 'statement'>): Place[] => evidence.policy.statements.map((statement) => ({ evidence, statement, ...rest }))
  const ofKeys = keys.flatMap((key) => key.keyPolicy === undefined ? [] : placesIn(key.keyPolicy, { policy: 'keyPolicy', key }))
    .filter(({ statement }) => statement.principals?.everyone === false && callers.some((caller) => namesInAllow(statement, caller)))
  const ofRoles = roles.flatMap((role) => role.identityPolicies.flatMap((evidence) => placesIn(evidence, { policy: 'identityPolicies', role })))
  return [...ofKeys, ...ofRoles].flatMap((place) => broader(place, need))
}

function isNameOf (name: string, { value, sessionPrefix }: Caller): boolean {
  return name === value || (sessionPrefix !== '' && name.startsWith(sessionPrefix))
}

function broader (place: Place, need: Need): Finding[] {
  const { evidence: { policy: { name }, document }, statement, policy, key, role } = place
  const written = statementAsWritten(document, statement)
  const beyond = excess(statement, actionsAsWritten(document, statement), kmsActionMask(need.actions))
  if (beyond.length === 0 || written === undefined) return []
  const reference = statementReference(policy, name, statement)
  const narrower = narrowerStatement(written, statement, need, beyond)
  return [finding('BROADER_THAN_NEEDED', {
    ...(key === undefined ? {} : { kmsKeyArn: key.name.arn }),
    ...(role === undefined ? {} : { roleArn: role.name.arn }),
    actions: beyond,
    statement: reference,
    detail: `In ${toldStatement(reference)}: ${toldList(beyond)} goes beyond ${need.actions.join(', ')}.`,
    ...remedyFor(place, narrower, beyond)
  })]
}

const OTHER_SERVICES = 'Put the statement in `narrowerStatement` in its place, and beside it what the role needs of other services: those are not judged here, and this statement allows them, too.'
const MANAGES_THE_KEY = 'Name an administrator of the key first: without this statement nobody in the account could change the key policy any more. Then narrow it to the actions that the use needs.'

/** What to put in its place, if anything of it is needed. */
function remedyFor (place: Place, narrower: Narrower, beyond: readonly string[]): Pick<FindingEvidence, 'remedy' | 'narrowerStatement'> {
  const { statement: narrowerStatement, others, actions } = narrower
  if (keepsTheKeyOpen(place, narrower)) return { remedy: MANAGES_THE_KEY }
  const alsoNamed = `which also names ${toldList(others)}: what those need is not known here.`
  if (actions.length === 0) return { remedy: others.length === 0 ? 'Remove the statement: the use needs nothing that it allows.' : `The use needs nothing of the statement: take Amazon Personalize and its role out of it, ${alsoNamed}` }
  if (others.length > 0) return { narrowerStatement, remedy: `Add the statement in \`narrowerStatement\`, and take the principals in it out of this one, ${alsoNamed}` }
  const isWider = place.policy === 'identityPolicies' && (place.statement.actions?.inverted === true || beyond.some((name) => name === '*' || name === '*:*'))
  return { narrowerStatement, ...(isWider ? { remedy: OTHER_SERVICES } : {}) }
}

/** Whether it is this statement that leaves somebody in the account with kms:PutKeyPolicy. */
function keepsTheKeyOpen ({ evidence: { document }, statement: { index }, key }: Place, { statement, others }: Narrower): boolean {
  if (key === undefined || document === undefined || others.length > 0) return false
  const { partition, accountId } = key.name
  const statements = Array.isArray(document['Statement']) ? document['Statement'].with(index, statement) : [statement]
  const target = { partition, accountId, keys: [[key.name]] }
  return locksOut({ ...document, Statement: statements }, target) && !locksOut(document, target)
}

/** The entries of an Allow that go beyond what is needed. */
function excess (statement: Statement, written: readonly string[], needed: ActionMask): string[] {
  if (statement.effect !== 'Allow' || statement.actions === undefined || statement.defects.size > 0) return []
  const beyond = ({ low, high }: ActionMask): boolean => (low & ~needed.low) !== 0 || (high & ~needed.high) !== 0
  if (!beyond(coveredKmsActions(statement.actions))) return []
  if (statement.actions.inverted) return [...written]
  return written.filter((name) => beyond(coveredKmsActions(parseActions(name, false, '', () => {}))))
}
