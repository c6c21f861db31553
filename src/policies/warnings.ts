import type { Finding } from '../../schemas/verification.js'
import { finding } from '../findings/catalogue.js'
import { formatList, formatStatement, statementReference } from '../findings/format.js'
import { EXCLUDE_FROM_DENY, openDenyCode } from '../findings/open-deny.js'
import { NAME_FOR_BUCKET, openToEveryoneText } from '../findings/open-to-everyone.js'
import { groupBy } from '../group-by.js'
import { compilePolicy } from '../iam/document/policy-document.js'
import { RESOURCE } from '../iam/match/request-context.js'
import type { ParsedKeyArn } from '../personalize/identifiers.js'
import { batchJobsOnOneLocation, isDirectoryBucket, mergedLocations } from '../personalize/locations.js'
import { usesNewKey } from '../personalize/usage.js'
import type { OpenDeny } from './existing-denies.js'
import type { ExistingPolicy, UsageToGenerate } from './existing-policy.js'
import { roleNeedsOf } from './role-policy.js'

function crossAccount ({ accountId }: UsageToGenerate, { arn, accountId: owner }: ParsedKeyArn): Finding[] {
  if (owner === accountId) return []
  const detail = `The key belongs to account ${owner}, Amazon Personalize runs in ${accountId}.`
  return [finding('CROSS_ACCOUNT_KEY', { kmsKeyArn: arn, detail })]
}

function otherRegion ({ region }: UsageToGenerate, key: ParsedKeyArn): Finding[] {
  if (region === undefined || key.region === region) return []
  const detail = `The key is in ${key.region}, Amazon Personalize in ${region}.`
  return [finding('KEY_REGION_MISMATCH', { kmsKeyArn: key.arn, detail })]
}

const STRICT =
  'The service principal is allowed only if it sends aws:SourceAccount and aws:SourceArn. AWS documents ' +
  'these condition keys for the trust policy of the service role, not for calls of Amazon Personalize to KMS. ' +
  'If they are not sent, every such call is denied.'

/** A key yet to be made has no ARN. */
const about = (key: ParsedKeyArn | undefined): { kmsKeyArn?: string } =>
  key === undefined ? {} : { kmsKeyArn: key.arn }

function strictConditions ({ sourceConditions }: UsageToGenerate, key?: ParsedKeyArn): Finding[] {
  return sourceConditions === 'strict'
    ? [finding('ACCESS_DEPENDS_ON_CONDITION', { ...about(key), detail: STRICT })]
    : []
}

const NO_DELEGATION =
  'Without the statement of the account root, IAM policies have no effect on the key, and no principal ' +
  'of the generated policy has kms:PutKeyPolicy. KMS rejects such a policy unless its safety check is bypassed.'

function withoutDelegation ({ delegateToIam, existingKeyPolicy }: UsageToGenerate, key?: ParsedKeyArn): Finding[] {
  if (delegateToIam || existingKeyPolicy !== undefined) return []
  return [finding('KEY_LOCKOUT', { ...about(key), actions: ['kms:PutKeyPolicy'], detail: NO_DELEGATION })]
}

export const EVERY_KEY =
  'The usage names no key, so the permissions policy has the Resource "*": its actions are allowed on every key ' +
  'whose key policy leaves access to IAM policies.'
const NAME_THE_KEYS = 'Name the keys in kmsKeyArns: their ARNs are then the Resource of the permissions policy.'

function everyKey (usage: UsageToGenerate): Finding[] {
  // A permissions policy that names keys names no other.
  if (
    !usesNewKey(usage) ||
    roleNeedsOf(usage).every(({ resource, demands }) => resource !== '*' || demands.length === 0)
  )
    return []
  return usage.roles.map(({ arn }) =>
    finding('BROADER_THAN_NEEDED', { roleArn: arn, detail: EVERY_KEY, remedy: NAME_THE_KEYS })
  )
}

/** A bucket with the first location in it. */
type BucketUse = UsageToGenerate['locations'][number]

function crossAccountBucket ({ accountId }: UsageToGenerate, { bucket, accountId: owner }: BucketUse): Finding[] {
  if (owner === accountId) return []
  const detail = `The bucket belongs to account ${owner}, Amazon Personalize runs in ${accountId}.`
  return [finding('CROSS_ACCOUNT_BUCKET', { bucket, detail })]
}

function directoryBucket (_: UsageToGenerate, { bucket }: BucketUse): Finding[] {
  if (!isDirectoryBucket(bucket)) return []
  return [finding('DIRECTORY_BUCKET', { bucket, detail: `The name ${bucket} is that of a directory bucket.` })]
}

const STRICT_BUCKET =
  'The service principal is allowed only if it sends aws:SourceAccount and aws:SourceArn. AWS documents ' +
  'these condition keys for the trust policy of the service role, not for calls of Amazon Personalize to Amazon S3. ' +
  'If they are not sent, every such call is denied.'

function strictBucket ({ sourceConditions }: UsageToGenerate, { bucket }: BucketUse): Finding[] {
  return sourceConditions === 'strict'
    ? [finding('ACCESS_DEPENDS_ON_CONDITION', { bucket, detail: STRICT_BUCKET })]
    : []
}

const WARNINGS_OF_BUCKETS = [crossAccountBucket, directoryBucket, strictBucket]

function ofBuckets (usage: UsageToGenerate): Finding[] {
  const buckets = groupBy(usage.locations, ({ bucket }) => bucket)
  return [
    ...buckets.flatMap(([first]) => WARNINGS_OF_BUCKETS.flatMap((warning) => warning(usage, first))),
    ...mergedLocations(usage.locations).flatMap(equalInputAndOutput)
  ]
}

function equalInputAndOutput (location: BucketUse): Finding[] {
  const { bucket, uri } = location
  const operations = batchJobsOnOneLocation(location)
  if (operations.length === 0) return []
  const detail = `${formatList(operations)} reads from ${uri} and writes to it.`
  return [finding('INPUT_EQUALS_OUTPUT', { bucket, detail, operations })]
}

/** What is fragile in the policies that ours are merged into. */
function ofExistingPolicies (usage: UsageToGenerate): Finding[] {
  const { existingKeyPolicy, existingBucketPolicy, keys, locations } = usage
  return [
    ...(existingKeyPolicy === undefined
      ? []
      : (keys.length === 0 ? [undefined] : keys).flatMap((key) =>
        openStatements(existingKeyPolicy, { layer: 'keyPolicy', where: about(key) })
      )),
    ...(existingBucketPolicy === undefined
      ? []
      : [...new Set(locations.map(({ bucket }) => bucket))].flatMap((bucket) =>
        openStatements(existingBucketPolicy, { layer: 'bucketPolicy', where: { bucket } })
      ))
  ]
}

/** Which policy it is, and of what. */
interface PolicyPlace {
  layer: 'keyPolicy' | 'bucketPolicy' | 'identityPolicies'
  where: { kmsKeyArn?: string; roleArn?: string; bucket?: string }
}

function openStatements ({ document }: ExistingPolicy, { layer, where }: PolicyPlace): Finding[] {
  return compilePolicy('existing', document).statements.flatMap((statement) => {
    const text = openToEveryoneText(statement)
    if (text === undefined) return []
    const reference = statementReference(layer, 'existing', statement)
    const remedy = layer === 'bucketPolicy' ? { remedy: NAME_FOR_BUCKET } : {}
    const detail = `In ${formatStatement(reference)}: ${text}.`
    return [finding('OPEN_TO_EVERYONE', { ...where, detail, why: `${text}.`, statement: reference, ...remedy })]
  })
}

/** Deny statements of the policy before that may defeat what is added, depending on conditions. */
export function openDenyWarnings (openDenies: readonly OpenDeny[] = [], { layer, where }: PolicyPlace): Finding[] {
  return openDenies.map(({ statement, keys }) => {
    const reference = statementReference(layer, 'existing', statement)
    const names = keys.map((key) => (key === RESOURCE ? 'which object it is' : key))
    const isOpen = keys.length > 0
    const why = isOpen
      ? `It may deny what Amazon Personalize needs, depending on ${formatList(names)}.`
      : 'It may deny what Amazon Personalize needs: AWS does not document what it does.'
    const code = isOpen && layer !== 'bucketPolicy' ? 'ACCESS_DEPENDS_ON_CONDITION' : openDenyCode(keys)
    const remedy = REMEDIES[code]
    const detail = `In ${formatStatement(reference)}: ${why}`
    return finding(code, { ...where, detail, why, statement: reference, ...(remedy === undefined ? {} : { remedy }) })
  })
}

/** Where the remedy of the catalogue is not the one for a Deny. */
const REMEDIES: Readonly<Record<string, string>> = {
  NOT_DOCUMENTED: EXCLUDE_FROM_DENY,
  ACCESS_DEPENDS_ON_CONDITION:
    `${EXCLUDE_FROM_DENY} POST /verify/documents returns it with such an exception, and decides it where you pass ` +
    'the values as `context`.'
}

const WARNINGS = [crossAccount, otherRegion]

/** What is fragile in the key policy of some usages; a statement that one of them adds is there for all. */
function ofKeyPolicy (sharing: readonly UsageToGenerate[], usage: UsageToGenerate, key?: ParsedKeyArn): Finding[] {
  const delegates = ({ delegateToIam, existingKeyPolicy }: UsageToGenerate): boolean =>
    delegateToIam || existingKeyPolicy !== undefined
  return [
    ...(sharing.every(({ sourceConditions }) => sourceConditions === 'strict') ? strictConditions(usage, key) : []),
    ...(sharing.some(delegates) ? [] : withoutDelegation(usage, key))
  ]
}

/** Whether two usages without a key have one key policy. */
function haveOnePolicy (one: UsageToGenerate, other: UsageToGenerate): boolean {
  return (
    usesNewKey(other) &&
    one.region === other.region &&
    one.accountId === other.accountId &&
    one.partition === other.partition
  )
}

/** What is fragile in the policies of these usages: each warning once per key or bucket, in the order of the usages. */
export function warningsOf (usages: readonly UsageToGenerate[]): Finding[] {
  const warnings = usages.flatMap((usage) => [
    ...usage.keys.flatMap((key) => [
      ...WARNINGS.flatMap((warning) => warning(usage, key)),
      ...ofKeyPolicy(usages.filter(({ keys }) => keys.some(({ arn }) => arn === key.arn)), usage, key)
    ]),
    ...(usesNewKey(usage) ? ofKeyPolicy(usages.filter((other) => haveOnePolicy(usage, other)), usage) : []),
    ...everyKey(usage),
    ...ofBuckets(usage),
    ...ofExistingPolicies(usage)
  ])
  return eachOnce(warnings)
}

export function eachOnce (warnings: readonly Finding[]): Finding[] {
  return [...new Map(warnings.map((warning) => [JSON.stringify(warning), warning])).values()]
}
