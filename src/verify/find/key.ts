import type { KeyMetadata } from '../../../schemas/key-answers.js'
import type { Finding } from '../../../schemas/verification.js'
import { finding } from '../../findings/catalogue.js'
import { formatList } from '../../findings/format.js'
import type { ResolvedUsage } from '../../personalize/usage.js'
import { locksOut } from '../../policies/lockout.js'
import { hasPolicyInForce, type KeyEvidence } from '../read/evidence.js'

/**
 * `Updating` is a key whose primary Region moves: it can be used meanwhile.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
 */
const USABLE_STATES = new Set(['Enabled', 'Updating'])
const DELETED_STATES = new Set(['PendingDeletion', 'PendingReplicaDeletion'])
const UNUSABLE_STATES = new Set(['Creating', 'Disabled', 'PendingImport', 'Unavailable'])

/**
 * What makes a key usable that is in one of these states; EnableKey works on a disabled key alone.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
 */
const REMEDIES: Readonly<Record<string, string>> = {
  Disabled: 'Enable the key (aws kms enable-key).',
  PendingImport:
    'Import key material into the key (aws kms get-parameters-for-import, then aws kms ' +
    'import-key-material): a key that ' +
    'waits for its key material cannot be enabled. If its key material was deleted or has expired, import the same ' +
    'key material again; with any other, data that was encrypted with the key stay unreadable.',
  Unavailable:
    'Connect the custom key store of the key (aws kms connect-custom-key-store) and repair its CloudHSM cluster or ' +
    'external key manager: a key in a key store that is not connected can neither be used nor enabled.',
  Creating: 'Wait until AWS KMS has created the key, and verify again.'
}

/** Of a state that KMS gets after this was written it is not known here what it means. */
export function isKnownState (state: string | undefined): state is string {
  return state !== undefined && (USABLE_STATES.has(state) || DELETED_STATES.has(state) || UNUSABLE_STATES.has(state))
}

/** What is wrong with the key itself, whatever the policies say. */
export function keyFindings (usage: ResolvedUsage, key: KeyEvidence): Finding[] {
  const kmsKeyArn = key.name.arn
  const { metadata, requestedArn } = key.observed
  if (metadata.state === 'notFound')
    return [finding('KEY_NOT_FOUND', { kmsKeyArn, detail: `${requestedArn}: ${metadata.why}.` })]
  return [
    ...(key.metadata === undefined ? [] : metadataFindings(kmsKeyArn, key.metadata)),
    ...originFindings(kmsKeyArn, key.metadata ?? {}),
    ...placeFindings(usage, key),
    ...multiRegion(key),
    ...lockout(key)
  ]
}

function metadataFindings (
  kmsKeyArn: string,
  { KeyManager, KeySpec, KeyUsage, KeyState, DeletionDate }: KeyMetadata
): Finding[] {
  const findings: Finding[] = []
  if (KeyManager === 'AWS') findings.push(finding('KEY_AWS_MANAGED', { kmsKeyArn, detail: 'KeyManager is AWS.' }))
  if (
    (KeySpec !== undefined && KeySpec !== 'SYMMETRIC_DEFAULT') ||
    (KeyUsage !== undefined && KeyUsage !== 'ENCRYPT_DECRYPT')
  ) {
    findings.push(
      finding('KEY_NOT_SYMMETRIC', {
        kmsKeyArn,
        detail: `KeySpec is ${KeySpec ?? 'not known'}, KeyUsage ${KeyUsage ?? 'not known'}.`
      })
    )
  }
  if (!isKnownState(KeyState))
    return [
      ...findings,
      finding('KEY_STATE_UNKNOWN', {
        kmsKeyArn,
        detail: KeyState === undefined ? 'The metadata hold no KeyState.' : `KeyState is ${KeyState}.`
      })
    ]
  if (DELETED_STATES.has(KeyState))
    findings.push(
      finding('KEY_PENDING_DELETION', {
        kmsKeyArn,
        detail:
          'KeyState is ' +
          `${KeyState}${DeletionDate === undefined ? '' : `, deletion is due on ${String(DeletionDate)}`}.`
      })
    )
  else if (UNUSABLE_STATES.has(KeyState))
    findings.push(
      finding('KEY_NOT_ENABLED', { kmsKeyArn, detail: `KeyState is ${KeyState}.`, ...remedyOf(KeyState) })
    )
  return findings
}

function remedyOf (state: string): { remedy?: string } {
  const remedy = REMEDIES[state]
  return remedy === undefined ? {} : { remedy }
}

function placeFindings (usage: ResolvedUsage, { name, metadata }: KeyEvidence): Finding[] {
  const findings: Finding[] = []
  if (usage.region !== undefined && name.region !== usage.region) {
    const [there] = relatedKeys(metadata).filter(({ Region }) => Region === usage.region)
    const related = there?.Arn === undefined ? '' : ` Its related key there is ${there.Arn}.`
    findings.push(
      finding('KEY_REGION_MISMATCH', {
        kmsKeyArn: name.arn,
        detail: `The key is in ${name.region}, Amazon Personalize in ${usage.region}.${related}`
      })
    )
  }
  if (name.accountId !== usage.accountId) {
    findings.push(
      finding('CROSS_ACCOUNT_KEY', {
        kmsKeyArn: name.arn,
        detail: `The key belongs to account ${name.accountId}, Amazon Personalize runs in ${usage.accountId}.`
      })
    )
  }
  return findings
}

/** The other keys of a multi-Region key, primary first. */
function relatedKeys ({
  Arn,
  MultiRegionConfiguration: { PrimaryKey, ReplicaKeys = [] } = {}
}: KeyMetadata = {}): Array<{ Arn?: string; Region?: string }> {
  return [...(PrimaryKey === undefined ? [] : [PrimaryKey]), ...ReplicaKeys].filter((key) => key.Arn !== Arn)
}

/** The id of a multi-Region key says what it is, also where the metadata were not read. */
function multiRegion ({ name: { arn, region }, metadata }: KeyEvidence): Finding[] {
  if (metadata?.MultiRegion !== true && !arn.includes(':key/mrk-')) return []
  const { MultiRegionKeyType } = metadata?.MultiRegionConfiguration ?? {}
  const kind = MultiRegionKeyType === undefined ? 'a multi-Region key' : `the ${MultiRegionKeyType}`
  const others = relatedKeys(metadata).flatMap(({ Arn }) => Arn ?? [])
  const rest =
    others.length === 0
      ? 'The related keys are not known.'
      : 'Not checked here are the related ' + `keys ${formatList(others)}.`
  return [
    finding('KEY_MULTI_REGION', {
      kmsKeyArn: arn,
      detail:
        `The key is ${kind} in ${region}${metadata?.MultiRegion === undefined ? ', as its id says' : ''}; its ` +
        `key policy and grants were checked. ${rest}`
    })
  ]
}

/**
 * Key material that was imported, or stays in a key store outside KMS, can get lost without anybody touching the key.
 */
function originFindings (kmsKeyArn: string, { Origin, ValidTo }: KeyMetadata): Finding[] {
  if (Origin === undefined || Origin === 'AWS_KMS') return []
  const until = Origin !== 'EXTERNAL' || ValidTo === undefined ? '' : `, and the material expires on ${String(ValidTo)}`
  return [
    finding('KEY_MATERIAL_OUTSIDE_KMS', {
      kmsKeyArn,
      detail: `Origin is ${Origin}${until}.`,
      ...(until === '' ? {} : { severity: 'warning' as const })
    })
  ]
}

const NOT_STORED = ' KMS refuses such a key policy unless the request sets BypassPolicyLockoutSafetyCheck.'

function lockout (key: KeyEvidence): Finding[] {
  const { name, keyPolicy, metadata } = key
  if (keyPolicy?.document === undefined || metadata?.KeyManager === 'AWS') return []
  const { arn, partition, accountId } = name
  if (!locksOut(keyPolicy.policy, { partition, accountId, keys: [[name]] })) return []
  return [
    finding('KEY_LOCKOUT', {
      kmsKeyArn: arn,
      actions: ['kms:PutKeyPolicy'],
      detail:
        `No statement of the key policy lets a principal of account ${accountId} put another key policy, nor ` +
        `leaves it to IAM policies.${hasPolicyInForce(key) ? '' : NOT_STORED}`
    })
  ]
}
