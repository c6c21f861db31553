import type { BucketEncryption } from '../../schemas/bucket-answers.js'
import type { Read } from '../verify/read/policy-source.js'
import { findUnknown, knownText, unknownRead } from './unknown.js'

/** What a plan or template says of the default encryption; each may be `Unknown`. */
interface PlannedEncryption {
  algorithm: unknown
  keyId: unknown
  hasBucketKey: unknown
}

/**
 * The default encryption in the form of GetBucketEncryption; not read where a part of it is not known, or which key an
 * id stands for.
 */
export function encryptionRead (
  { algorithm, keyId, hasBucketKey }: PlannedEncryption,
  { address, region }: { address: string; region: string | undefined }
): Read<BucketEncryption> {
  const open = findUnknown([algorithm, keyId, hasBucketKey])
  if (open !== undefined) return unknownRead(open.why)
  const [sse, key] = [knownText(algorithm), knownText(keyId)]
  if (key !== undefined && !key.startsWith('arn:') && region === undefined)
    return unknownRead(`the plan does not say in which Region ${address} is, and so which key ${key} stands for`)
  return {
    state: 'read',
    value: {
      Rules: [
        {
          ApplyServerSideEncryptionByDefault: {
            ...(sse === undefined ? {} : { SSEAlgorithm: sse }),
            ...(key === undefined ? {} : { KMSMasterKeyID: key })
          },
          BucketKeyEnabled: hasBucketKey === true || hasBucketKey === 'true'
        }
      ]
    }
  }
}
