import { asList } from '../json/json.js'
import { isPartition, type ParsedKeyArn, parseKeyArn, personalizeRegions } from '../personalize/identifiers.js'
import { type MergeableDocument, statementsOf } from './existing-policy.js'

export type KeyPlace = Pick<ParsedKeyArn, 'arn' | 'accountId' | 'region'>

const NO_KEY_ID = '00000000-0000-0000-0000-000000000000'
/** A policy names one key or a few; each more would cost another decision on every permission. */
const MAX_NAMED = 16

/**
 * The keys that a policy may be about where the request names none: each one that the policy itself names,
 * and in each Region one that it does not. What holds for all of them holds whatever the key.
 */
export function conceivableKeys (
  document: MergeableDocument,
  { partition, accountId, region }: { partition: string; accountId: string; region?: string | undefined }
): KeyPlace[] {
  const regions = region !== undefined ? [region] : isPartition(partition) ? personalizeRegions(partition) : []
  const named = statementsOf(document)
    .flatMap((statement) => [...asList(statement['Resource']), ...asList(statement['NotResource'])])
    .map((resource) => (typeof resource === 'string' ? parseKeyArn(resource) : undefined))
    .filter((key) => key !== undefined)
    .filter((key) => key.kind === 'key' && key.accountId === accountId)
  return [
    ...regions.map((name) => ({
      arn: `arn:${partition}:kms:${name}:${accountId}:key/${NO_KEY_ID}`,
      accountId,
      region: name
    })),
    ...named.slice(0, MAX_NAMED)
  ]
}
