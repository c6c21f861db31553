import { diffLines } from 'diff'
import type { VNode } from 'preact'
import { countOf, reasonOf, statementName } from '../names.js'
import { documentChanges, type DocumentChange } from '../policy-changes.js'
import type { CannotFixModel, FindingModel, RemediationModel } from '../report-model.js'
import { changeSummary, diffStatements, sidOf, type Statement, type StatementChange } from '../statement-diff.js'
import { printStatement } from './print-statement.js'
import { Breakable, Prose, Section } from './text.js'

/** What to change: each document as a difference by statement, then what a person has to decide. */
export function ChangesSection ({
  remediation,
  findings
}: {
  remediation: RemediationModel
  findings: readonly FindingModel[]
}): VNode {
  const documents = documentChanges(remediation)
  const lead =
    documents.length === 0
      ? 'No change of a policy by itself makes this pass.'
      : 'Each document below was evaluated again with the change in it. Nothing has been written to AWS.'
  return (
    <Section id='change' title='What to change' lead={lead}>
      {documents.map((document) => (
        <DocumentCard key={document.title} document={document} findings={findings} />
      ))}
      {remediation.cannotFix.length === 0 ? null : <Decide entries={remediation.cannotFix} findings={findings} />}
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
  return diffLines(`${printStatement(change.before)}\n`, `${printStatement(change.after)}\n`).flatMap(
    ({ value, added, removed }) => {
      const [mark, tone] = added ? ['+', 'yes'] : removed ? ['−', 'no'] : [' ', 'same']
      return value
        .trimEnd()
        .split('\n')
        .map((text) => ({ mark, tone, text }))
    }
  )
}

function Decide ({
  entries,
  findings
}: {
  entries: readonly CannotFixModel[]
  findings: readonly FindingModel[]
}): VNode {
  return (
    <article id='decide' class='r-card r-edge-depends'>
      <h3>For you to decide</h3>
      <p class='r-soft'>The service does not change these by itself.</p>
      <ul class='r-decide'>
        {entries.map((entry, index) => {
          const finding = findings.find(({ id }) => id !== undefined && id === entry.findingId)
          const remedy = entry.remedy ?? finding?.remedy ?? entry.code
          const detail = entry.detail ?? (finding === undefined ? '' : reasonOf(finding))
          return (
            <li key={index}>
              <Prose text={remedy} />
              {entry.who === undefined ? null : <span class='r-chip'>by: {entry.who}</span>}
              {detail === '' ? null : (
                <div class='r-soft'>
                  <Prose text={detail} />
                </div>
              )}
            </li>
          )
        })}
      </ul>
    </article>
  )
}
