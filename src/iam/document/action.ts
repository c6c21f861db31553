import { asList, describe, type Unsupported } from '../../json/json.js'
import { hasWildcard, wildcardTest } from '../match/wildcard.js'

/**
 * The actions of AWS KMS, in three groups by the resource they are authorized on, and two properties of each.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
 */

/** Actions on a key. */
const KEY_ACTIONS = [
  'CancelKeyDeletion',
  'CreateGrant',
  'Decapsulate',
  'Decrypt',
  'DeleteImportedKeyMaterial',
  'DeriveSharedSecret',
  'DescribeKey',
  'DisableKey',
  'DisableKeyRotation',
  'EnableKey',
  'EnableKeyRotation',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'GetKeyLastUsage',
  'GetKeyPolicy',
  'GetKeyRotationStatus',
  'GetParametersForImport',
  'GetPublicKey',
  'ImportKeyMaterial',
  'ListGrants',
  'ListKeyPolicies',
  'ListKeyRotations',
  'ListResourceTags',
  'PutKeyPolicy',
  'ReEncryptFrom',
  'ReEncryptTo',
  'ReplicateKey',
  'RetireGrant',
  'RevokeGrant',
  'RotateKeyOnDemand',
  'ScheduleKeyDeletion',
  'Sign',
  'SynchronizeMultiRegionKey',
  'TagResource',
  'UntagResource',
  'UpdateKeyDescription',
  'UpdatePrimaryRegion',
  'Verify',
  'VerifyMac'
] as const

/** Actions on an alias as well as on its key; each half is authorized by itself. */
const ALIAS_ACTIONS = ['CreateAlias', 'DeleteAlias', 'UpdateAlias'] as const

/** Actions on no key at all: identity-based policies alone decide. */
const KEYLESS_ACTIONS = [
  'ConnectCustomKeyStore',
  'CreateCustomKeyStore',
  'CreateKey',
  'DeleteCustomKeyStore',
  'DescribeCustomKeyStores',
  'DisconnectCustomKeyStore',
  'GenerateRandom',
  'ListAliases',
  'ListKeys',
  'ListRetirableGrants',
  'UpdateCustomKeyStore'
] as const

/**
 * Cryptographic operations and what else a grant can give.
 * https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations
 */
const GRANT_OPERATIONS = [
  'CreateGrant',
  'Decapsulate',
  'Decrypt',
  'DeriveSharedSecret',
  'DescribeKey',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'GetPublicKey',
  'ReEncryptFrom',
  'ReEncryptTo',
  'RetireGrant',
  'Sign',
  'Verify',
  'VerifyMac'
] as const

/**
 * Permissions that work across accounts beside the grant operations.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
 */
const OTHER_CROSS_ACCOUNT_ACTIONS = ['GetKeyRotationStatus', 'ListGrants', 'RevokeGrant'] as const

const ALL_ACTIONS: readonly string[] = [...KEY_ACTIONS, ...ALIAS_ACTIONS, ...KEYLESS_ACTIONS]
const lower = (names: readonly string[]): Set<string> => new Set(names.map((name) => `kms:${name.toLowerCase()}`))

/** Every KMS action, lower-case, in a fixed order: position = bit in an `ActionMask`. */
export const KMS_ACTIONS: readonly string[] = [...lower(ALL_ACTIONS)]
/** Under AWS's own spelling too: it is what nearly every policy holds, and then needs no folding. */
const positions = new Map(
  [ALL_ACTIONS.map((name) => `kms:${name}`), KMS_ACTIONS].flatMap((names) =>
    names.map((name, position): [string, number] => [name, position])
  )
)
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

/** A set of KMS actions as bits. */
export interface ActionMask {
  low: number
  high: number
}

/** `Action` or `NotAction`: lower-case names and patterns. */
export interface ActionElement {
  inverted: boolean
  every: boolean
  /** The KMS actions that are among the names, or that `kms:*` covers. */
  kmsNames: ActionMask
  names: readonly string[]
  patterns: ReadonlyArray<(name: string) => boolean>
}

/** An action of any service. */
export interface Action {
  /** Lower-case. */
  name: string
  /** Its bit, for an action of KMS. */
  mask: ActionMask | undefined
  /** Whether a principal of another account can be allowed this KMS action at all. */
  worksAcrossAccounts: boolean
}

interface KmsAction extends Action {
  mask: ActionMask
}

const NO_ACTION: ActionMask = { low: 0, high: 0 }
const bit = (position: number): ActionMask =>
  position < 32 ? { low: 1 << position, high: 0 } : { low: 0, high: 1 << (position - 32) }
const union = (masks: readonly ActionMask[]): ActionMask =>
  masks.reduce((all, mask) => ({ low: all.low | mask.low, high: all.high | mask.high }), NO_ACTION)
const EACH_KMS_ACTION: readonly KmsAction[] = KMS_ACTIONS.map((name, position) => ({
  name,
  mask: bit(position),
  worksAcrossAccounts: worksAcrossAccounts(name)
}))
const ALL_KMS_ACTIONS = union(EACH_KMS_ACTION.map(({ mask }) => mask))

/**
 * Reads `Action` or `NotAction`. A name is `service:Action` or `*`; wildcards stand in the action alone.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
 */
export function parseActions (
  element: unknown,
  inverted: boolean,
  pointer: string,
  report: (fault: Unsupported) => void
): ActionElement {
  const names: string[] = []
  const patterns: Array<(name: string) => boolean> = []
  let every = false
  let low = 0
  let high = 0
  for (const value of asList(element)) {
    const known = typeof value === 'string' ? namedKmsAction(value) : undefined
    const text = typeof value === 'string' ? (known?.name ?? value.toLowerCase()) : undefined
    if (known !== undefined) {
      names.push(known.name)
      low |= known.mask.low
      high |= known.mask.high
    } else if (text === undefined || !isActionName(text)) report({ pointer, what: `${describe(value)} is no action` })
    else if (text === '*' || text === '*:*') every = true
    else if (!hasWildcard(text)) names.push(text)
    else {
      patterns.push(actionTest(text))
      if (text === 'kms:*') ({ low, high } = ALL_KMS_ACTIONS)
    }
  }
  const kmsNames = { low, high }
  // An empty NotAction would match everything; that AWS reads it so is not documented.
  if (inverted && !every && names.length + patterns.length === 0) report({ pointer, what: 'NotAction names no action' })
  return { inverted, every, kmsNames, names, patterns }
}

/** A KMS action, however it is spelled. */
function namedKmsAction (text: string): KmsAction | undefined {
  return EACH_KMS_ACTION[kmsActionPosition(text) ?? kmsActionPosition(text.toLowerCase()) ?? -1]
}

/** The test for a (lower-case) name with wildcards. */
export function actionTest (text: string): (name: string) => boolean {
  return wildcardTest(text, (rest) => rest)
}

function isActionName (text: string): boolean {
  return text === '*' || text === '*:*' || /^[a-z0-9-]+:[^:\s]+$/.test(text)
}

/** An action of any service; action names are not case-sensitive. */
export function parseAction (name: string): Action {
  return namedKmsAction(name) ?? { name: name.toLowerCase(), mask: undefined, worksAcrossAccounts: false }
}

/** Whether an element covers the action: `NotAction` covers those that it does not name. */
export function coversAction (element: ActionElement, { name, mask }: Action): boolean {
  const named =
    mask === undefined
      ? element.names.includes(name)
      : (element.kmsNames.low & mask.low) !== 0 || (element.kmsNames.high & mask.high) !== 0
  return (element.every || named || matchesAny(element.patterns, name)) !== element.inverted
}

function matchesAny (patterns: ActionElement['patterns'], name: string): boolean {
  for (const isMatch of patterns) if (isMatch(name)) return true
  return false
}

/** All KMS actions that an element covers. */
export function coveredKmsActions ({ inverted, every, kmsNames, patterns }: ActionElement): ActionMask {
  let { low, high } = every ? ALL_KMS_ACTIONS : kmsNames
  if (patterns.length > 0)
    for (const { name, mask } of EACH_KMS_ACTION) {
      if ((low & mask.low) !== 0 || (high & mask.high) !== 0 || !matchesAny(patterns, name)) continue
      low |= mask.low
      high |= mask.high
    }
  return inverted ? { low: ALL_KMS_ACTIONS.low & ~low, high: ALL_KMS_ACTIONS.high & ~high } : { low, high }
}

/** The KMS actions among these names. */
export function kmsActionMask (names: readonly string[]): ActionMask {
  return union(names.map((name) => parseAction(name).mask ?? NO_ACTION))
}
