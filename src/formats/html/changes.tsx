import type { VNode } from 'preact'
import { type StepByHand, stepsByHand } from '../manual-steps.js'
import { countOf, statementName } from '../names.js'
import { documentChanges, type DocumentChange } from '../policy-changes.js'
import type { FindingModel, PolicyChangeModel, ReportModel } from '../report-model.js'
import {
  changedLines,
  changeSummary,
  diffStatements,
  sidOf,
  type Statement,
  type StatementChange
} from '../statement-diff.js'
import { printStatement } from './print-statement.js'
import { Breakable, Code, Prose, Section } from './text.js'

/** What to change: each document as a difference by statement, then what a person has to do. */
export function ChangesSection ({ report }: { report: ReportModel }): VNode {
  const { remediation, findings } = report
  const documents = documentChanges(remediation)
  const steps = stepsByHand(report)
  const lead =
    documents.length === 0
      ? 'What makes this pass has to be done by hand.'
      : 'Each document below was evaluated again with the change in it. Nothing has been written to AWS.'
  return (
    <Section id='change' title='What to change' lead={lead}>
      {documents.map((document) => (
        <DocumentCard key={document.title} document={document} findings={findings} />
      ))}
      {steps.length === 0 ? null : <ByHand steps={steps} />}
    </Section>
  )
}

function DocumentCard ({
  document: { title, change, commands, fileName },
  findings
}: {
  document: DocumentChange
  findings: readonly FindingModel[]
}): VNode {
  const changes = diffStatements(change)
  const repaired = (change.repairs ?? []).flatMap((id) => findings.find((finding) => finding.id === id)?.title ?? [])
  return (
    <article class='r-card r-change'>
      <header>
        <h3>
          <Breakable text={title} />
        </h3>
        <p>
          {change.before === undefined && change.patch === undefined ? 'the whole document' : changeSummary(changes)}
        </p>
        {repaired.length === 0 ? null : <p>Repairs: {[...new Set(repaired)].join('; ')}</p>}
        {(change.relaxes ?? []).length === 0 ? null : (
          <p class='r-ink-depends'>! Loosens what this restricts: {change.relaxes?.map(statementName).join('; ')}</p>
        )}
      </header>
      <Unchanged changes={changes} />
      {changes
        .filter(({ kind }) => kind !== 'same')
        .map((statement, index) => (
          <StatementDiff key={index} change={statement} />
        ))}
      <Whole title={title} change={change} fileName={fileName} />
      <footer>
        {commands.map((command) => (
          <code key={command}>{command}</code>
        ))}
      </footer>
    </article>
  )
}

function Unchanged ({ changes }: { changes: readonly StatementChange[] }): VNode | null {
  const same = changes.flatMap((change) => (change.kind === 'same' ? [change.after] : []))
  if (same.length === 0) return null
  return (
    <details class='r-same'>
      <summary>
        {countOf(same.length, 'statement stays', 'statements stay')}:{' '}
        <Breakable text={same.map((statement) => sidOf(statement) ?? 'without Sid').join(', ')} />
      </summary>
      {same.map((statement, index) => (
        <pre key={index}>
          <code>{printStatement(statement)}</code>
        </pre>
      ))}
    </details>
  )
}

const KINDS = {
  added: { mark: '+', words: 'Added', tone: 'yes' },
  changed: { mark: '±', words: 'Changed', tone: 'depends' },
  removed: { mark: '−', words: 'Removed', tone: 'no' }
} as const

interface DiffLine {
  mark: string
  tone: string
  text: string
}

function StatementDiff ({ change }: { change: StatementChange }): VNode | null {
  if (change.kind === 'same') return null
  const { mark, words, tone } = KINDS[change.kind]
  const sid = sidOf(change.kind === 'removed' ? change.before : change.after) ?? 'statement without Sid'
  return (
    <div class='r-diff'>
      <h4>
        <span class={`r-ink-${tone}`}>
          {mark} {words}
        </span>{' '}
        <Breakable text={sid} />
      </h4>
      <pre tabIndex={0} role='group' aria-label={`${words}: ${sid}`}>
        <code>
          {linesOf(change).map((line, index) => (
            <span key={index} class={`r-line r-line-${line.tone}`}>{`${line.mark} ${line.text}\n`}</span>
          ))}
        </code>
      </pre>
    </div>
  )
}

function linesOf (change: Exclude<StatementChange, { kind: 'same' }>): DiffLine[] {
  const whole = (statement: Statement, mark: string, tone: string): DiffLine[] =>
    printStatement(statement)
      .split('\n')
      .map((text) => ({ mark, tone, text }))
  if (change.kind === 'added') return whole(change.after, '+', 'yes')
  if (change.kind === 'removed') return whole(change.before, '−', 'no')
  const tones = { '+': 'yes', '-': 'no', ' ': 'same' } as const
  return changedLines(change).map(({ mark, text }) => ({ mark: mark === '-' ? '−' : mark, tone: tones[mark], text }))
}

/** What a person has to do, with the commands and the document where they are known. */
function ByHand ({ steps }: { steps: readonly StepByHand[] }): VNode {
  return (
    <article id='decide' class='r-card r-edge-depends'>
      <h3>To do by hand</h3>
      <p class='r-soft'>The service does not change these by itself.</p>
      <ul class='r-decide'>
        {steps.map((step, index) => (
          <li key={index}>
            <Step step={step} />
          </li>
        ))}
      </ul>
    </article>
  )
}

function Step ({ step: { what, why, who, actions, on, commands, document } }: { step: StepByHand }): VNode {
  return (
    <>
      <Prose text={what} />
      {who === undefined ? null : <span class='r-chip'>by: {who}</span>}
      {actions.length + on.length === 0 ? null : (
        <div>
          {actions.length === 0 ? null : <Code text={actions.join(', ')} />}
          {on.length === 0 ? null : <> on <Code text={on.join(', ')} /></>}
        </div>
      )}
      {why === '' ? null : (
        <div class='r-soft'>
          <Prose text={why} />
        </div>
      )}
      {document === undefined ? null : (
        <>
          {diffStatements(document.change)
            .filter(({ kind }) => kind !== 'same')
            .map((statement, index) => (
              <StatementDiff key={index} change={statement} />
            ))}
          <Whole title={what} change={document.change} fileName={document.fileName} />
        </>
      )}
      {commands.length === 0 ? null : (
        <pre class='r-commands' tabIndex={0} role='group' aria-label={`Commands: ${what}`}>
          <code>{commands.join('\n')}</code>
        </pre>
      )}
    </>
  )
}

/** The document that a command reads. */
function Whole ({ title, change, fileName }: { title: string; change: PolicyChangeModel; fileName: string }): VNode {
  return (
    <details class='r-whole'>
      <summary>
        The whole document, to copy<span class='r-hidden'>: {title}</span>
      </summary>
      <p>
        Save as <code>{fileName}</code>
      </p>
      <pre tabIndex={0} role='group' aria-label={`${title}, whole document`}>
        <code>{JSON.stringify(change.policy, null, 2)}</code>
      </pre>
    </details>
  )
}
