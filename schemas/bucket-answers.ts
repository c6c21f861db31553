import { Type, type Static } from 'typebox'

const open = { additionalProperties: true }

/**
 * ServerSideEncryptionConfiguration of GetBucketEncryption.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html
 */
export const BucketEncryption = Type.Object(
  {
    Rules: Type.Optional(
      Type.Array(
        Type.Object(
          {
            ApplyServerSideEncryptionByDefault: Type.Optional(
              Type.Object(
                {
                  SSEAlgorithm: Type.Optional(
                    Type.String({ description: '`AES256`, `aws:kms`, `aws:kms:dsse`, or one that AWS adds later.' })
                  ),
                  KMSMasterKeyID: Type.Optional(
                    Type.String({ description: 'The ARN or the id of a key, or the ARN or the name of an alias.' })
                  )
                },
                open
              )
            ),
            BucketKeyEnabled: Type.Optional(Type.Boolean())
          },
          open
        )
      )
    )
  },
  {
    $id: 'BucketEncryption',
    ...open,
    description: '`ServerSideEncryptionConfiguration` of `aws s3api get-bucket-encryption`, as AWS prints it.'
  }
)
export type BucketEncryption = Static<typeof BucketEncryption>

/** OwnershipControls of GetBucketOwnershipControls. */
export const OwnershipControls = Type.Object(
  {
    Rules: Type.Optional(
      Type.Array(
        Type.Object(
          {
            ObjectOwnership: Type.Optional(
              Type.String({ description: '`BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`.' })
            )
          },
          open
        )
      )
    )
  },
  {
    $id: 'OwnershipControls',
    ...open,
    description: '`OwnershipControls` of `aws s3api get-bucket-ownership-controls`, as AWS prints it.'
  }
)
export type OwnershipControls = Static<typeof OwnershipControls>

/** PublicAccessBlockConfiguration of GetPublicAccessBlock. */
export const PublicAccessBlock = Type.Object(
  {
    BlockPublicAcls: Type.Optional(Type.Boolean()),
    IgnorePublicAcls: Type.Optional(Type.Boolean()),
    BlockPublicPolicy: Type.Optional(Type.Boolean()),
    RestrictPublicBuckets: Type.Optional(Type.Boolean())
  },
  {
    $id: 'PublicAccessBlock',
    ...open,
    description: '`PublicAccessBlockConfiguration` of `aws s3api get-public-access-block`, as AWS prints it.'
  }
)
export type PublicAccessBlock = Static<typeof PublicAccessBlock>

/**
 * What HeadObject reports of how one object is encrypted; the object's own key counts, not the bucket's default.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export const ObjectEncryption = Type.Object(
  {
    Key: Type.String(),
    ServerSideEncryption: Type.Optional(Type.String()),
    SSEKMSKeyId: Type.Optional(Type.String()),
    BucketKeyEnabled: Type.Optional(Type.Boolean())
  },
  {
    $id: 'ObjectEncryption',
    ...open,
    description: 'The key of an object, and of `aws s3api head-object` what shows its encryption.'
  }
)
export type ObjectEncryption = Static<typeof ObjectEncryption>
