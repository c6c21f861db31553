import type { VNode } from 'preact'
import { TextArea } from '../parts/fields.js'
import type { CheckFaults, DocumentName, Documents } from '../state/documents.js'

/** The documents to paste, each with the command that prints it. */
export function DocumentFields ({
  documents,
  faults,
  onDocument
}: {
  documents: Documents
  faults: CheckFaults['documents']
  onDocument: (name: DocumentName) => (text: string) => void
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
      {field('keyPolicy', 'Key policy', <code>aws kms get-key-policy --key-id …</code>, 9)}
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
