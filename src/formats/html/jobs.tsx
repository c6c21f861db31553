import type { VNode } from 'preact'
import { lastPart } from '../names.js'
import type { FailureModel, UseModel } from '../report-model.js'
import { VERDICTS } from '../verdict-words.js'
import { printStatement } from './print-statement.js'
import { Breakable, Code, Few, Prose, Section } from './text.js'

/** The jobs that failed: what Amazon Personalize says of it, the cause, and the statements that fix that. */
export function FailuresSection ({ failures }: { failures: readonly FailureModel[] }): VNode {
  return (
    <Section
      id='failures'
      title='Jobs that failed'
      lead='What Amazon Personalize reported, and what the policies say of it.'
    >
      {failures.map((failure) => (
        <FailureCard key={failure.arn} failure={failure} />
      ))}
    </Section>
  )
}

function FailureCard ({
  failure: { operation, arn, status, failureReason, causes }
}: {
  failure: FailureModel
}): VNode {
  return (
    <article class='r-card r-finding r-edge-no'>
      <header>
        <h3>
          <span class='r-severity r-ink-no'>
            <span aria-hidden='true'>✕ </span>
            Failed<span class='r-hidden'>: </span>
          </span>{' '}
          <Breakable text={lastPart(arn)} />
        </h3>
        <code class='r-code'>{operation}</code>
      </header>
      <dl>
        <div>
          <dt>Job</dt>
          <dd>
            <Code text={arn} />
          </dd>
        </div>
        <div>
          <dt>Status</dt>
          <dd>
            <Breakable text={status} />
          </dd>
        </div>
        <div>
          <dt>Reason</dt>
          <dd>
            {failureReason === undefined ? 'Amazon Personalize gives none.' : <q class='r-said'>{failureReason}</q>}
          </dd>
        </div>
        {causes.map((cause, index) => (
          <Cause key={index} cause={cause} />
        ))}
      </dl>
    </article>
  )
}

function Cause ({ cause: { title, status, statements } }: { cause: FailureModel['causes'][number] }): VNode {
  return (
    <div>
      <dt>{status === 'confirmed' ? 'Because' : 'It may be'}</dt>
      <dd>
        <strong>
          <Prose text={title} />
        </strong>
        {statements.length === 0 ? null : (
          <details>
            <summary>{statements.length === 1 ? 'The statement that fixes it' : 'The statements that fix it'}</summary>
            {statements.map((statement, index) => (
              <pre key={index} tabIndex={0} role='group' aria-label={`Statement ${index + 1}: ${title}`}>
                <code>{printStatement(statement)}</code>
              </pre>
            ))}
          </details>
        )}
      </dd>
    </div>
  )
}

const JOBS_SHOWN = 3

/** Each use that was verified by itself, with its verdict: what a dataset group uses. */
export function UsesSection ({ uses }: { uses: readonly UseModel[] }): VNode {
  return (
    <Section
      id='uses'
      title='What is used'
      lead='Each operation and role was verified by itself; below, the results are joined.'
    >
      <div class='r-scroll' tabIndex={0} role='region' aria-label='Table of what is used'>
        <table class='r-uses' role='table'>
          <thead role='rowgroup'>
            <tr role='row'>
              {['Verdict', 'For', 'Role', 'Keys and locations', 'Jobs'].map((name) => (
                <th key={name} role='columnheader' scope='col'>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role='rowgroup'>
            {uses.map((use, index) => (
              <UseRow key={index} use={use} />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

function UseRow ({ use: { verdict, operations, roles, resources, jobs } }: { use: UseModel }): VNode {
  const { mark, words, tone } = VERDICTS[verdict]
  const codes = (texts: readonly string[]): VNode[] =>
    texts.map((text) => (
      <div key={text}>
        <Code text={text.startsWith('arn:') ? lastPart(text) : text} />
      </div>
    ))
  const noun = jobs.length - JOBS_SHOWN === 1 ? 'job' : 'jobs'
  return (
    <tr role='row'>
      <td role='cell' class={`r-ink-${tone}`}>
        <strong>
          <span aria-hidden='true'>{mark} </span>
          {words}
        </strong>
      </td>
      <td role='cell'>{operations.join(', ')}</td>
      <td role='cell' data-name='Role'>
        {codes(roles)}
      </td>
      <td role='cell' data-name='Keys and locations'>
        {codes(resources)}
      </td>
      <td role='cell' data-name='Jobs'>
        <Few items={jobs} shown={JOBS_SHOWN} noun={noun} render={(arn) => <Code text={lastPart(arn)} />} />
      </td>
    </tr>
  )
}
