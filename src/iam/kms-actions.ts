/**
 * The actions of AWS KMS, in three groups by the resource they are authorized on, and two properties of each.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
 */

/** Actions on a key. */
const KEY_ACTIONS = [
  'CancelKeyDeletion', 'CreateGrant', 'Decapsulate', 'Decrypt', 'DeleteImportedKeyMaterial', 'DeriveSharedSecret', 'DescribeKey',
  'DisableKey', 'DisableKeyRotation', 'EnableKey', 'EnableKeyRotation', 'Encapsulate', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext', 'GenerateDataKeyWithoutPlaintext', 'GenerateMac', 'GetKeyLastUsage', 'GetKeyPolicy',
  'GetKeyRotationStatus', 'GetParametersForImport', 'GetPublicKey', 'ImportKeyMaterial', 'ListGrants', 'ListKeyPolicies',
  'ListKeyRotations', 'ListResourceTags', 'PutKeyPolicy', 'ReEncryptFrom', 'ReEncryptTo', 'ReplicateKey', 'RetireGrant', 'RevokeGrant',
  'RotateKeyOnDemand', 'ScheduleKeyDeletion', 'Sign', 'SynchronizeMultiRegionKey', 'TagResource', 'UntagResource',
  'UpdateKeyDescription', 'UpdatePrimaryRegion', 'Verify', 'VerifyMac'
] as const

/** Actions on an alias as well as on its key; each half is authorized by itself. */
const ALIAS_ACTIONS = ['CreateAlias', 'DeleteAlias', 'UpdateAlias'] as const

/** Actions on no key at all: identity-based policies alone decide. */
const KEYLESS_ACTIONS = [
  'ConnectCustomKeyStore', 'CreateCustomKeyStore', 'CreateKey', 'DeleteCustomKeyStore', 'DescribeCustomKeyStores',
  'DisconnectCustomKeyStore', 'GenerateRandom', 'ListAliases', 'ListKeys', 'ListRetirableGrants', 'UpdateCustomKeyStore'
] as const

/** Cryptographic operations and what else a grant can give. https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations */
const GRANT_OPERATIONS = [
  'CreateGrant', 'Decapsulate', 'Decrypt', 'DeriveSharedSecret', 'DescribeKey', 'Encapsulate', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext', 'GenerateDataKeyWithoutPlaintext', 'GenerateMac', 'GetPublicKey',
  'ReEncryptFrom', 'ReEncryptTo', 'RetireGrant', 'Sign', 'Verify', 'VerifyMac'
] as const

/** Permissions that work across accounts beside the grant operations. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html */
const OTHER_CROSS_ACCOUNT_ACTIONS = ['GetKeyRotationStatus', 'ListGrants', 'RevokeGrant'] as const

const ALL_ACTIONS: readonly string[] = [...KEY_ACTIONS, ...ALIAS_ACTIONS, ...KEYLESS_ACTIONS]
const lower = (names: readonly string[]): Set<string> => new Set(names.map((name) => `kms:${name.toLowerCase()}`))

/** Every KMS action, lower-case, in a fixed order: position = bit in an `ActionMask`. */
export const KMS_ACTIONS: readonly string[] = [...lower(ALL_ACTIONS)]
/** Under AWS's own spelling too: it is what nearly every policy holds, and then needs no folding. */
const positions = new Map([ALL_ACTIONS.map((name) => `kms:${name}`), KMS_ACTIONS].flatMap((names) => names.map((name, position): [string, number] => [name, position])))
const keyless = lower(KEYLESS_ACTIONS)
const aliasActions = lower(ALIAS_ACTIONS)
const grantOperations = lower(GRANT_OPERATIONS)
const crossAccount = lower([...GRANT_OPERATIONS, ...OTHER_CROSS_ACCOUNT_ACTIONS])

/** Position among `KMS_ACTIONS` of an action spelled in lower case or as AWS does; undefined for any other text. */
export function kmsActionPosition (action: string): number | undefined {
  return positions.get(action)
}

export function isKmsKeyless (action: string): boolean {
  return keyless.has(action)
}

export function isKmsAliasAction (action: string): boolean {
  return aliasActions.has(action)
}

/** Whether a grant can give this (lower-case) action at all. */
export function isGrantOperation (action: string): boolean {
  return grantOperations.has(action)
}

/** Whether a principal of another account can be given this (lower-case) action at all. */
export function worksAcrossAccounts (action: string): boolean {
  return crossAccount.has(action)
}
