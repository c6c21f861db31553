import type { VNode } from 'preact'
import { isAwsPage } from '../../formats/names.js'
import { sidOf } from '../../formats/statement-diff.js'
import { Breakable } from '../../formats/html/text.js'
import { JsonCode } from '../parts/json-code.js'
import type { StatementCard } from '../state/policy-tabs.js'

/** A card a statement: its reason above, its JSON below. */
export function StatementCards ({ cards }: { cards: readonly StatementCard[] }): VNode {
  return (
    <>
      {cards.map((card, index) => (
        <Card key={index} card={card} index={index} />
      ))}
    </>
  )
}

function Card ({ card: { statement, note }, index }: { card: StatementCard; index: number }): VNode {
  const name = sidOf(statement) ?? `Statement ${index + 1}, without Sid`
  return (
    <article class='p-card'>
      <header>
        <h3>
          <Breakable text={name} isCode />
        </h3>
        <p>{note === undefined ? 'Was there before. Kept as it is.' : note.reason}</p>
        {note === undefined || !isAwsPage(note.source) ? null : (
          <p>
            <a href={note.source}>
              AWS’s page<span class='r-hidden'> on {name}</span>
            </a>
          </p>
        )}
      </header>
      <pre tabIndex={0} role='group' aria-label={`${name} as JSON`}>
        <JsonCode value={statement} />
      </pre>
    </article>
  )
}
