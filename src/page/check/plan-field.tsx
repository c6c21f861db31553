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

/** The plan that is checked in place of pasted documents, and which of its keys and roles. */
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
  const { name, plan, key, role } = loaded
  return (
    <section class='p-note p-plan' aria-label='Plan or template'>
      <p class='p-note-title'>{name}</p>
      <p>
        {plan.source}, {countOf(plan.keys.length, 'key')}, {countOf(plan.roles.length, 'role')}. Account and Region are
        those of the form above where the file does not name them.
      </p>
      <Faults id='plan' faults={fault === undefined ? [] : [fault]} />
      <div class='p-toolbar'>
        <Select id='plan-key' label='Key' value={key} planned={plan.keys} onSelect={(key) => onChoose({ key, role })} />
        <Select
          id='plan-role'
          label='Role'
          value={role}
          planned={plan.roles}
          onSelect={(role) => onChoose({ key, role })}
        />
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
  onSelect
}: {
  id: string
  label: string
  value: string
  planned: ReadonlyArray<{ address: string }>
  onSelect: (address: string) => void
}): VNode {
  return (
    <label class='p-which' for={id}>
      {label}
      <select id={id} value={value} onChange={(event) => onSelect(event.currentTarget.value)}>
        <option value=''>as the file says</option>
        {planned.map(({ address }) => (
          <option key={address} value={address}>
            {address}
          </option>
        ))}
      </select>
    </label>
  )
}
