import type { Finding } from '../../../schemas/verification.js'
import { formatCondition, formatList } from '../../findings/format.js'
import type { Condition } from '../../iam/condition/condition.js'
import type { Statement } from '../../iam/document/policy-document.js'
import { isUniqueId } from '../../iam/document/principal.js'
import { parseArn } from '../../iam/match/arn.js'
import { asList, isObject } from '../../json/json.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import { type KeyEvidence, type RoleEvidence, statementAsWritten } from '../read/evidence.js'
import { isMistyped } from './edit-distance.js'
import { type StatementPlace, reportStatement } from './statement-place.js'

const SOURCE_KEYS = new Set(['aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'aws:sourceorgpaths'])

export function stalePrincipals (place: StatementPlace, statement: Statement): Finding[] {
  const stale = statement.principals?.aws.filter(isUniqueId) ?? []
  return stale.length === 0
    ? []
    : [reportStatement('STALE_PRINCIPAL', place, statement, { detail: `${formatList(stale)} is the id ` +
      'of a deleted role or user.' })]
}

/** There is no access across partitions; where the name is that of a role in question, this is why it fails. */
export function otherPartition (
  place: StatementPlace,
  statement: Statement,
  { name: { partition } }: KeyEvidence,
  roles: readonly RoleEvidence[]
): Finding[] {
  const foreign =
    statement.principals?.aws.filter((name) => (parseArn(name)?.partition ?? partition) !== partition) ?? []
  const meant = foreign.some((name) =>
    roles.some((role) => role.name.arn === name.replace(/^arn:[a-z-]+:/, `arn:${role.name.partition}:`))
  )
  return foreign.length === 0
    ? []
    : [
      reportStatement('PRINCIPAL_OF_OTHER_PARTITION', place, statement, {
        detail:
          `${formatList(foreign)} is written; ` +
          `${formatList(foreign.map((name) => name.replace(/^arn:[a-z-]+:/, `arn:${partition}:`)))} is needed: ` +
          `the key is in partition ${partition}.`,
        ...(meant ? { severity: 'error' as const } : {})
      })
    ]
}

const isMeant = (name: string): boolean => /^personalize\b/i.test(name) || isMistyped(name, SERVICE_PRINCIPAL)

/** Names that were meant to be Amazon Personalize: with a Region, in another case, or as an AWS principal. */
export function wrongService (place: StatementPlace, statement: Statement): Finding[] {
  const { Principal } = statementAsWritten(place.document, statement) ?? {}
  const names = (type: string): string[] =>
    (isObject(Principal) ? asList(Principal[type] ?? []) : []).filter((name) => typeof name === 'string')
  const wrong = [
    ...names('Service').filter((name) => isMeant(name) && name !== SERVICE_PRINCIPAL),
    ...names('AWS').filter(isMeant)
  ]
  return wrong.length === 0
    ? []
    : [
      reportStatement('WRONG_SERVICE_PRINCIPAL', place, statement, {
        detail: `${formatList(wrong)} is written; {"Service": "${SERVICE_PRINCIPAL}"} is needed.`
      })
    ]
}

/**
 * Condition keys that limit who may call. Tags and names of users are none: every account chooses its own.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
const LIMITING_KEYS = new Set([
  ...SOURCE_KEYS,
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalisawsservice',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:principalservicename',
  'aws:sourceip',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
  'aws:vpcsourceip',
  'kms:calleraccount',
  'sts:externalid'
])

function isLimit ({ key, operator, ifExists, set, values }: Condition): boolean {
  if (!LIMITING_KEYS.has(key)) return false
  if (operator.negated || operator.family === 'null' || ifExists || set === 'forAllValues') return false
  return values.every(({ text }) => !isOfAnyAccount(key, text))
}

/** Whether a value of a limiting key is one that principals of any account can have. */
function isOfAnyAccount (key: string, text: string): boolean {
  if (/^[*?]+$/.test(text) || text === '0.0.0.0/0' || text === '::/0') return true
  // The part before the colon is the id of the role; anybody may choose the name of a session.
  if (key === 'aws:userid') return /^[*?]+:/.test(text)
  return key === 'aws:principalarn' && /^[*?]+$/.test(text.split(':')[4] ?? '*')
}

/** An Allow for every AWS account, without a condition that limits who may call. */
export function openToEveryone (place: StatementPlace, statement: Statement): Finding[] {
  const { effect, principals, conditions, actions } = statement
  const isOpen = principals?.everyone === true || principals?.inverted === true
  if (effect !== 'Allow' || !isOpen || actions === undefined || conditions.some(isLimit)) return []
  const element = principals.inverted ? 'NotPrincipal in an Allow' : 'Principal "*"'
  const only =
    conditions.length === 0 ? 'without a condition' : `and only ${formatList(conditions.map(formatCondition), ' and ')}`
  return [
    reportStatement('OPEN_TO_EVERYONE', place, statement, {
      detail: `${element} ${only} allows principals of every AWS account.`
    })
  ]
}

/** Only the service's own calls contain the source keys; a role named in the same statement never satisfies them. */
export function jointCondition (place: StatementPlace, statement: Statement): Finding[] {
  const { principals, conditions, effect } = statement
  const joint =
    effect === 'Allow' &&
    principals !== undefined &&
    principals.aws.length > 0 &&
    principals.services.includes(SERVICE_PRINCIPAL)
  const cutting = conditions.filter(
    (condition) =>
      SOURCE_KEYS.has(condition.key) &&
      !condition.ifExists &&
      !condition.operator.negated &&
      condition.operator.family !== 'null' &&
      condition.set !== 'forAllValues'
  )
  return joint && cutting.length > 0
    ? [
      reportStatement('JOINT_STATEMENT_CONDITION', place, statement, {
        detail: `${formatList(cutting.map(formatCondition))}, and no call contains the key that is made by ` +
          `${formatList(principals.aws)}.`
      })
    ]
    : []
}
