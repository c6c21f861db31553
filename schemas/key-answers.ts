import { Type, type Static } from 'typebox'

const Strings = Type.Array(Type.String())
const open = { additionalProperties: true }

/** ListGrants entry; its members are AWS's. */
export const Grant = Type.Object({
  GrantId: Type.Optional(Type.String()),
  Name: Type.Optional(Type.String()),
  KeyId: Type.Optional(Type.String()),
  GranteePrincipal: Type.Optional(Type.String()),
  GranteeServicePrincipal: Type.Optional(Type.String()),
  RetiringPrincipal: Type.Optional(Type.String()),
  RetiringServicePrincipal: Type.Optional(Type.String()),
  IssuingAccount: Type.Optional(Type.String()),
  Operations: Type.Optional(Strings),
  Constraints: Type.Optional(Type.Object({
    EncryptionContextEquals: Type.Optional(Type.Record(Type.String(), Type.String())),
    EncryptionContextSubset: Type.Optional(Type.Record(Type.String(), Type.String())),
    SourceArn: Type.Optional(Type.String())
  }, open))
}, { $id: 'Grant', ...open, description: 'An entry of `aws kms list-grants`, as AWS prints it.' })
export type Grant = Static<typeof Grant>

const RelatedKey = Type.Object({ Arn: Type.Optional(Type.String()), Region: Type.Optional(Type.String()) }, open)

/** DescribeKey's KeyMetadata; members that are not judged are let through. */
export const KeyMetadata = Type.Object({
  Arn: Type.Optional(Type.String()),
  AWSAccountId: Type.Optional(Type.String()),
  KeyId: Type.Optional(Type.String()),
  KeyManager: Type.Optional(Type.String()),
  KeySpec: Type.Optional(Type.String()),
  KeyUsage: Type.Optional(Type.String()),
  KeyState: Type.Optional(Type.String()),
  Origin: Type.Optional(Type.String()),
  MultiRegion: Type.Optional(Type.Boolean()),
  MultiRegionConfiguration: Type.Optional(Type.Object({
    MultiRegionKeyType: Type.Optional(Type.String()),
    PrimaryKey: Type.Optional(RelatedKey),
    ReplicaKeys: Type.Optional(Type.Array(RelatedKey))
  }, open))
}, { $id: 'KeyMetadata', ...open, description: '`KeyMetadata` of `aws kms describe-key`, as AWS prints it.' })
export type KeyMetadata = Static<typeof KeyMetadata>
