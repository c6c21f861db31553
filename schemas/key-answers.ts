import { Type, type Static } from 'typebox'
import { ref } from './ref.js'

const Strings = Type.Array(Type.String())
const open = { additionalProperties: true }

/** An entry of ListGrants; its properties are AWS's. */
export const Grant = Type.Object(
  {
    GrantId: Type.Optional(Type.String()),
    Name: Type.Optional(Type.String()),
    KeyId: Type.Optional(Type.String()),
    GranteePrincipal: Type.Optional(Type.String()),
    GranteeServicePrincipal: Type.Optional(Type.String()),
    RetiringPrincipal: Type.Optional(Type.String()),
    RetiringServicePrincipal: Type.Optional(Type.String()),
    IssuingAccount: Type.Optional(Type.String()),
    Operations: Type.Optional(Strings),
    Constraints: Type.Optional(
      Type.Object(
        {
          EncryptionContextEquals: Type.Optional(Type.Record(Type.String(), Type.String())),
          EncryptionContextSubset: Type.Optional(Type.Record(Type.String(), Type.String())),
          SourceArn: Type.Optional(Type.String())
        },
        open
      )
    )
  },
  { $id: 'Grant', ...open, description: 'An entry of `aws kms list-grants`, as AWS prints it.' }
)
export type Grant = Static<typeof Grant>

const RelatedKey = Type.Object({ Arn: Type.Optional(Type.String()), Region: Type.Optional(Type.String()) }, open)

/** DescribeKey's KeyMetadata; properties that are not evaluated are accepted. */
export const KeyMetadata = Type.Object(
  {
    Arn: Type.Optional(Type.String()),
    AWSAccountId: Type.Optional(Type.String()),
    KeyId: Type.Optional(Type.String()),
    KeyManager: Type.Optional(Type.String()),
    KeySpec: Type.Optional(Type.String()),
    KeyUsage: Type.Optional(Type.String()),
    KeyState: Type.Optional(Type.String()),
    Origin: Type.Optional(Type.String()),
    DeletionDate: Type.Optional(Type.Unknown({ description: 'RFC 3339, or seconds since 1970.' })),
    ValidTo: Type.Optional(Type.Unknown({ description: 'RFC 3339, or seconds since 1970.' })),
    MultiRegion: Type.Optional(Type.Boolean()),
    MultiRegionConfiguration: Type.Optional(
      Type.Object(
        {
          MultiRegionKeyType: Type.Optional(Type.String()),
          PrimaryKey: Type.Optional(RelatedKey),
          ReplicaKeys: Type.Optional(Type.Array(RelatedKey))
        },
        open
      )
    )
  },
  { $id: 'KeyMetadata', ...open, description: '`KeyMetadata` of `aws kms describe-key`, as AWS prints it.' }
)
export type KeyMetadata = Static<typeof KeyMetadata>

/** KeyMetadata, or the whole output of DescribeKey, which contains it. */
export const KeyMetadataInput = Type.Object(
  { ...KeyMetadata.properties, KeyMetadata: Type.Optional(ref(KeyMetadata)) },
  {
    $id: 'KeyMetadataInput',
    ...open,
    description: 'The output of `aws kms describe-key`, or the `KeyMetadata` in it.'
  }
)
export type KeyMetadataInput = Static<typeof KeyMetadataInput>

const Grants = Type.Array(ref(Grant), { maxItems: 50_000, uniqueItems: true })

/** The grants, or the whole output of ListGrants, which contains them. */
export const GrantsInput = Type.Union([Grants, Type.Object({ Grants }, open)], {
  $id: 'GrantsInput',
  description: 'The output of `aws kms list-grants`, or the list of `Grants` in it.'
})
export type GrantsInput = Static<typeof GrantsInput>
