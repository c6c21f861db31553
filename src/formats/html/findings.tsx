import type { VNode } from 'preact'
import type { FindingGroup } from '../finding-groups.js'
import { reasonOf } from '../names.js'
import { SEVERITIES } from '../verdict-words.js'
import { printStatement } from './print-statement.js'
import { AwsPage, Breakable, Code, Few, Prose, Section, Who } from './text.js'

/** The findings, errors first; what a cause brings about is listed under it. */
export function FindingsSection ({ groups }: { groups: readonly FindingGroup[] }): VNode {
  return (
    <Section
      id='findings'
      title='Findings'
      lead='Errors break the use; warnings are fragile or wider than needed. Consequences are listed under their cause.'
    >
      {groups.length === 0 ? (
        <p class='r-card r-none'>No findings.</p>
      ) : (
        groups.map((group, index) => <FindingCard key={index} group={group} />)
      )}
    </Section>
  )
}

const WHO_SHOWN = 3

function FindingCard ({ group: { finding, who, consequences } }: { group: FindingGroup }): VNode {
  const { mark, words, tone } = SEVERITIES[finding.severity]
  return (
    <article class={`r-card r-finding r-edge-${tone}`}>
      <header>
        <h3>
          <span class={`r-severity r-ink-${tone}`}>
            <span aria-hidden='true'>{mark} </span>
            {words}
            <span class='r-hidden'>: </span>
          </span>{' '}
          <Breakable text={finding.title} />
        </h3>
        <code class='r-code'>{finding.code}</code>
      </header>
      <Facts finding={finding} who={who} />
      <Suggestion
        title='The statement with the exception, to put in its place'
        statement={finding.replacementStatement}
        of={finding.title}
      />
      <Suggestion
        title='The statement with no more than the use needs'
        statement={finding.narrowerStatement}
        of={finding.title}
      />
      {consequences.length === 0 ? null : <Consequences groups={consequences} />}
    </article>
  )
}

function Facts ({ finding, who }: Pick<FindingGroup, 'finding' | 'who'>): VNode {
  return (
    <dl>
      {who.length === 0 ? null : (
        <div>
          <dt>Who</dt>
          <dd>
            <Few items={who} shown={WHO_SHOWN} noun='alike' render={(id) => <Who id={id} />} />
          </dd>
        </div>
      )}
      {(finding.actions ?? []).length === 0 ? null : (
        <div>
          <dt>Actions</dt>
          <dd class='r-chips'>
            {finding.actions?.map((action) => (
              <span key={action} class='r-chip'>
                <Code text={action} />
              </span>
            ))}
          </dd>
        </div>
      )}
      {(finding.operations ?? []).length === 0 ? null : (
        <div>
          <dt>For</dt>
          <dd>{finding.operations?.join(', ')}</dd>
        </div>
      )}
      <div>
        <dt>Why</dt>
        <dd>
          <Prose text={reasonOf(finding)} />
        </dd>
      </div>
      <div>
        <dt>What to do</dt>
        <dd>
          <strong>
            <Prose text={finding.remedy} />
          </strong>{' '}
          <AwsPage address={finding.source} about={finding.title} />
        </dd>
      </div>
    </dl>
  )
}

function Suggestion ({ title, statement, of }: { title: string; statement: unknown; of: string }): VNode | null {
  if (statement === undefined) return null
  return (
    <details>
      <summary>{title}</summary>
      <pre tabIndex={0} role='group' aria-label={`${title}: ${of}`}>
        <code>{printStatement(statement)}</code>
      </pre>
    </details>
  )
}

function Consequences ({ groups }: { groups: readonly FindingGroup[] }): VNode {
  return (
    <div class='r-consequences'>
      <h4>Because of this</h4>
      <ul>
        {groups.map(({ finding, who }, index) => (
          <li key={index}>
            <span class={`r-severity r-ink-${SEVERITIES[finding.severity].tone}`}>
              {SEVERITIES[finding.severity].words}
            </span>{' '}
            <strong>
              <Breakable text={finding.title} />
            </strong>{' '}
            <code class='r-code'>{finding.code}</code>
            <div class='r-soft'>
              <Few items={who} shown={WHO_SHOWN} noun='alike' render={(id) => <Who id={id} />} />
              <Prose text={reasonOf(finding)} />
            </div>
          </li>
        ))}
      </ul>
    </div>
  )
}
