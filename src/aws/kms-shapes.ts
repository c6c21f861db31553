import type { GrantListEntry, KeyMetadata as SdkKeyMetadata, MultiRegionConfiguration as SdkConfiguration } from '@aws-sdk/client-kms'
import type { Grant, KeyMetadata } from '../../schemas/key-answers.js'
import { present } from './present.js'

/** DescribeKey's answer without the members that nobody judges; dates as text, as the CLI prints them. */
export function toKeyMetadata (sdk: SdkKeyMetadata): KeyMetadata {
  return present({
    Arn: sdk.Arn,
    AWSAccountId: sdk.AWSAccountId,
    KeyId: sdk.KeyId,
    KeyManager: sdk.KeyManager,
    KeySpec: sdk.KeySpec,
    KeyUsage: sdk.KeyUsage,
    KeyState: sdk.KeyState,
    Origin: sdk.Origin,
    MultiRegion: sdk.MultiRegion,
    MultiRegionConfiguration: sdk.MultiRegionConfiguration && toMultiRegionConfiguration(sdk.MultiRegionConfiguration),
    DeletionDate: sdk.DeletionDate?.toISOString(),
    ValidTo: sdk.ValidTo?.toISOString()
  })
}

function toMultiRegionConfiguration ({ MultiRegionKeyType, PrimaryKey, ReplicaKeys }: SdkConfiguration): NonNullable<KeyMetadata['MultiRegionConfiguration']> {
  return present({ MultiRegionKeyType, PrimaryKey: PrimaryKey && present(PrimaryKey), ReplicaKeys: ReplicaKeys?.map(present) })
}

export function toGrantEntry (sdk: GrantListEntry): Grant {
  const { Constraints } = sdk
  return present({
    GrantId: sdk.GrantId,
    Name: sdk.Name,
    KeyId: sdk.KeyId,
    GranteePrincipal: sdk.GranteePrincipal,
    GranteeServicePrincipal: sdk.GranteeServicePrincipal,
    RetiringPrincipal: sdk.RetiringPrincipal,
    RetiringServicePrincipal: sdk.RetiringServicePrincipal,
    IssuingAccount: sdk.IssuingAccount,
    Operations: sdk.Operations,
    Constraints: Constraints === undefined ? undefined : present({ ...Constraints })
  })
}
