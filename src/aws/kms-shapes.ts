import type { GrantListEntry, KeyMetadata as SdkKeyMetadata } from '@aws-sdk/client-kms'
import type { GrantEntry, KeyMetadata } from '../verify/policy-source.js'
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
    DeletionDate: sdk.DeletionDate?.toISOString(),
    ValidTo: sdk.ValidTo?.toISOString()
  })
}

export function toGrantEntry (sdk: GrantListEntry): GrantEntry {
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
