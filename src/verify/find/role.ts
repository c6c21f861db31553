import type { Finding, StatementReference } from '../../../schemas/verification.js'
import { finding, type FindingEvidence } from '../../findings/catalogue.js'
import { formatList, formatStatement } from '../../findings/format.js'
import type { Decision } from '../../iam/authorize.js'
import type { Condition } from '../../iam/condition/condition.js'
import type { Policy, Statement } from '../../iam/document/policy-document.js'
import { ACCOUNT_ID, parseArn } from '../../iam/match/arn.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import { ASSUME_ROLE, type CheckedTrust } from '../check/trust.js'
import { trustReference, missingInTrustPolicy, trustsPersonalize } from './missing.js'
import { MAX_SINGLE_DENIES } from './organization.js'

/** What is wrong with the role itself: that it is not there, or that Personalize cannot assume it. */
export function roleFindings (usage: ResolvedUsage, { role, decision }: CheckedTrust): Finding[] {
  const roleArn = role.name.arn
  if (role.observed.role.state === 'notFound') return [missingRole(roleArn, role.observed.role)]
  if (role.trustPolicy === undefined) return []
  const { policy } = role.trustPolicy
  const differing = policy.statements.filter((statement) => trustsPersonalize(statement) && accountsDiffer(statement))
  const unconditional = policy.statements.filter(
    (statement) => statement.effect === 'Allow' && trustsPersonalize(statement) && !restrictsSource(statement)
  )
  return [
    ...assumable(usage, roleArn, policy, decision),
    ...differing.map((statement) =>
      finding('TRUST_ACCOUNTS_DIFFER', {
        roleArn,
        statement: trustReference(policy, statement),
        ...(decision?.decision === 'allowed' ? {} : { severity: 'error' as const }),
        detail:
          `In ${formatStatement(trustReference(policy, statement))}: it requires the source accounts ` +
          `${formatList(sourceAccounts(statement), ' and ')} at once.`
      })
    ),
    ...unconditional.map((statement) =>
      finding('TRUST_WITHOUT_SOURCE_CONDITION', {
        roleArn,
        statement: trustReference(policy, statement),
        detail:
          `In ${formatStatement(trustReference(policy, statement))}: it has no condition on ` +
          'aws:SourceAccount or aws:SourceArn.'
      })
    )
  ]
}

/** IAM finds a role by its name alone, a policy names it by its ARN with the path. */
function missingRole (roleArn: string, { why, otherArn }: { why: string; otherArn?: string }): Finding {
  if (otherArn === undefined) return finding('ROLE_NOT_FOUND', { roleArn, detail: why })
  return finding('ROLE_NOT_FOUND', {
    roleArn,
    detail: `${roleArn} is written; the role of this name is ${otherArn}. The path of the role differs.`,
    remedy:
      `Use ${otherArn} in the request, in the key policy and wherever the role is passed to Amazon Personalize. ` +
      'A policy that names the role by another path does not match it.'
  })
}

function assumable (usage: ResolvedUsage, roleArn: string, policy: Policy, decision: Decision | undefined): Finding[] {
  if (decision === undefined || decision.decision === 'allowed') return []
  const deciding = decision.decision === 'explicitDeny' ? decision.matchedStatements : decision.mayBeDetermining
  const statements = deciding.map(trustPlace)
  const evidence = { roleArn, actions: [ASSUME_ROLE] }
  switch (decision.decision) {
    case 'implicitDeny': {
      const missing = missingInTrustPolicy(policy, ASSUME_ROLE)
      return [
        finding('ROLE_NOT_ASSUMABLE', {
          ...evidence,
          detail:
            `No statement of the trust policy allows ${SERVICE_PRINCIPAL} to assume the role: ${missing.text}. ` +
            `${whatIsSent(usage)}${whatIsNotSent(policy)}`,
          ...pointedAt(missing.statements)
        })
      ]
    }
    case 'explicitDeny':
      // Each needs an exception of its own.
      return (statements.length > MAX_SINGLE_DENIES ? [statements] : statements.map((deny) => [deny])).map((denies) =>
        finding('ROLE_NOT_ASSUMABLE', {
          ...evidence,
          detail: `Denied by ${formatList(denies.map(formatStatement))}. ${whatIsSent(usage)}`,
          remedy: 'Exclude personalize.amazonaws.com from this Deny statement; an Allow cannot override it.',
          ...pointedAt(denies)
        })
      )
    case 'conditional':
      return [
        finding('ACCESS_DEPENDS_ON_CONDITION', {
          ...evidence,
          detail:
            `Whether Amazon Personalize can assume the role depends on ${formatList(decision.missingContextValues)}. ` +
            whatIsSent(usage),
          remedy: 'Use values in the condition that every resource of Amazon Personalize in the account satisfies.',
          ...pointedAt(deniesFirst(statements))
        })
      ]
    case 'unknown':
      // What was not read, or is malformed, has a finding of its own.
      return policy.opaque ||
        policy.unsupported.length + policy.unresolved.length > 0 ||
        decision.layers.resourceControlPolicies === 'unknown'
        ? []
        : [undocumented(roleArn, statements)]
    default:
      return []
  }
}

function undocumented (roleArn: string, statements: StatementReference[]): Finding {
  return finding('NOT_DOCUMENTED', {
    roleArn,
    actions: [ASSUME_ROLE],
    detail: `AWS does not document whether ${formatList(statements.map(formatStatement))} allows it.`,
    remedy: 'Name the service principal personalize.amazonaws.com in a statement of the trust policy.',
    ...pointedAt(deniesFirst(statements))
  })
}

/** The source keys of the call, as AWS documents them. */
function whatIsSent ({ accountId, partition, region = 'REGION' }: ResolvedUsage): string {
  return (
    `Amazon Personalize sends aws:SourceAccount ${accountId} and an aws:SourceArn that begins with ` +
    `arn:${partition}:personalize:${region}:${accountId}:.`
  )
}

/** Keys that no call of Amazon Personalize to sts:AssumeRole contains. */
const NEVER_SENT = ['sts:ExternalId', 'aws:PrincipalOrgID', 'aws:PrincipalOrgPaths']

function whatIsNotSent ({ statements }: Policy): string {
  const required = new Set(
    statements.filter(trustsPersonalize).flatMap(({ conditions }) => conditions.map(({ key }) => key.toLowerCase()))
  )
  const absent = NEVER_SENT.filter((name) => required.has(name.toLowerCase()))
  return absent.length === 0 ? '' : ` It does not send ${formatList(absent, ' or ')}.`
}

/** A Deny is what needs a change. */
function deniesFirst (statements: readonly StatementReference[]): StatementReference[] {
  return [
    ...statements.filter(({ effect }) => effect === 'Deny'),
    ...statements.filter(({ effect }) => effect === 'Allow')
  ]
}

/** The statements of a finding, the first as the one to look at. */
function pointedAt (statements: StatementReference[]): Pick<FindingEvidence, 'statement' | 'statements'> {
  return statements[0] === undefined ? {} : { statement: statements[0], statements }
}

/** The resource policy of a role is its trust policy. */
function trustPlace ({ policy, ...place }: Decision['matchedStatements'][number]): StatementReference {
  return { policy: policy === 'resourcePolicy' ? 'trustPolicy' : policy, ...place }
}

function valuesOf (statement: Statement, key: string): string[] {
  const positive = (condition: Condition): boolean =>
    condition.key === key && !condition.operator.negated && condition.operator.family !== 'null'
  return statement.conditions.filter(positive).flatMap((condition) => condition.values.map((value) => value.text))
}

function restrictsSource (statement: Statement): boolean {
  return valuesOf(statement, 'aws:sourceaccount').length > 0 || valuesOf(statement, 'aws:sourcearn').length > 0
}

function sourceAccounts (statement: Statement): string[] {
  const ofArns = valuesOf(statement, 'aws:sourcearn').flatMap((text) => parseArn(text)?.accountId ?? [])
  return [...new Set([...valuesOf(statement, 'aws:sourceaccount'), ...ofArns])]
}

/** No request can satisfy a SourceAccount of one account and a SourceArn of another. */
function accountsDiffer (statement: Statement): boolean {
  const accounts = valuesOf(statement, 'aws:sourceaccount')
  const ofArns = valuesOf(statement, 'aws:sourcearn')
    .flatMap((text) => parseArn(text)?.accountId ?? [])
    .filter((account) => ACCOUNT_ID.test(account))
  return accounts.length > 0 && ofArns.length > 0 && !ofArns.some((account) => accounts.includes(account))
}
