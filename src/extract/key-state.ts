import type { KeyMetadata } from '../../schemas/key-answers.js'
import type { Read } from '../verify/read/policy-source.js'
import { findUnknown, knownText, unknownRead } from './unknown.js'

/** What a plan sets of a key beside its policy; undefined or null where it leaves that to AWS. */
export interface KeySettings {
  isEnabled: unknown
  spec: unknown
  usage: unknown
}

/**
 * The metadata of a key after the apply, as far as they are planned: a key that is disabled, or of another kind. Not
 * present where the plan has a usual key, whose state is then assumed.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
 */
export function plannedState ({ isEnabled, spec, usage }: KeySettings, address: string): Read<KeyMetadata> {
  const open = findUnknown([isEnabled, spec, usage])
  if (open !== undefined) return unknownRead(`the state of ${address}: ${open.why}`)
  const [KeySpec = 'SYMMETRIC_DEFAULT', KeyUsage = 'ENCRYPT_DECRYPT'] = [knownText(spec), knownText(usage)]
  const isDisabled = isEnabled === false || isEnabled === 'false'
  const isUsual = !isDisabled && KeySpec === 'SYMMETRIC_DEFAULT' && KeyUsage === 'ENCRYPT_DECRYPT'
  if (isUsual) return { state: 'notPresent' }
  return { state: 'read', value: { KeyState: isDisabled ? 'Disabled' : 'Enabled', KeySpec, KeyUsage } }
}
