import type { VNode } from 'preact'
import type { Operation, Profile, SourceConditions } from '../../../schemas/usage.js'
import { Choice, Faults, TextArea } from '../parts/fields.js'
import {
  bucketsOf,
  EXISTING_POLICIES,
  type ExistingPolicyName,
  type FieldFaults,
  type UsageForm
} from '../state/usage-form.js'

interface OperationWords {
  id: Operation
  name: string
  words: string
  isOffered: boolean
}

const operation = (id: Operation, name: string, words: string, isOffered = true): OperationWords => ({
  id,
  name,
  words,
  isOffered
})

const OPERATIONS: readonly OperationWords[] = [
  operation(
    'datasetGroup',
    'Dataset group',
    'CreateDatasetGroup with kmsKeyArn: the key encrypts the datasets in the group.'
  ),
  operation(
    'datasetImportJob',
    'Dataset import job',
    'CreateDatasetImportJob reads objects that the key encrypts in Amazon S3.'
  ),
  operation(
    'datasetExportJob',
    'Dataset export job',
    'CreateDatasetExportJob writes objects with the key. From an encrypted group it needs one action more.'
  ),
  operation(
    'batchInferenceJob',
    'Batch inference job',
    'CreateBatchInferenceJob reads its input and writes its output with the key.'
  ),
  operation(
    'batchSegmentJob',
    'Batch segment job',
    'CreateBatchSegmentJob reads its input and writes its output with the key.'
  ),
  operation(
    'metricAttribution',
    'Metric attribution',
    'CreateMetricAttribution writes its reports to Amazon S3 with the key.'
  ),
  operation(
    'dataDeletionJob',
    'Data deletion job',
    'Not with a customer-managed key: AWS allows none on its input bucket.',
    false
  )
]

const PROFILES: ReadonlyArray<readonly [Profile, string]> = [
  ['documented', 'As documented'],
  ['derived', 'Least, inferred']
]
const CONDITIONS: ReadonlyArray<readonly [SourceConditions, string]> = [
  ['none', 'No'],
  ['ifExists', 'If sent'],
  ['strict', 'Always']
]

export interface UsageFieldsProps {
  form: UsageForm
  faults: FieldFaults
  onChange: (form: UsageForm) => void
  onLeave: () => void
  /** Whether the key may be left empty. */
  isKeyOptional: boolean
}

/** How Amazon Personalize uses the key: operations, role, key and locations. */
export function UsageFields ({ form, faults, onChange, onLeave, isKeyOptional }: UsageFieldsProps): VNode {
  const locationsAdd = isKeyOptional ? 'Adds the bucket policy, and the bucket to the policy of the role.' : ''
  const toggle = (id: Operation): void =>
    onChange({
      ...form,
      operations: OPERATIONS.map((each) => each.id).filter((each) => (each === id) !== form.operations.includes(each))
    })
  return (
    <>
      <Operations selected={form.operations} faults={faults.operations ?? []} onToggle={toggle} />
      <TextArea
        id='roles'
        label='Service role'
        hint='ARN of the role that is passed to Amazon Personalize. One a line for several.'
        value={form.roles}
        faults={faults.roles ?? []}
        onInput={(roles) => onChange({ ...form, roles })}
        onLeave={onLeave}
      />
      <TextArea
        id='keys'
        label='Key'
        hint={'ARN of the KMS key, not of an ' +
          `alias.${isKeyOptional ? ' Leave it empty for a key that is yet to be created.' : ''}`}
        value={form.keys}
        faults={faults.keys ?? []}
        onInput={(keys) => onChange({ ...form, keys })}
        onLeave={onLeave}
      />
      <TextArea
        id='locations'
        label='Amazon S3 (optional)'
        hint={
          <>
            Where the jobs read and write: <code>s3://bucket/folder/</code>, one a line. {locationsAdd}
          </>
        }
        value={form.locations}
        faults={faults.locations ?? []}
        onInput={(locations) => onChange({ ...form, locations })}
        onLeave={onLeave}
      />
    </>
  )
}

function Operations ({
  selected,
  faults,
  onToggle
}: {
  selected: readonly Operation[]
  faults: readonly string[]
  onToggle: (id: Operation) => void
}): VNode {
  const describe = faults.length === 0 ? 'operations-hint' : 'operations-hint operations-faults'
  return (
    <fieldset class='p-field' aria-describedby={describe}>
      <legend>What uses the key?</legend>
      <p id='operations-hint' class='p-hint'>
        Choose all that apply.
      </p>
      <div class='p-options'>
        {OPERATIONS.map(({ id, name, words, isOffered }) => (
          <label key={id} class={isOffered ? undefined : 'p-off'}>
            <input
              type='checkbox'
              name='operations'
              value={id}
              checked={selected.includes(id)}
              disabled={!isOffered}
              onChange={() => onToggle(id)}
            />
            <span>
              <strong>{name}</strong>
              <span class='p-words'>{words}</span>
            </span>
          </label>
        ))}
      </div>
      <Faults id='operations' faults={faults} />
    </fieldset>
  )
}

/** How much to grant, how to bind the service, and the policies to merge into. */
export function GenerationFields ({
  form,
  faults,
  onChange,
  onLeave
}: Omit<UsageFieldsProps, 'isKeyOptional'>): VNode {
  return (
    <>
      <Choice
        name='profile'
        legend='How much to grant'
        hint='What AWS documents, or the least that the operations should need (inferred, not promised by AWS).'
        options={PROFILES}
        value={form.profile}
        onChange={(profile) => onChange({ ...form, profile })}
      />
      <Choice
        name='conditions'
        legend='Bind the service to your account'
        hint='aws:SourceAccount and aws:SourceArn on the statement of the service. “If sent” cannot break a call.'
        options={CONDITIONS}
        value={form.conditions}
        onChange={(conditions) => onChange({ ...form, conditions })}
      />
      <ExistingPolicies form={form} faults={faults} onChange={onChange} onLeave={onLeave} />
    </>
  )
}

const EXISTING: Readonly<Record<ExistingPolicyName, { label: string; command: string }>> = {
  existingKeyPolicy: { label: 'Key policy as it is now', command: 'aws kms get-key-policy' },
  existingRolePolicy: { label: 'IAM policy of the role as it is now', command: 'aws iam get-role-policy' },
  existingBucketPolicy: { label: 'Bucket policy as it is now', command: 'aws s3api get-bucket-policy' }
}

/** The policies to merge into; that of a bucket where the locations name one. */
function ExistingPolicies ({ form, faults, onChange, onLeave }: Omit<UsageFieldsProps, 'isKeyOptional'>): VNode {
  const buckets = bucketsOf(form).length
  const names = EXISTING_POLICIES.filter((name) => name !== 'existingBucketPolicy' || buckets > 0)
  const isOpen = names.some((name) => form[name] !== '')
  return (
    <details class='p-fold' {...(isOpen ? { open: true } : {})}>
      <summary>There are policies already: merge into them</summary>
      {names.map((name) => (
        <TextArea
          key={name}
          id={name}
          label={EXISTING[name].label}
          hint={
            name === 'existingBucketPolicy' && buckets > 1 ? (
              'The locations are in several buckets. To merge, name those of one bucket at a time.'
            ) : (
              <>
                What <code>{EXISTING[name].command}</code> prints. Its statements are kept as they are.
              </>
            )
          }
          value={form[name]}
          faults={faults[name] ?? []}
          rows={4}
          onInput={(text) => onChange({ ...form, [name]: text })}
          onLeave={onLeave}
        />
      ))}
    </details>
  )
}
