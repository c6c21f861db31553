import t from 'tap'
import { parseKeyArn } from '../../../../src/personalize/identifiers.js'
import { resolveUsage, usageOfKey } from '../../../../src/personalize/usage.js'
import { evidenceOfBuckets, withBucketKeys, withKeysForAliases } from '../../../../src/verify/read/bucket-evidence.js'
import type { ObservedBucket } from '../../../../src/verify/read/policy-source.js'
import { ACCOUNT, KEY, ROLE } from '../../../helper.js'

const ALIAS = `arn:aws:kms:us-east-1:${ACCOUNT}:alias/data`
const BUCKET = 'amzn-s3-demo-bucket'

/** A bucket that encrypts with this key. */
function bucketWith (keyId: string): ObservedBucket {
  const none = { state: 'notPresent' } as const
  return {
    bucket: BUCKET,
    region: { state: 'read', value: 'us-east-1' },
    bucketPolicy: none,
    encryption: {
      state: 'read',
      value: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyId } }] }
    },
    ownershipControls: none,
    publicAccessBlock: none
  }
}

t.test('withKeysForAliases: what the usage names itself is used for every operation, whatever the bucket calls it', async (t) => {
  const name = parseKeyArn(KEY)
  if (name === undefined) throw new Error('the key has an ARN')
  for (const [named, ofBucket] of [[KEY, ALIAS], [ALIAS, KEY], [ALIAS, ALIAS], [KEY, KEY], [undefined, ALIAS], [undefined, KEY]] as const) {
    const usage = resolveUsage(
      {
        operations: ['datasetGroup', 'datasetImportJob'],
        roleArns: [ROLE],
        locations: [{ uri: `s3://${BUCKET}/in/` }],
        ...(named === undefined ? {} : { kmsKeyArns: [named] })
      },
      { keys: 'keyOrAliasArns' }
    )
    const complete = withBucketKeys(usage, evidenceOfBuckets([bucketWith(ofBucket)], usage))
    const read = complete.keys.map(({ arn }) => ({ observed: { requestedArn: arn }, name }))
    const resolved = withKeysForAliases(complete, read)
    t.strictSame(resolved.keys.map(({ arn }) => arn), [KEY], `${named} and ${ofBucket}`)
    t.strictSame(
      usageOfKey(resolved, KEY).operations,
      named === undefined ? ['datasetImportJob'] : ['datasetGroup', 'datasetImportJob'],
      `${named} and ${ofBucket}`
    )
  }
})
