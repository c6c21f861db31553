import type { Finding } from '../../../schemas/verification.js'
import { formatCondition, formatList } from '../../findings/format.js'
import { NAME_FOR_BUCKET, openToEveryoneText } from '../../findings/open-to-everyone.js'
import type { Statement } from '../../iam/document/policy-document.js'
import { isUniqueId } from '../../iam/document/principal.js'
import { parseArn } from '../../iam/match/arn.js'
import { asList, isObject } from '../../json/json.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import { type RoleEvidence, statementAsWritten } from '../read/evidence.js'
import { isMistyped } from './edit-distance.js'
import { type StatementPlace, reportStatement } from './statement-place.js'

const SOURCE_KEYS = new Set(['aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'aws:sourceorgpaths'])

export function stalePrincipals (place: StatementPlace, statement: Statement): Finding[] {
  const stale = statement.principals?.aws.filter(isUniqueId) ?? []
  return stale.length === 0
    ? []
    : [
      reportStatement('STALE_PRINCIPAL', place, statement, {
        detail: `${formatList(stale)} is the id ` + 'of a deleted role or user.'
      })
    ]
}

/** There is no access across partitions; where the name is that of a role in question, this is why it fails. */
export function otherPartition (
  place: StatementPlace,
  statement: Statement,
  { what, partition }: { what: 'key' | 'bucket'; partition: string },
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
          `the ${what} is in partition ${partition}.`,
        ...(meant ? { severity: 'error' as const } : {})
      })
    ]
}

const isMeant = (name: string): boolean => /^personalize\b/i.test(name) || isMistyped(name, SERVICE_PRINCIPAL)

/** Names that were meant to be Amazon Personalize: with a Region, in another case, or as an AWS principal. */
export function wrongService (place: StatementPlace, statement: Statement): Finding[] {
  const { Principal } = statementAsWritten(place.document, statement) ?? {}
  if (!isObject(Principal)) return []
  const names = (type: string): string[] => asList(Principal[type] ?? []).filter((name) => typeof name === 'string')
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

/** An Allow for every AWS account, without a condition that limits who may call. */
export function openToEveryone (place: StatementPlace, statement: Statement): Finding[] {
  const text = openToEveryoneText(statement)
  if (text === undefined) return []
  const isBucket = place.where.bucket !== undefined
  return [
    reportStatement('OPEN_TO_EVERYONE', place, statement, {
      detail: `${text}${isBucket ? ', and requests without any' : ''}.`,
      ...(isBucket ? { remedy: NAME_FOR_BUCKET } : {})
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
        detail:
            `${formatList(cutting.map(formatCondition))}, and no call contains the key that is made by ` +
            `${formatList(principals.aws)}.`
      })
    ]
    : []
}
