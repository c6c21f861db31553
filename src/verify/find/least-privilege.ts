import type { Finding } from '../../../schemas/verification.js'
import { finding, type FindingEvidence } from '../../findings/catalogue.js'
import { statementReference, formatList, formatStatement } from '../../findings/format.js'
import { namesInAllow } from '../../iam/decide/statement-match.js'
import { type ActionMask, coveredKmsActions, kmsActionMask, parseActions } from '../../iam/document/action.js'
import { compilePolicy, type Statement } from '../../iam/document/policy-document.js'
import { type Caller, parseCaller } from '../../iam/document/principal.js'
import { asList, isObject, type JsonObject } from '../../json/json.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import { requirementsFor } from '../../personalize/requirements.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import { locksOut } from '../../policies/lockout.js'
import {
  actionsAsWritten,
  type KeyEvidence,
  type PolicyEvidence,
  type RoleEvidence,
  statementAsWritten
} from '../read/evidence.js'
import { detachmentOf, isAwsManaged } from './aws-managed.js'
import { coversActionName } from './missing.js'

/** What is asked of a statement: the actions that are needed, and whose name in `Principal` is ours. */
export interface Need {
  actions: readonly string[]
  isOurs: (principal: string) => boolean
}

/** `others`: principals that the statement names beside ours, and that the narrower one therefore leaves out. */
export interface Narrower {
  statement: JsonObject
  actions: readonly string[]
  others: string[]
}

/**
 * The statement as it was read with fewer actions: entries that go beyond the need give way to what is needed of
 * them. Of the principals only ours are named, for it is not known what the others need.
 */
export function narrowerStatement (
  written: JsonObject,
  parsed: Statement,
  { actions, isOurs }: Need,
  beyond: readonly string[]
): Narrower {
  const { NotAction, Action, Sid, Principal, ...rest } = written
  const entries = asList(Action).filter((name) => typeof name === 'string')
  const kept = NotAction === undefined ? entries.filter((name) => !beyond.includes(name)) : []
  const has = (names: readonly string[], action: string): boolean => covers(names, action)
  const wanted = actions.filter((action) => granted(parsed, action) && !has(kept, action))
  const named = ownPrincipals(Principal, isOurs)
  // Where the others keep the old statement, this one stands beside it, and a Sid is unique in its policy.
  const narrowed = [...kept, ...wanted]
  const members: JsonObject = {
    ...(named.others.length > 0 || Sid === undefined ? {} : { Sid }),
    ...rest,
    ...(named.own === undefined ? {} : { Principal: named.own }),
    Action: narrowed
  }
  const order = Object.keys(written).map((name) => (name === 'NotAction' ? 'Action' : name))
  return {
    statement: Object.fromEntries(
      order.flatMap((name) => (Object.hasOwn(members, name) ? [[name, members[name]]] : []))
    ),
    actions: narrowed,
    others: named.others
  }
}

function granted ({ actions }: Statement, action: string): boolean {
  return coversActionName(actions, action)
}

function covers (names: readonly string[], action: string): boolean {
  return coversActionName(
    parseActions(names, false, '', () => {}),
    action
  )
}

/** A `Principal` without the names that are not ours; identity-based policies have none. */
function ownPrincipals (element: unknown, isOurs: Need['isOurs']): { own: unknown; others: string[] } {
  if (!isObject(element)) return { own: element, others: [] }
  const others: string[] = []
  const own = Object.fromEntries(
    Object.keys(element).flatMap((type) => {
      const names = asList(element[type])
      const left = names.filter((name) => typeof name === 'string' && isOurs(name))
      others.push(...names.filter((name) => !left.includes(name)).map(String))
      if (left.length === 0) return []
      return [[type, left.length === names.length ? element[type] : left]]
    })
  )
  return { own, others }
}

/** A statement that allows too much, in the policy it stands in. */
interface LayerPlace {
  evidence: PolicyEvidence
  statement: Statement
  policy: 'keyPolicy' | 'identityPolicies'
  key?: KeyEvidence
  role?: RoleEvidence
}

/** Statements that name Personalize or its roles and allow more than the use needs. Delegation to IAM names no principal. */
export function broaderFindings (
  usage: ResolvedUsage,
  keys: readonly KeyEvidence[],
  roles: readonly RoleEvidence[]
): Finding[] {
  const callers = [
    parseCaller({ kind: 'service', value: SERVICE_PRINCIPAL }),
    ...roles.map((role) => parseCaller({ kind: 'role', value: role.name.arn }))
  ]
  const actions = [...new Set(requirementsFor(usage, { crossAccount: true }).map((demand) => demand.action))]
  const need: Need = { actions, isOurs: (name) => callers.some((caller) => isNameOf(name, caller)) }
  const placesIn = (evidence: PolicyEvidence, rest: Omit<LayerPlace, 'evidence' | 'statement'>): LayerPlace[] =>
    evidence.policy.statements.map((statement) => ({ evidence, statement, ...rest }))
  const ofKeys = keys
    .flatMap((key) => (key.keyPolicy === undefined ? [] : placesIn(key.keyPolicy, { policy: 'keyPolicy', key })))
    .filter(
      ({ statement }) =>
        statement.principals?.everyone === false && callers.some((caller) => namesInAllow(statement, caller))
    )
  const ofRoles = roles.flatMap((role) =>
    role.identityPolicies.flatMap((evidence) => placesIn(evidence, { policy: 'identityPolicies', role }))
  )
  return [...ofKeys, ...ofRoles].flatMap((place) => broader(place, need))
}

function isNameOf (name: string, { value, sessionPrefix }: Caller): boolean {
  return name === value || (sessionPrefix !== '' && name.startsWith(sessionPrefix))
}

function broader (place: LayerPlace, need: Need): Finding[] {
  const {
    evidence: {
      policy: { name },
      document
    },
    statement,
    policy,
    key,
    role
  } = place
  const written = statementAsWritten(document, statement)
  const beyond = excess(statement, actionsAsWritten(document, statement), kmsActionMask(need.actions))
  if (beyond.length === 0 || written === undefined) return []
  const reference = statementReference(policy, name, statement)
  const narrower = narrowerStatement(written, statement, need, beyond)
  return [
    finding('BROADER_THAN_NEEDED', {
      ...(key === undefined ? {} : { kmsKeyArn: key.name.arn }),
      ...(role === undefined ? {} : { roleArn: role.name.arn }),
      actions: beyond,
      statement: reference,
      detail: `In ${formatStatement(reference)}: ${formatList(beyond)} goes beyond ${need.actions.join(', ')}.`,
      ...remedyFor(place, narrower, beyond)
    })
  ]
}

const OTHER_SERVICES =
  'Put the statement in `narrowerStatement` in its place, and beside it what the role needs of other services: those ' +
    'are not checked here, and this statement allows them, too.'
const MANAGES_THE_KEY =
  'Name an administrator of the key first: without this statement no principal of the account could change the key ' +
    'policy any more. Then narrow it to the actions that the use needs.'

/** What to put in its place, if anything of it is needed. */
function remedyFor (
  place: LayerPlace,
  narrower: Narrower,
  beyond: readonly string[]
): Pick<FindingEvidence, 'remedy' | 'narrowerStatement'> {
  const { statement: narrowerStatement, others, actions } = narrower
  if (isAwsManaged(place.evidence)) return detachment(place, actions.length === 0 ? undefined : narrowerStatement)
  if (keepsTheKeyOpen(place, narrower)) return { remedy: MANAGES_THE_KEY }
  const alsoNamed = `which also names ${formatList(others)}: what those need is not known here.`
  if (actions.length === 0)
    return {
      remedy:
        others.length === 0
          ? 'Remove the statement: the use needs nothing that it allows.'
          : `The use needs nothing of the statement: take Amazon Personalize and its role out of it, ${alsoNamed}`
    }
  if (others.length > 0)
    return {
      narrowerStatement,
      remedy: `Add the statement in \`narrowerStatement\`, and take the principals in it out of this one, ${alsoNamed}`
    }
  const isWider =
    place.policy === 'identityPolicies' &&
    (place.statement.actions?.inverted === true || beyond.some((name) => name === '*' || name === '*:*'))
  return { narrowerStatement, ...(isWider ? { remedy: OTHER_SERVICES } : {}) }
}

/** An AWS managed policy cannot be edited: what is needed of it goes into another policy. */
function detachment (
  { evidence, role }: LayerPlace,
  narrowerStatement: JsonObject | undefined
): Pick<FindingEvidence, 'remedy' | 'narrowerStatement'> {
  const detach = detachmentOf(evidence, role)
  const others = 'What the role needs of other services is not checked here.'
  return narrowerStatement === undefined
    ? { remedy: `${detach} The use needs nothing of this statement. ${others}` }
    : {
      narrowerStatement,
      remedy: 'Put the statement in `narrowerStatement` into a policy of your own and attach that first. ' +
        `Then: ${detach} ${others}`
    }
}

/** Whether it is this statement that leaves somebody in the account with kms:PutKeyPolicy. */
function keepsTheKeyOpen (
  { evidence: { document, policy }, statement: { index }, key }: LayerPlace,
  { statement, others }: Narrower
): boolean {
  if (key === undefined || document === undefined || others.length > 0) return false
  const { partition, accountId } = key.name
  const statements = Array.isArray(document['Statement']) ? document['Statement'].with(index, statement) : [statement]
  const target = { partition, accountId, keys: [[key.name]] }
  const narrowed = compilePolicy('default', { ...document, Statement: statements })
  return locksOut(narrowed, target) && !locksOut(policy, target)
}

/** The entries of an Allow that go beyond what is needed. */
function excess (statement: Statement, written: readonly string[], needed: ActionMask): string[] {
  if (statement.effect !== 'Allow' || statement.actions === undefined || statement.defects.size > 0) return []
  const beyond = ({ low, high }: ActionMask): boolean => (low & ~needed.low) !== 0 || (high & ~needed.high) !== 0
  if (!beyond(coveredKmsActions(statement.actions))) return []
  if (statement.actions.inverted) return [...written]
  return written.filter((name) => beyond(coveredKmsActions(parseActions(name, false, '', () => {}))))
}
