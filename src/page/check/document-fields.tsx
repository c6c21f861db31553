import type { VNode } from 'preact'
import { TextArea } from '../parts/fields.js'
import {
  type BucketTexts,
  type CheckFaults,
  type DocumentName,
  type Documents,
  namesKey,
  NO_BUCKET_TEXTS
} from '../state/documents.js'
import { bucketsOf, type UsageForm } from '../state/usage-form.js'

/** The documents to paste, each with the command that prints it. */
export function DocumentFields ({
  form,
  documents,
  faults,
  onDocument,
  onBucket
}: {
  form: UsageForm
  documents: Documents
  faults: CheckFaults['documents']
  onDocument: (name: DocumentName) => (text: string) => void
  onBucket: (bucket: string, texts: BucketTexts) => void
}): VNode {
  const field = (name: DocumentName, label: string, hint: VNode, rows: number): VNode => (
    <TextArea
      id={name}
      label={label}
      hint={hint}
      rows={rows}
      value={documents[name]}
      faults={faults[name] ?? []}
      onInput={onDocument(name)}
    />
  )
  const isOpen = [documents.permissionsBoundary, documents.grants, documents.metadata].some((text) => text !== '')
  return (
    <>
      {namesKey(form) ? field('keyPolicy', 'Key policy', <code>aws kms get-key-policy --key-id …</code>, 9) : null}
      <div class='p-pair'>
        {field(
          'rolePolicies',
          'IAM policies of the role',
          <>
            <code>aws iam get-role-policy</code> or <code>get-policy-version</code>; several one after the other. Leave
            it empty if there is none.
          </>,
          7
        )}
        {field(
          'trustPolicy',
          'Trust policy',
          <>
            <code>aws iam get-role</code>. Without it, who may assume the role is not checked.
          </>,
          7
        )}
      </div>
      <Buckets form={form} documents={documents} faults={faults} onBucket={onBucket} />
      <details class='p-fold' {...(isOpen ? { open: true } : {})}>
        <summary>Permissions boundary, grants, state of the key</summary>
        <div class='p-pair'>
          {field(
            'permissionsBoundary',
            'Permissions boundary',
            <>
              The policy, as <code>aws iam get-policy-version</code> prints it.
            </>,
            4
          )}
          {field('grants', 'Grants', <code>aws kms list-grants --key-id …</code>, 4)}
          {field('metadata', 'State of the key', <code>aws kms describe-key --key-id …</code>, 4)}
        </div>
      </details>
    </>
  )
}

type BucketsProps = Pick<Parameters<typeof DocumentFields>[0], 'form' | 'documents' | 'faults' | 'onBucket'>

function Buckets ({ form, documents, faults, onBucket }: BucketsProps): VNode {
  return (
    <>
      {bucketsOf(form).map((bucket, index) => (
        <BucketFields
          key={bucket}
          bucket={bucket}
          index={index}
          texts={documents.buckets[bucket] ?? NO_BUCKET_TEXTS}
          faults={faults}
          onChange={(texts) => onBucket(bucket, texts)}
        />
      ))}
    </>
  )
}

function BucketFields ({
  bucket,
  index,
  texts,
  faults,
  onChange
}: {
  bucket: string
  index: number
  texts: BucketTexts
  faults: CheckFaults['documents']
  onChange: (texts: BucketTexts) => void
}): VNode {
  const field = (name: keyof BucketTexts, label: string, hint: VNode): VNode => (
    <TextArea
      id={`bucket-${index}-${name}`}
      label={`${label} of ${bucket}`}
      hint={hint}
      rows={7}
      value={texts[name]}
      faults={faults[`bucket-${index}-${name}`] ?? []}
      onInput={(text) => onChange({ ...texts, [name]: text })}
    />
  )
  return (
    <div class='p-pair'>
      {field(
        'policy',
        'Bucket policy',
        <>
          <code>aws s3api get-bucket-policy</code>. If it prints <code>NoSuchBucketPolicy</code>, paste that. Empty: not
          known.
        </>
      )}
      {field(
        'encryption',
        'Encryption',
        <>
          <code>aws s3api get-bucket-encryption</code>. Without it, the key of the bucket is not checked.
        </>
      )}
    </div>
  )
}
