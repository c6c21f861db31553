import type { Check, Finding, StatementReference } from '../../../schemas/verification.js'
import { finding } from '../../findings/catalogue.js'
import { statementReference, formatCondition, formatStatement } from '../../findings/format.js'
import { groupBy } from '../../group-by.js'
import type { Condition } from '../../iam/condition/condition.js'
import { namesInAllow } from '../../iam/decide/statement-match.js'
import type { Policy } from '../../iam/document/policy-document.js'
import { parseCaller } from '../../iam/document/principal.js'
import type { CheckedAccess } from '../check/checks.js'
import { coversActionName } from './missing.js'

const KEY = 'kms:grantisforawsresource'
/** The actions with which KMS sends the key, as far as they are demanded. */
const ACTIONS = new Set(['kms:CreateGrant', 'kms:ListGrants'])

interface Found {
  access: CheckedAccess
  statement: StatementReference
  conditions: readonly Condition[]
}

/**
 * The condition of the console's key users statement, where access to grants depends on it: AWS does not say whether
 * it is true of the calls that are made for Personalize.
 */
export function grantFindings (checked: readonly CheckedAccess[]): Finding[] {
  const found = checked.flatMap((access) => [
    ...(isOpen(access, 'keyPolicy')
      ? conditionalStatements(
        access,
        'keyPolicy',
        access.key.keyPolicy === undefined ? [] : [access.key.keyPolicy.policy]
      )
      : []),
    ...(isOpen(access, 'iamPolicy')
      ? conditionalStatements(
        access,
        'identityPolicies',
        access.role?.identityPolicies.map(({ policy }) => policy) ?? []
      )
      : [])
  ])
  const identity = ({ access: { check }, statement }: Found): string =>
    JSON.stringify([check.kmsKeyArn, check.roleArn, statement])
  return groupBy(found, identity).map((group) => {
    const [
      {
        access: { check },
        statement,
        conditions
      }
    ] = group
    const actions = [...new Set(group.map(({ access }) => access.check.action))]
    return finding('GRANT_FOR_AWS_RESOURCE_ONLY', {
      kmsKeyArn: check.kmsKeyArn,
      ...(check.roleArn === undefined ? {} : { roleArn: check.roleArn }),
      actions,
      statement,
      detail:
        `In ${formatStatement(statement)}: it allows ${check.roleArn ?? check.principal.id} ` +
        `${actions.join(' and ')} only where ${conditions.map(formatCondition).join(' and ')}.`
    })
  })
}

/** Whether the access depends on the condition, or what the page demands of one policy does. */
function isOpen ({ check, granted }: CheckedAccess, place: Check['requiredIn'][number]): boolean {
  if (!ACTIONS.has(check.action) || check.effective === 'explicitDeny') return false
  const dependsOnIt =
    check.effective === 'conditional' && check.missingContextValues.some((name) => name.toLowerCase() === KEY)
  return dependsOnIt || granted[place] === 'maybe'
}

function conditionalStatements (
  access: CheckedAccess,
  layer: 'keyPolicy' | 'identityPolicies',
  policies: readonly Policy[]
): Found[] {
  const caller = parseCaller(access.request.principal)
  return policies.flatMap((policy) =>
    policy.statements.flatMap((statement): Found[] => {
      const conditions = statement.conditions.filter(({ key, operator }) => key === KEY && operator.family !== 'null')
      const isOurs = layer === 'identityPolicies' || namesInAllow(statement, caller)
      if (
        statement.effect !== 'Allow' ||
        conditions.length === 0 ||
        !isOurs ||
        !coversActionName(statement.actions, access.check.action)
      )
        return []
      return [{ access, conditions, statement: statementReference(layer, policy.name, statement) }]
    })
  )
}

/** The grants that give an access which no policy gives; none where a policy has a part in it. */
export function onlyByGrant (deciding: readonly StatementReference[]): StatementReference[] {
  const allowing = deciding.filter(
    ({ effect, policy }) =>
      effect === 'Allow' && !policy.endsWith('ControlPolicies') && policy !== 'permissionsBoundary'
  )
  return allowing.every(({ policy }) => policy === 'grants') ? allowing : []
}
