import type { Finding } from '../../../schemas/verification.js'
import { formatList } from '../../findings/format.js'
import type { Statement } from '../../iam/document/policy-document.js'
import { parseArn } from '../../iam/match/arn.js'
import { bucketArn } from '../../personalize/locations.js'
import type { BucketEvidence } from '../read/bucket-evidence.js'
import type { RoleEvidence } from '../read/evidence.js'
import { isAboutBucket } from './excess.js'
import { emptyLists } from './inert.js'
import { jointCondition, openToEveryone, otherPartition, stalePrincipals, wrongService } from './principal-faults.js'
import { type StatementPlace, reportStatement } from './statement-place.js'
import { malformed, setOperators } from './statements.js'

/** The account of the bucket, and the roles of others. */
interface Owners {
  accountId: string
  foreign: readonly string[]
}

/** What is wrong with single statements of a bucket policy, whether or not access depends on them. */
export function bucketStatementFindings (
  { bucket, accountId, bucketPolicy, observed }: BucketEvidence,
  roles: readonly RoleEvidence[],
  partition: string
): Finding[] {
  if (bucketPolicy === undefined) return []
  const place: StatementPlace = { layer: 'bucketPolicy', ...bucketPolicy, where: { bucket } }
  const { publicAccessBlock: block } = observed
  const isRestricted = block.state === 'read' && block.value.RestrictPublicBuckets === true
  const foreign = roles.map(({ name }) => name).filter((name) => name.accountId !== accountId)
  const owners: Owners = { accountId, foreign: foreign.map(({ arn }) => arn) }
  return [
    ...malformed(place),
    ...place.policy.statements.flatMap((statement) => [
      ...stalePrincipals(place, statement),
      ...otherPartition(place, statement, { what: 'bucket', partition }, roles),
      ...otherResource(place, statement, { bucket, partition }),
      ...wrongService(place, statement),
      ...jointCondition(place, statement),
      ...openToEveryone(place, statement).map((found) => (isRestricted ? restricted(found, statement, owners) : found)),
      ...setOperators(place, statement)
    ])
  ]
}

/**
 * Block Public Access leaves of a public policy what AWS services and the account of the bucket may do: every access
 * from another account is blocked, whichever statement allows it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
function restricted (found: Finding, { conditions }: Statement, { accountId, foreign }: Owners): Finding {
  // What a condition leaves public is not decided here.
  const isBlocked = foreign.length > 0 && conditions.length === 0
  const limit =
    ' Block Public Access (RestrictPublicBuckets) now limits it to AWS services and to principals of account ' +
    `${accountId}${isBlocked ? `, so that ${formatList(foreign)} has no access, whichever statement allows it` : ''}.`
  return {
    ...found,
    severity: isBlocked ? 'error' : 'note',
    detail: `${found.detail}${limit}`,
    why: `${found.why}${limit}`
  }
}

/** Resources of another partition, or nothing of this bucket: the statement is about nothing there. */
function otherResource (
  place: StatementPlace,
  statement: Statement,
  { bucket, partition }: { bucket: string; partition: string }
): Finding[] {
  const { resources } = statement
  const foreign = (resources?.values ?? [])
    .map(({ text }) => text)
    .filter((text) => {
      const arn = parseArn(text)
      return arn !== undefined && !/[*?]/.test(arn.partition) && arn.partition !== partition
    })
  if (foreign.length > 0)
    return [
      reportStatement('RESOURCE_OF_OTHER_PARTITION', place, statement, {
        detail: `${formatList(foreign)} is written; the bucket is in partition ${partition}.`,
        remedy: `Write the ARN with the partition of the bucket (arn:${partition}:s3:::…).`
      })
    ]
  const empty = emptyLists(place, statement)
  if (empty.length > 0) return empty
  const arn = bucketArn(partition, bucket)
  // Of a pattern or a variable it is not said here what it comes to.
  if (resources === undefined || resources.inverted || isAboutBucket(statement, arn)) return []
  const names = formatList(resources.values.map(({ text }) => text))
  return [
    reportStatement('INERT_STATEMENT', place, statement, {
      detail: `Its Resource ${names} is neither this bucket nor an object of it.`,
      remedy: `Name the bucket (${arn}) for s3:ListBucket, and its objects (${arn}/*) for what reads and writes them.`
    })
  ]
}
