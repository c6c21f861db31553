import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Finding } from '../../../schemas/verification.js'
import { AwsPage, Prose } from '../../formats/html/text.js'
import { Note } from '../parts/note.js'
import { Tabs } from '../parts/tabs.js'
import { capitalized, type SortedFaults } from '../state/field-faults.js'
import type { WrittenPolicies } from '../engine/generation.js'
import type { AnswerState } from '../state/answer-state.js'
import { POLICY_KINDS, type PolicyKind, policyTabs, TAB_TITLES } from '../state/policy-tabs.js'
import { EXISTING_POLICIES } from '../state/usage-form.js'
import { problemTitle } from '../state/problem-words.js'
import { Documents } from './documents.js'
import { usePolicyForm } from './use-policy-form.js'

/** The policies to put, each statement with its reason. */
export function PoliciesPanel ({
  state,
  faults,
  isSettled,
  onRetry
}: {
  state: AnswerState<WrittenPolicies>
  faults: SortedFaults
  isSettled: boolean
  onRetry: () => void
}): VNode {
  const [selected, setKind] = useState<PolicyKind>('key')
  const { phase, last: written, isBusy } = state
  const form = usePolicyForm(written?.usage)
  const tabs = written === undefined || phase === 'empty' ? undefined : policyTabs(written)
  // A use without a bucket has no bucket policy.
  const kinds = POLICY_KINDS.filter((kind) => kind !== 'bucket' || (tabs?.bucket.length ?? 0) > 0)
  const kind = kinds.includes(selected) ? selected : 'key'
  return (
    <section id='policies' aria-labelledby='policies-title' aria-busy={isBusy}>
      <h2 id='policies-title' class='r-hidden'>
        Policies
      </h2>
      <Tabs
        label='Policies'
        tabs={kinds.map((id) => ({ id, title: TAB_TITLES[id], count: tabs?.[id][0]?.cards.length }))}
        selected={kind}
        onSelect={setKind}
      >
        <StateNote state={state} faults={faults} isSettled={isSettled} onRetry={onRetry} />
        {tabs === undefined ? null : (
          <div class={isBusy ? 'p-old' : undefined}>
            <Documents key={kind} kind={kind} choices={tabs[kind]} form={form} />
            <Warnings warnings={written?.warnings ?? []} />
          </div>
        )}
      </Tabs>
    </section>
  )
}

function StateNote ({
  state: { phase, last: written, problem },
  faults,
  isSettled,
  onRetry
}: Parameters<typeof PoliciesPanel>[0]): VNode | null {
  const before = written === undefined ? null : <p>The policies below are from before this change.</p>
  if (phase === 'empty') {
    return (
      <Note tone='info' title='Nothing to show yet.'>
        <p>Choose what uses the key and give the ARN of the service role.</p>
      </Note>
    )
  }
  if (phase === 'loading') return <p class='p-hint'>Writing the policies…</p>
  if (phase === 'failed') {
    return (
      <Note tone='no' title='The policies could not be written.' isLive>
        <p>A part of the page could not be loaded. {before === null ? '' : 'What you see is from before.'}</p>
        <button type='button' class='p-button' onClick={onRetry}>
          Try again
        </button>
      </Note>
    )
  }
  if (phase !== 'refused' || problem === undefined || !isSettled) return null
  return (
    <Note tone='no' title={problemTitle(problem)} isLive>
      {before ?? <p>Correct what is marked on the form.</p>}
      <FaultList faults={faults} detail={problem.errors.length === 0 ? problem.detail : undefined} />
    </Note>
  )
}

/** What belongs to no field, and what is wrong with the policy to merge into: its field is folded, or far away. */
function FaultList ({ faults, detail }: { faults: SortedFaults; detail: string | undefined }): VNode | null {
  const lines = [
    ...EXISTING_POLICIES.flatMap((name) => faults.fields[name] ?? []),
    ...faults.others.map(({ pointer, detail }) => capitalized(`${pointer} ${detail}`.trim())),
    ...(detail === undefined ? [] : [capitalized(detail)])
  ]
  if (lines.length === 0) return null
  return (
    <ul>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  )
}

function Warnings ({ warnings }: { warnings: readonly Finding[] }): VNode {
  return (
    <>
      {warnings.map((warning) => (
        <Note key={warning.id} tone='depends' title={`! ${warning.title}`}>
          <p>
            <Prose text={warning.detail} />
          </p>
          <p>
            <Prose text={warning.remedy} /> <AwsPage address={warning.source} about={warning.title} />
          </p>
        </Note>
      ))}
    </>
  )
}
