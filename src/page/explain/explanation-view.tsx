import type { VNode } from 'preact'
import type { Explanation } from '../../../schemas/explanation.js'
import { AwsPage, Breakable, Code, Prose } from '../../formats/html/text.js'
import { CopyButton } from '../parts/copy-button.js'
import { JsonCode } from '../parts/json-code.js'
import { likelihoodOf, nextSteps, POLICY_WORDS, saidFacts } from '../state/explain-form.js'

type Cause = Explanation['causes'][number]

/** What AWS said, the causes in order of likelihood with the statement for each, and what to look at next. */
export function ExplanationView ({ explanation }: { explanation: Explanation }): VNode {
  const { headline, said, causes } = explanation
  const facts = saidFacts(said)
  const next = nextSteps(explanation)
  return (
    <section aria-labelledby='explained'>
      <h2 id='explained' class='p-result'>
        <Breakable text={headline} />
      </h2>
      {facts.length === 0 ? null : (
        <dl class='r-facts'>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{name === 'What decided' ? value : <Code text={value} />}</dd>
            </div>
          ))}
        </dl>
      )}
      {causes.length < 2 ? null : <p class='p-causes'>What can have caused it, the most likely first:</p>}
      {causes.map((cause, index) => (
        <CauseCard key={cause.code} cause={cause} number={causes.length < 2 ? undefined : index + 1} />
      ))}
      {next.length === 0 ? null : (
        <>
          <h3 class='p-causes'>What to look at next</h3>
          <ul class='p-next'>
            {next.map((step) => (
              <li key={step}>
                <Prose text={step} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function CauseCard ({ cause, number }: { cause: Cause; number: number | undefined }): VNode {
  const { title, detail, distinguish, statements = [], commands = [], policy = 'other', source } = cause
  const { words, tone } = likelihoodOf(cause)
  const isOpen = cause.status === 'confirmed' || (cause.status === 'notChecked' && cause.likelihood !== 'possible')
  const fixes: FixProps[] = [
    ...statements.map((statement) => ({ words: `To add to the ${POLICY_WORDS[policy]}`, value: statement })),
    ...exceptionFixes(cause)
  ]
  const more = (
    <>
      <p>
        <Prose text={detail} />
      </p>
      {commands.length === 0 ? null : (
        <pre tabIndex={0} role='group' aria-label={`Commands that show it: ${title}`}>
          <code>{commands.join('\n')}</code>
        </pre>
      )}
      {fixes.map((fix, index) => (
        <Fix key={index} {...fix} />
      ))}
    </>
  )
  return (
    <article class={`p-card p-cause p-edge-${tone}`}>
      <h3>
        {number === undefined ? '' : `${number}. `}
        {title} <span class={`p-likelihood r-ink-${tone}`}>{words}</span>
      </h3>
      <p>
        <strong>What distinguishes it:</strong> <Prose text={distinguish} /> <AwsPage address={source} about={title} />
      </p>
      {isOpen ? (
        more
      ) : (
        <details>
          <summary>
            {fixes.length === 0 ? 'More' : 'What fixes it'}
            <span class='r-hidden'>: {title}</span>
          </summary>
          {more}
        </details>
      )}
    </article>
  )
}

function exceptionFixes ({ exception, exceptions }: Cause): FixProps[] {
  const words = 'To add to the Condition of the Deny'
  if (exceptions === undefined) return exception === undefined ? [] : [{ words, value: exception }]
  return exceptions.map(({ principal, distinguish, condition }) => ({
    words: `${words}, for the ${principal === 'role' ? 'role' : 'service principal'}`,
    when: distinguish,
    value: condition
  }))
}

interface FixProps {
  words: string
  value: Readonly<Record<string, unknown>>
  /** When it is this one that is needed. */
  when?: string
}

function Fix ({ words, value, when }: FixProps): VNode {
  const sid = value['Sid']
  const name = typeof sid === 'string' ? `${words}: ${sid}` : words
  return (
    <>
      {when === undefined ? null : (
        <p>
          <Prose text={when} />
        </p>
      )}
      <div class='p-fix'>
        <p>
          {words}
          <CopyButton text={JSON.stringify(value, null, 2)} what={name} isSmall />
        </p>
        <pre tabIndex={0} role='group' aria-label={name}>
          <JsonCode value={value} />
        </pre>
      </div>
    </>
  )
}
