import type { ContextKeys } from '../../../schemas/verification-context.js'
import { type Decision, prepare, type PreparedEvaluation } from '../../iam/authorize.js'
import { ABSENT, type ContextValue, known, RequestContext, UNKNOWN } from '../../iam/match/request-context.js'
import { membershipEntries, serviceFactEntries, tagEntries } from '../../personalize/call-facts.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import { layerOf, type RoleEvidence } from '../read/evidence.js'
import { levelsFor, type OrganizationContext } from '../read/organization.js'

export const ASSUME_ROLE = 'sts:AssumeRole'
const TAG_SESSION = 'sts:TagSession'

/** Whether Amazon Personalize may assume a role; no decision where the trust policy was not read. */
export interface CheckedTrust {
  role: RoleEvidence
  decision: Decision | undefined
  /** Whether the session may have tags that the role does not have. */
  sessionTags: boolean
}

/** Checks the trust policy of each role. A trust policy that was checked before is not evaluated again. */
export function checkTrust (
  usage: ResolvedUsage,
  roles: readonly RoleEvidence[],
  around: OrganizationContext,
  before: readonly CheckedTrust[] = []
): CheckedTrust[] {
  return roles.map((role) => {
    const same = before.find(
      (check) => check.role.trustPolicy === role.trustPolicy && check.role.name.arn === role.name.arn
    )
    if (same !== undefined) return { ...same, role }
    const evaluation = prepareTrust(usage, role, around)
    const tags = evaluation?.decide(TAG_SESSION).decision
    return {
      role,
      decision: evaluation?.decide(ASSUME_ROLE),
      sessionTags: tags !== 'implicitDeny' && tags !== 'explicitDeny'
    }
  })
}

/**
 * AWS documents that Amazon Personalize sends the source keys when it assumes a role. The resource control policies of
 * the role's account bind it; service control policies do not bind services.
 * https://docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
 */
function prepareTrust (
  usage: ResolvedUsage,
  { name, trustPolicy, observed }: RoleEvidence,
  around: OrganizationContext
): PreparedEvaluation | undefined {
  if (trustPolicy === undefined) return undefined
  const sourceArn = `arn:${usage.partition}:personalize:${usage.region ?? '*'}:${usage.accountId}:?*/?*`
  const tags = observed.tags?.state === 'read' ? observed.tags.value : undefined
  const membership = around.memberships?.get(name.accountId)
  const assumed = new RequestContext(
    [
      ...serviceFactEntries(usage.partition),
      ['aws:SourceAccount', known(usage.accountId)],
      ['aws:SourceArn', { state: 'unknown', mayBeAbsent: false, like: [sourceArn] }],
      ['aws:PrincipalIsAWSService', known('true')],
      ['aws:PrincipalServiceName', known(SERVICE_PRINCIPAL)],
      ['aws:PrincipalOrgID', ABSENT],
      ['aws:PrincipalOrgPaths', ABSENT],
      ['aws:ResourceAccount', known(name.accountId)],
      ...membershipEntries('aws:Resource', membership),
      // The role is of the account that runs Personalize, and the source account is always sent.
      ...membershipEntries('aws:Source', membership),
      ...tagEntries('aws:ResourceTag/', tags),
      ['aws:SecureTransport', known('true')],
      ['sts:ExternalId', ABSENT]
    ],
    (key): ContextValue => (tags !== undefined && key.startsWith('aws:resourcetag/') ? ABSENT : UNKNOWN)
  )
  const context = withGiven(assumed, { ...around.context.both, ...around.context.service })
  const rcps = levelsFor(around.resourceControlPolicies, name.accountId)
  return prepare(
    {
      principal: { kind: 'service', value: SERVICE_PRINCIPAL },
      resource: { arn: name.arn, accountId: name.accountId },
      context,
      rule: 'identity-or-resource',
      withoutResource: true
    },
    { resourcePolicy: layerOf(trustPolicy), ...(rcps === undefined ? {} : { resourceControlPolicies: rcps }) }
  )
}

/** What the request says of the calls of the service principal fills what is not known of this one. */
function withGiven (assumed: RequestContext, given: ContextKeys): RequestContext {
  const filled = Object.entries(given).flatMap(([name, value]) => {
    const key = name.toLowerCase()
    return assumed.lookup(key).state === 'unknown' ? [[key, known(value)] as const] : []
  })
  return filled.length === 0 ? assumed : assumed.with(new Map(filled))
}
