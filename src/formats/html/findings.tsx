import type { ComponentChildren, VNode } from 'preact'
import type { FindingGroup } from '../finding-groups.js'
import { reasonOf } from '../names.js'
import { SEVERITIES } from '../verdict-words.js'
import { printStatement } from './print-statement.js'
import { AwsPage, Breakable, Code, Few, Prose, Section, Who } from './text.js'

/** The findings, errors first; what a cause brings about is listed under it. */
export function FindingsSection ({
  groups,
  isOnNamed
}: {
  groups: readonly FindingGroup[]
  /** Whether each says which key or bucket it is about: in a report on one, all are about that. */
  isOnNamed: boolean
}): VNode {
  return (
    <Section
      id='findings'
      title='Findings'
      lead='Errors break the use; warnings are fragile or wider than needed. Consequences are listed under their cause.'
    >
      {groups.length === 0 ? (
        <p class='r-card r-none'>No findings.</p>
      ) : (
        groups
          .map((group) => (isOnNamed ? group : withoutOn(group)))
          .map((group, index) => <FindingCard key={index} group={group} />)
      )}
    </Section>
  )
}

const WHO_SHOWN = 3

function withoutOn (group: FindingGroup): FindingGroup {
  return { ...group, on: [], consequences: group.consequences.map(withoutOn) }
}

function FindingCard ({ group: { finding, who, on, consequences } }: { group: FindingGroup }): VNode {
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
      <Facts finding={finding} who={who} on={on} />
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

function Facts ({ finding, who, on }: Pick<FindingGroup, 'finding' | 'who' | 'on'>): VNode {
  const { actions = [], operations = [], remedy, source, title } = finding
  return (
    <dl>
      {who.length === 0 ? null : (
        <Fact name='Who'>
          <Few items={who} shown={WHO_SHOWN} noun='alike' render={(id) => <Who id={id} />} />
        </Fact>
      )}
      {on.length === 0 ? null : (
        <Fact name='On'>
          <Few items={on} shown={WHO_SHOWN} noun='alike' render={(name) => <Code text={name} />} />
        </Fact>
      )}
      {actions.length === 0 ? null : (
        <Fact name='Actions' className='r-chips'>
          {actions.map((action) => (
            <span key={action} class='r-chip'>
              <Code text={action} />
            </span>
          ))}
        </Fact>
      )}
      {operations.length === 0 ? null : <Fact name='For'>{operations.join(', ')}</Fact>}
      <Fact name='Why'>
        <Prose text={reasonOf(finding)} />
      </Fact>
      <Fact name='What to do'>
        <strong>
          <Prose text={remedy} />
        </strong>{' '}
        <AwsPage address={source} about={title} />
      </Fact>
    </dl>
  )
}

function Fact ({
  name,
  className,
  children
}: {
  name: string
  className?: string
  children: ComponentChildren
}): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={className}>{children}</dd>
    </div>
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
        {groups.map(({ finding, who, on }, index) => (
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
              {on.length === 0 ? null : (
                <>
                  On <Code text={on.join(', ')} />:{' '}
                </>
              )}
              <Prose text={reasonOf(finding)} />
              {(finding.actions ?? []).length === 0 ? null : (
                <>
                  {' '}
                  <Code text={finding.actions?.join(', ') ?? ''} />
                </>
              )}
            </div>
          </li>
        ))}
      </ul>
    </div>
  )
}
