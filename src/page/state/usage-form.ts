import type { Operation, Profile, SourceConditions, Usage } from '../../../schemas/usage.js'

/** What the form of the page holds: texts as they were typed. */
export interface UsageForm {
  operations: readonly Operation[]
  /** One ARN a line. */
  roles: string
  /** One ARN a line; empty for a key that is yet to be created. */
  keys: string
  profile: Profile
  conditions: SourceConditions
  /** What `aws kms get-key-policy` prints, or the policy itself; empty for none. */
  existingKeyPolicy: string
}

export type FieldName = 'operations' | 'roles' | 'keys' | 'existingKeyPolicy'

export const EMPTY: UsageForm = {
  operations: [],
  roles: '',
  keys: '',
  profile: 'documented',
  conditions: 'ifExists',
  existingKeyPolicy: ''
}

/** What the page opens with: complete, so that the first correct policy needs no click. */
export const EXAMPLE: UsageForm = {
  ...EMPTY,
  operations: ['datasetGroup', 'datasetExportJob'],
  roles: 'arn:aws:iam::111122223333:role/service-role/PersonalizeRole',
  keys: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
}

export interface Entry {
  text: string
  /** Counted from 1, as people do. */
  line: number
}

/** The lines of a text that hold something. */
export function entriesOf (text: string): Entry[] {
  return text
    .split('\n')
    .map((line, index) => ({ text: line.trim(), line: index + 1 }))
    .filter((entry) => entry.text !== '')
}

const textsOf = (text: string): string[] => entriesOf(text).map((entry) => entry.text)

/** The usage that the form describes, as the operations of the service take it. */
export function usageOf (form: UsageForm): Usage {
  const kmsKeyArns = textsOf(form.keys)
  return {
    operations: [...form.operations],
    roleArns: textsOf(form.roles),
    ...(kmsKeyArns.length === 0 ? {} : { kmsKeyArns }),
    profile: form.profile,
    sourceConditions: form.conditions,
    ...(form.existingKeyPolicy.trim() === '' ? {} : { existingKeyPolicy: form.existingKeyPolicy })
  }
}

export type FieldFaults = Partial<Record<FieldName, readonly string[]>>

/** What is not given yet, at its field. `keys`: whether a key has to be named, as for a verification. */
export function missingFields (form: UsageForm, { keys = false }: { keys?: boolean } = {}): FieldFaults {
  return {
    ...(form.operations.length === 0 ? { operations: ['Choose at least one.'] } : {}),
    ...(textsOf(form.roles).length === 0 ? { roles: ['Give the ARN of the service role.'] } : {}),
    ...(keys && textsOf(form.keys).length === 0 ? { keys: ['Give the ARN of the KMS key.'] } : {})
  }
}
