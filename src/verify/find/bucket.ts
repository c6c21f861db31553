import type { Finding } from '../../../schemas/verification.js'
import { finding, type FindingCode, type FindingEvidence } from '../../findings/catalogue.js'
import { formatList, statementReference } from '../../findings/format.js'
import {
  batchJobsOnOneLocation,
  isDirectoryBucket,
  type LocationUse,
  mergedLocations,
  type ResolvedLocation
} from '../../personalize/locations.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import type { CheckedAccess } from '../check/checks.js'
import {
  type BucketEvidence,
  defaultKeyOf,
  hasUnresolvedKey,
  isKms,
  locationsOfDefault,
  usesAwsManagedKey
} from '../read/bucket-evidence.js'

/** A bucket with what the usage does in it. */
interface Use {
  usage: ResolvedUsage
  bucket: BucketEvidence
  locations: readonly ResolvedLocation[]
  uses: readonly LocationUse[]
}

/** What the configuration of the buckets means for Personalize, whatever the policies say. */
export function bucketFindings (
  usage: ResolvedUsage,
  buckets: readonly BucketEvidence[],
  checked: readonly CheckedAccess[]
): Finding[] {
  return buckets.flatMap((bucket) => {
    const locations = mergedLocations(usage.locations.filter((location) => location.bucket === bucket.bucket))
    const use: Use = { usage, bucket, locations, uses: locations.flatMap(({ uses }) => uses) }
    if (bucket.observed.bucketPolicy.state === 'notFound')
      return [about(use, 'BUCKET_NOT_FOUND', { detail: `${bucket.observed.bucketPolicy.why}.` })]
    return [...FINDINGS_OF.flatMap((find) => find(use)), ...contextFindings(use, checked)]
  })
}

/**
 * Whether it is open if Personalize can use the bucket, whatever the policies say: AWS does not document such a bucket
 * or such an encryption, or the key that encrypts in it is not known.
 */
export function isUndetermined (
  evidence: BucketEvidence,
  usage: Pick<ResolvedUsage, 'locations' | 'partition' | 'accountId'>
): boolean {
  const { bucket, encryption, observed } = evidence
  const isUnread = observed.encryption.state === 'notRead' && observed.encryption.cause !== 'notGiven'
  if (isDirectoryBucket(bucket) || isUnread || isUndocumentedEncryption(encryption?.algorithm)) return true
  // The policy of aws/s3 allows principals of its account alone, and Personalize is none.
  const isOpenKey = usesAwsManagedKey(encryption) || hasUnresolvedKey(evidence, usage)
  return isOpenKey && locationsOfDefault(evidence, usage).length > 0
}

function isUndocumentedEncryption (algorithm: string | undefined): boolean {
  return algorithm !== undefined && algorithm !== 'AES256' && algorithm !== 'aws:kms'
}

function about ({ bucket: { bucket } }: Use, code: FindingCode, evidence: FindingEvidence): Finding {
  return finding(code, { bucket, ...evidence })
}

function placeFindings (use: Use): Finding[] {
  const { usage, bucket, uses } = use
  const findings: Finding[] = []
  if (isDirectoryBucket(bucket.bucket))
    findings.push(
      about(use, 'DIRECTORY_BUCKET', { detail: `The name ${bucket.bucket} is that of a directory bucket.` })
    )
  if (bucket.region !== undefined && usage.region !== undefined && bucket.region !== usage.region) {
    // Only of batch jobs AWS says that the bucket has to be in the Region of the endpoint.
    const isBatch = uses.some(({ operation }) => operation.startsWith('batch'))
    const detail = `The bucket is in ${bucket.region}, Amazon Personalize in ${usage.region}.`
    findings.push(about(use, 'BUCKET_REGION_MISMATCH', { detail, ...(isBatch ? { severity: 'error' } : {}) }))
  }
  if (bucket.accountId !== usage.accountId)
    findings.push(
      about(use, 'CROSS_ACCOUNT_BUCKET', {
        detail: `The bucket belongs to account ${bucket.accountId}, Amazon Personalize runs in ${usage.accountId}.`
      })
    )
  return findings
}

/** The documented demand is one location for the input of a batch job and another for its output. */
function equalLocations (use: Use): Finding[] {
  return use.locations.flatMap((location) => {
    const { uri } = location
    const operations = batchJobsOnOneLocation(location)
    return operations.length === 0
      ? []
      : [
        about(use, 'INPUT_EQUALS_OUTPUT', {
          detail: `${formatList(operations)} reads from ${uri} and writes to it.`,
          operations
        })
      ]
  })
}

function encryptionFindings (use: Use): Finding[] {
  const { bucket, uses, usage } = use
  const { encryption } = bucket
  if (encryption === undefined) return []
  const findings: Finding[] = []
  const { algorithm, keyId } = encryption
  if (isUndocumentedEncryption(algorithm))
    findings.push(about(use, 'BUCKET_ENCRYPTION_NOT_DOCUMENTED', { detail: `The bucket encrypts with ${algorithm}.` }))
  if (isKms(encryption) && keyId !== undefined && !usesAwsManagedKey(encryption) && !isKeyArn(keyId))
    findings.push(about(use, 'BUCKET_DEFAULT_KEY_NOT_ARN', { detail: `${notArnDetail(keyId, use)}` }))
  const customerKey = isKms(encryption) && !usesAwsManagedKey(encryption)
  if (customerKey && uses.some(({ operation }) => operation === 'dataDeletionJob'))
    findings.push(
      about(use, 'DELETION_JOB_CUSTOMER_KEY', {
        detail: `The bucket encrypts with ${keyId ?? algorithm}.`,
        operations: ['dataDeletionJob']
      })
    )
  if (usesAwsManagedKey(encryption) && locationsOfDefault(bucket, usage).length > 0)
    findings.push(
      about(use, 'BUCKET_AWS_MANAGED_KEY', {
        detail:
          'The default encryption of the bucket is SSE-KMS with the key aws/s3: what is written without ' +
          'naming another key has it.'
      })
    )
  const named = [...new Set(use.locations.flatMap(({ key }) => key?.arn ?? []))]
  const others = named.filter((arn) => arn !== defaultKeyOf(bucket, usage)?.arn)
  if (others.length > 0) {
    const own = isKms(encryption) ? (keyId ?? 'the key aws/s3') : 'keys of Amazon S3 (SSE-S3)'
    const detail = `The location names ${formatList(others)}; the bucket encrypts with ${own}.`
    findings.push(about(use, 'BUCKET_KEY_DIFFERS', { detail }))
  }
  return findings
}

const isKeyArn = (keyId: string): boolean => /^arn:[^:]*:kms:[^:]*:\d{12}:key\//.test(keyId)

function notArnDetail (keyId: string, { bucket, usage }: Use): string {
  const where =
    bucket.accountId === usage.accountId
      ? ''
      : `, which is not account ${bucket.accountId} of the bucket`
  return `The bucket names its key as ${keyId}. Amazon S3 looks it up in account ${usage.accountId}, that ` +
    `of the requester${where}.`
}

function ownershipFindings (use: Use): Finding[] {
  const { objectOwnership } = use.bucket
  const writes = use.uses.filter(({ direction }) => direction === 'write').map(({ operation }) => operation)
  if (objectOwnership !== 'ObjectWriter' || writes.length === 0) return []
  return [
    about(use, 'OBJECT_OWNERSHIP', {
      detail: 'The object ownership of the bucket is ObjectWriter: an object belongs to the account that writes it.',
      operations: [...new Set(writes)]
    })
  ]
}

const FINDINGS_OF = [placeFindings, equalLocations, encryptionFindings, ownershipFindings]

const CONTEXT_KEY = 'kms:encryptioncontext:aws:s3:arn'

/** Statements of a key policy that require the ARN of an object, where the bucket sends its own. */
function contextFindings (use: Use, checked: readonly CheckedAccess[]): Finding[] {
  const { bucket, usage } = use
  if (bucket.encryption?.hasBucketKey !== true) return []
  const arn = `arn:${usage.partition}:s3:::${bucket.bucket}`
  const keys = new Set(checked.map(({ key }) => key))
  return [...keys].flatMap((key) => {
    const policy = key.keyPolicy?.policy
    return (policy?.statements ?? []).flatMap((statement) => {
      const asked = statement.conditions.filter((condition) => condition.key === CONTEXT_KEY)
      const values = asked.flatMap((condition) => condition.values.map(({ text }) => text))
      const isOnObjects = values.length > 0 && values.every((text) => text.startsWith(`${arn}/`))
      return policy !== undefined && statement.effect === 'Allow' && isOnObjects
        ? [
          about(use, 'BUCKET_KEY_ENCRYPTION_CONTEXT', {
            kmsKeyArn: key.name.arn,
            detail:
                `The key policy allows only ${formatList(values)} as aws:s3:arn; with its S3 Bucket Key ` +
                `the bucket sends ${arn}.`,
            statement: statementReference('keyPolicy', policy.name, statement)
          })
        ]
        : []
    })
  })
}
