import type { PolicyDocument } from '../../schemas/policy-document.js'
import { SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import { sourceArn } from './source-conditions.js'

/**
 * The trust policy of a service role. Both conditions name the one account: AWS's page prints two different ones,
 * and nobody could assume that role. A role that Personalize uses in several Regions trusts each of them.
 * https://docs.aws.amazon.com/personalize/latest/dg/cross-service-confused-deputy-prevention.html
 */
export function trustPolicy (usages: readonly [ResolvedUsage, ...ResolvedUsage[]]): PolicyDocument {
  const [{ accountId }] = usages
  const arns = [...new Set(usages.map(sourceArn))]
  const [first] = arns
  return {
    Version: '2012-10-17',
    Statement: [{
      Sid: 'AllowPersonalizeAssumeRole',
      Effect: 'Allow',
      Principal: { Service: SERVICE_PRINCIPAL },
      Action: 'sts:AssumeRole',
      Condition: {
        StringEquals: { 'aws:SourceAccount': accountId },
        ArnLike: { 'aws:SourceArn': arns.length === 1 ? first : arns }
      }
    }]
  }
}
