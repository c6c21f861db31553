import type { VNode } from 'preact'
import { countOf } from '../../formats/names.js'
import type { PlanChoice, ReadPlan } from '../engine/plan.js'
import { Faults } from '../parts/fields.js'

export interface LoadedPlan extends ReadPlan, PlanChoice {}

/** A field for the file of a plan or template; files can be dropped anywhere on the view. */
export function PlanField ({
  fault,
  onFiles
}: {
  fault: string | undefined
  onFiles: (files: readonly File[]) => void
}): VNode {
  return (
    <div class='p-field p-drop'>
      <label for='plan'>Or a plan or template</label>
      <p id='plan-hint' class='p-hint'>
        Choose or drop what <code>terraform show -json</code> prints, a CloudFormation template, or{' '}
        <code>manifest.json</code> and a template of <code>cdk.out</code>. It stays in the browser.
      </p>
      <input
        id='plan'
        type='file'
        multiple
        accept='.json,.yaml,.yml,.template,application/json'
        aria-describedby={fault === undefined ? 'plan-hint' : 'plan-hint plan-faults'}
        aria-invalid={fault !== undefined}
        onChange={({ currentTarget }) => {
          onFiles(Array.from(currentTarget.files ?? []))
          // So that the same file can be chosen again after a change.
          currentTarget.value = ''
        }}
      />
      <Faults id='plan' faults={fault === undefined ? [] : [fault]} />
    </div>
  )
}

/** The plan that is checked in place of pasted documents, and which of its keys, roles and buckets. */
export function PlanSummary ({
  loaded,
  fault,
  onChoose,
  onRemove
}: {
  loaded: LoadedPlan
  fault: string | undefined
  onChoose: (choice: PlanChoice) => void
  onRemove: () => void
}): VNode {
  const { name, plan, key, role, bucket, prefix } = loaded
  const choose = (change: Partial<PlanChoice>): void => onChoose({ key, role, bucket, prefix, ...change })
  return (
    <section class='p-note p-plan' aria-label='Plan or template'>
      <p class='p-note-title'>{name}</p>
      <p>
        {plan.source}, {countOf(plan.keys.length, 'key')}, {countOf(plan.roles.length, 'role')},{' '}
        {countOf(plan.buckets.length, 'bucket')}. Account and Region are those of the form above where the file does not
        name them, and the locations in Amazon S3 where no bucket is chosen.
      </p>
      <Faults id='plan' faults={fault === undefined ? [] : [fault]} />
      <div class='p-toolbar'>
        <Select id='plan-key' label='Key' value={key} planned={plan.keys} onSelect={(key) => choose({ key })} />
        <Select id='plan-role' label='Role' value={role} planned={plan.roles} onSelect={(role) => choose({ role })} />
        {plan.buckets.length === 0 ? null : (
          <Select
            id='plan-bucket'
            label='Bucket'
            value={bucket}
            planned={plan.buckets}
            none='as the form says'
            onSelect={(bucket) => choose({ bucket })}
          />
        )}
        {bucket === '' ? null : (
          <label class='p-which' for='plan-prefix'>
            Folder
            <input
              id='plan-prefix'
              type='text'
              value={prefix}
              placeholder='folder/'
              onInput={({ currentTarget }) => choose({ prefix: currentTarget.value })}
            />
          </label>
        )}
        <button type='button' class='p-button' onClick={onRemove}>
          Remove<span class='r-hidden'> {name}</span>
        </button>
      </div>
    </section>
  )
}

function Select ({
  id,
  label,
  value,
  planned,
  none = 'as the file says',
  onSelect
}: {
  id: string
  label: string
  value: string
  planned: ReadonlyArray<{ address: string }>
  none?: string
  onSelect: (address: string) => void
}): VNode {
  return (
    <label class='p-which' for={id}>
      {label}
      <select id={id} value={value} onChange={(event) => onSelect(event.currentTarget.value)}>
        <option value=''>{none}</option>
        {planned.map(({ address }) => (
          <option key={address} value={address}>
            {address}
          </option>
        ))}
      </select>
    </label>
  )
}
