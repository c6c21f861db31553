import type { Operation, Profile, SourceConditions, Usage } from '../../../schemas/usage.js'
import { parseS3Uri } from '../../personalize/locations.js'

/** What the form of the page holds: texts as they were typed. */
export interface UsageForm {
  operations: readonly Operation[]
  /** One ARN a line. */
  roles: string
  /** One ARN a line; empty for a key that is yet to be created. */
  keys: string
  /** One URI in Amazon S3 a line; empty for none. */
  locations: string
  profile: Profile
  conditions: SourceConditions
  /** What `aws kms get-key-policy` prints, or the policy itself; empty for none. */
  existingKeyPolicy: string
  /** The same of `aws iam get-role-policy`, for every role. */
  existingRolePolicy: string
  /** The same of `aws s3api get-bucket-policy`, for the one bucket of the locations. */
  existingBucketPolicy: string
}

export const EXISTING_POLICIES = ['existingKeyPolicy', 'existingRolePolicy', 'existingBucketPolicy'] as const
export type ExistingPolicyName = (typeof EXISTING_POLICIES)[number]
export const LISTS = ['roles', 'keys', 'locations'] as const
export type FieldName = 'operations' | (typeof LISTS)[number] | ExistingPolicyName

export const EMPTY: UsageForm = {
  operations: [],
  roles: '',
  keys: '',
  locations: '',
  profile: 'documented',
  conditions: 'ifExists',
  existingKeyPolicy: '',
  existingRolePolicy: '',
  existingBucketPolicy: ''
}

/** What the page opens with: complete, so that the first correct policy needs no click. */
export const EXAMPLE: UsageForm = {
  ...EMPTY,
  operations: ['datasetGroup', 'datasetExportJob'],
  roles: 'arn:aws:iam::111122223333:role/service-role/PersonalizeRole',
  keys: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
}

/** What the form still has of the example: and so about no account of the user. */
export function exampleParts (form: UsageForm): Array<'roles' | 'keys'> {
  return (['roles', 'keys'] as const).filter((name) => form[name] === EXAMPLE[name])
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

/** The buckets of the locations, each once. */
export function bucketsOf ({ locations }: Pick<UsageForm, 'locations'>): string[] {
  return [...new Set(textsOf(locations).flatMap((uri) => parseS3Uri(uri)?.bucket ?? []))]
}

/**
 * The usage that the form describes, without policies to merge into. What is read or written follows from the
 * operations.
 */
export function usageOf (form: UsageForm): Usage {
  const kmsKeyArns = textsOf(form.keys)
  const locations = textsOf(form.locations).map((uri) => ({ uri }))
  return {
    operations: [...form.operations],
    roleArns: textsOf(form.roles),
    ...(kmsKeyArns.length === 0 ? {} : { kmsKeyArns }),
    ...(locations.length === 0 ? {} : { locations }),
    profile: form.profile,
    sourceConditions: form.conditions
  }
}

/** Of a form the policies that were pasted to merge into. */
export function pastedOf (form: UsageForm | undefined): Partial<UsageForm> {
  return form === undefined ? {} : Object.fromEntries(EXISTING_POLICIES.map((name) => [name, form[name]]))
}

/** The same with the policies to merge into. That of a bucket counts only where there is one bucket. */
export function usageToWrite (form: UsageForm): Usage {
  const members = EXISTING_POLICIES.filter((name) => name !== 'existingBucketPolicy' || bucketsOf(form).length === 1)
  const given = members.filter((name) => form[name].trim() !== '').map((name) => [name, form[name]] as const)
  return { ...usageOf(form), ...Object.fromEntries(given) }
}

export type FieldFaults = Partial<Record<FieldName, readonly string[]>>

/** What is not given yet, at its field. `keys`: whether a key or a location has to be named, as for a verification. */
export function missingFields (form: UsageForm, { keys = false }: { keys?: boolean } = {}): FieldFaults {
  return {
    ...(form.operations.length === 0 ? { operations: ['Choose at least one.'] } : {}),
    ...(textsOf(form.roles).length === 0 ? { roles: ['Give the ARN of the service role.'] } : {}),
    ...(keys && textsOf(form.keys).length + textsOf(form.locations).length === 0
      ? { keys: ['Give the ARN of the KMS key, or a location in Amazon S3.'] }
      : {})
  }
}
