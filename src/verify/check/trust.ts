import { authorize, type Decision } from '../../iam/authorize.js'
import { ABSENT, type ContextValue, known, RequestContext, UNKNOWN } from '../../iam/match/request-context.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import { layerOf, type RoleEvidence } from '../read/evidence.js'

export const ASSUME_ROLE = 'sts:AssumeRole'

/** Whether Amazon Personalize may assume a role; no decision where the trust policy was not read. */
export interface CheckedTrust {
  role: RoleEvidence
  decision: Decision | undefined
}

/** Checks the trust policy of each role. A trust policy that was checked before is not evaluated again. */
export function checkTrust (
  usage: ResolvedUsage,
  roles: readonly RoleEvidence[],
  before: readonly CheckedTrust[] = []
): CheckedTrust[] {
  return roles.map((role) => {
    const same = before.find(
      (check) => check.role.trustPolicy === role.trustPolicy && check.role.name.arn === role.name.arn
    )
    return { role, decision: same === undefined ? decideAssumeRole(usage, role) : same.decision }
  })
}

/**
 * AWS documents that Amazon Personalize sends the source keys when it assumes a role.
 * https://docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html
 */
function decideAssumeRole (usage: ResolvedUsage, { name, trustPolicy }: RoleEvidence): Decision | undefined {
  if (trustPolicy === undefined) return undefined
  const sourceArn = `arn:${usage.partition}:personalize:${usage.region ?? '*'}:${usage.accountId}:?*`
  const context = new RequestContext(
    [
      ['aws:SourceAccount', known(usage.accountId)],
      ['aws:SourceArn', { state: 'unknown', mayBeAbsent: false, like: [sourceArn] }],
      ['aws:PrincipalIsAWSService', known('true')],
      ['aws:PrincipalServiceName', known(SERVICE_PRINCIPAL)],
      ['aws:PrincipalOrgID', ABSENT],
      ['aws:ResourceAccount', known(name.accountId)],
      ['aws:SecureTransport', known('true')],
      ['sts:ExternalId', ABSENT]
    ],
    (): ContextValue => UNKNOWN
  )
  return authorize(
    {
      principal: { kind: 'service', value: SERVICE_PRINCIPAL },
      action: ASSUME_ROLE,
      resource: { arn: name.arn, accountId: name.accountId },
      context,
      rule: 'identity-or-resource',
      withoutResource: true
    },
    { resourcePolicy: layerOf(trustPolicy) }
  )
}
