import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { ReportModel } from '../../formats/report-model.js'
import { Note } from '../parts/note.js'
import { problemTitle } from '../state/problem-words.js'
import { type Outcome, type Progress, RESULT_HEADING } from './outcome.js'

/** After each try that led to no report, the first field that is wrong takes the focus: it may be far above. */
export function useFocusOnFault (outcome: Outcome): void {
  const isFirst = useRef(true)
  useEffect(() => {
    const isTry = !isFirst.current && (outcome.phase === 'none' || outcome.phase === 'refused')
    isFirst.current = false
    if (isTry) document.querySelector<HTMLElement>('.p-main [aria-invalid="true"]')?.focus()
  }, [outcome])
}

/** What a verification has led to, below its form. A new report takes the focus with its heading. */
export function OutcomeView ({
  outcome,
  current,
  busyWords,
  wordsOf,
  failure,
  refusal,
  onRetry,
  children
}: {
  outcome: Outcome
  /** What would be verified now. */
  current: unknown
  busyWords: string
  wordsOf: (report: ReportModel) => string | undefined
  /** Why nothing came back. */
  failure: string
  /** What to say of a refusal beyond its title. */
  refusal: (outcome: Extract<Outcome, { phase: 'refused' }>) => ComponentChildren
  onRetry: () => void
  /** What can be done with a report. */
  children?: ComponentChildren
}): VNode | null {
  const report = outcome.phase === 'report' ? outcome.report : undefined
  useEffect(() => {
    if (report !== undefined) document.getElementById(RESULT_HEADING)?.focus()
  }, [report])
  switch (outcome.phase) {
    case 'none':
      return null
    case 'busy':
      return <Busy words={busyWords} progress={outcome.progress} />
    case 'failed':
      return (
        <Note tone='no' title={failure} isLive>
          <button type='button' class='p-button' onClick={onRetry}>
            Try again
          </button>
        </Note>
      )
    case 'refused':
      return (
        <Note tone='no' title={problemTitle(outcome.problem)} isLive>
          {refusal(outcome)}
        </Note>
      )
    case 'report':
      return (
        <>
          {JSON.stringify(outcome.of) === JSON.stringify(current) ? (
            children
          ) : (
            <Note tone='depends' title='This report is from before your last change.'>
              <button type='button' class='p-button' onClick={onRetry}>
                Check again
              </button>
            </Note>
          )}
          <outcome.Result report={outcome.report} words={wordsOf(outcome.report)} />
        </>
      )
  }
}

/** What is being done. Screen readers announce each step, not each part of it. */
function Busy ({ words, progress }: { words: string; progress: Progress | undefined }): VNode {
  return (
    <div class='p-busy'>
      <p class='p-hint' role='status'>
        {progress === undefined ? words : `${progress.words}…`}
      </p>
      {progress === undefined || progress.total === 0 ? null : (
        <p class='p-progress'>
          <progress aria-label={progress.words} value={progress.done} max={progress.total} />
          <span aria-hidden='true'>
            {progress.done} of {progress.total}
          </span>
        </p>
      )}
    </div>
  )
}
