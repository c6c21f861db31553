import { parseArn } from '../iam/match/arn.js'
import { ABSENT, type ContextValue, known } from '../iam/match/request-context.js'
import { type CallFacts, roleFactEntries, serviceFactEntries, sourceFactEntries } from './call-facts.js'
import { isPartition, personalizeRegions, SERVICE_PRINCIPAL } from './identifiers.js'

export type Entries = Array<readonly [string, ContextValue]>

/** Which of Personalize's two identities calls. */
export type PersonalizeCaller = { type: 'service' } | { type: 'role'; arn: string }

/** Where Personalize runs; a Region that was not given stays open. */
export interface PersonalizePlace {
  accountId: string
  region: string | undefined
  partition: string
}

export function absent (...names: string[]): Entries {
  return names.map((name) => [name, ABSENT] as const)
}

/**
 * The role's session, in a call to any service. The source keys exist only on calls that a service principal makes
 * itself.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceaccount
 */
export function roleSessionEntries (roleArn: string, facts: CallFacts = {}): Entries {
  return [
    ['aws:PrincipalArn', known(roleArn)],
    ['aws:PrincipalAccount', known(parseArn(roleArn)?.accountId ?? '')],
    ['aws:PrincipalType', known('AssumedRole')],
    ['aws:PrincipalIsAWSService', known('false')],
    ...absent(
      'aws:PrincipalServiceName',
      'aws:PrincipalServiceNamesList',
      'aws:SourceAccount',
      'aws:SourceArn',
      'aws:SourceOrgID',
      'aws:SourceOrgPaths',
      'aws:username',
      'aws:FederatedProvider'
    ),
    ...roleFactEntries(facts)
  ]
}

/**
 * Every account has an id of twelve digits, so that no text with a wildcard under StringEquals is one.
 * https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html
 */
const ACCOUNT_NUMBER: ContextValue = { state: 'unknown', mayBeAbsent: true, like: ['????????????'] }

/**
 * Personalize itself, in a call to any service. AWS does not say whether it sends the source keys; if it does, they
 * name the account and a resource of Personalize there. It is no member of anybody's organization.
 */
export function servicePrincipalEntries (
  { accountId, region, partition }: PersonalizePlace,
  facts: CallFacts = {}
): Entries {
  const maybe = (...like: string[]): ContextValue => ({ state: 'unknown', mayBeAbsent: true, like })
  const regions = region !== undefined ? [region] : isPartition(partition) ? personalizeRegions(partition) : []
  return [
    ['aws:PrincipalIsAWSService', known('true')],
    ['aws:PrincipalServiceName', known(SERVICE_PRINCIPAL)],
    ['aws:PrincipalServiceNamesList', { state: 'unknown', mayBeAbsent: false }],
    ...absent('aws:PrincipalOrgID', 'aws:PrincipalOrgPaths', 'aws:username', 'aws:FederatedProvider'),
    ...serviceFactEntries(partition),
    ['aws:PrincipalAccount', ACCOUNT_NUMBER],
    ['kms:CallerAccount', ACCOUNT_NUMBER],
    ...sourceFactEntries(facts),
    ['aws:SourceAccount', maybe(accountId)],
    ['aws:SourceArn', maybe(...regions.map((name) => `arn:${partition}:personalize:${name}:${accountId}:?*/?*`))]
  ]
}

export function timeEntries (now: Date | undefined): Entries {
  if (now === undefined) return []
  return [
    ['aws:CurrentTime', known(now.toISOString())],
    ['aws:EpochTime', known(String(Math.floor(now.getTime() / 1000)))]
  ]
}
