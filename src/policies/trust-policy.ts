import type { PolicyDocument } from '../../schemas/policy-document.js'
import { SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import type { ResolvedUsage } from '../personalize/usage.js'

type Condition = Record<string, Record<string, string>>
type Source = Pick<ResolvedUsage, 'accountId' | 'region'> & { partition: string }

/**
 * The resources on whose behalf Personalize may call. An unknown Region stands as `*`, as AWS advises for parts of
 * the ARN that are not known.
 * https://docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html
 */
export function sourceArn (usage: Source): string {
  return `arn:${usage.partition}:personalize:${usage.region ?? '*'}:${usage.accountId}:*`
}

/**
 * The condition on the statement of the service principal; undefined where none is wanted. For the role's statement
 * there is none:
 * a role's own call carries no source keys. That Personalize sends them to KMS no page says, so `ifExists` is what
 * cannot break a call.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceaccount
 */
export function sourceCondition (
  usage: Source & Pick<ResolvedUsage, 'sourceConditions'>
): Condition | undefined {
  if (usage.sourceConditions === 'none') return undefined
  const account = { 'aws:SourceAccount': usage.accountId }
  const arn = { 'aws:SourceArn': sourceArn(usage) }
  return usage.sourceConditions === 'strict'
    ? { StringEquals: account, ArnLike: arn }
    : { StringEqualsIfExists: account, ArnLikeIfExists: arn }
}

/**
 * The trust policy of a service role. Both conditions name the one account: AWS's page prints two different ones,
 * and no principal could assume that role. A role that Personalize uses in several Regions trusts each of them.
 * https://docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html
 */
export function trustPolicy (usages: readonly [ResolvedUsage, ...ResolvedUsage[]]): PolicyDocument {
  const [{ accountId }] = usages
  const arns = [...new Set(usages.map(sourceArn))]
  const [first] = arns
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AllowPersonalizeAssumeRole',
        Effect: 'Allow',
        Principal: { Service: SERVICE_PRINCIPAL },
        Action: 'sts:AssumeRole',
        Condition: {
          StringEquals: { 'aws:SourceAccount': accountId },
          ArnLike: { 'aws:SourceArn': arns.length === 1 ? first : arns }
        }
      }
    ]
  }
}
