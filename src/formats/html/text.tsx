import type { ComponentChildren, VNode } from 'preact'
import { isAwsPage, lastPart } from '../names.js'

/**
 * Text that may break after `:` and `/`, as code before a capital letter too: ARNs and action names are longer than a
 * phone is wide.
 */
export function Breakable ({ text, isCode = false }: { text: string; isCode?: boolean }): VNode {
  const parts = text.split(isCode ? /(?<=[:/.,])|(?<=[a-z0-9])(?=[A-Z])/ : /(?<=[:/])/)
  return <>{parts.map((part, index) => (index === 0 ? part : [<wbr />, part]))}</>
}

/** A name or ARN in the type of code. */
export function Code ({ text }: { text: string }): VNode {
  return (
    <code>
      <Breakable text={text} isCode />
    </code>
  )
}

/** A sentence of the catalogue: what stands between backticks is code. */
export function Prose ({ text }: { text: string }): VNode {
  const parts = text.split('`')
  // An odd number of backticks is no pair: the text stays as it is.
  if (parts.length % 2 === 0) return <Breakable text={text} />
  return <>{parts.map((part, index) => (index % 2 === 1 ? <Code text={part} /> : <Breakable text={part} />))}</>
}

/** The page of AWS that a statement rests on; no link where the address is none of AWS's. */
export function AwsPage ({ address, about }: { address: string; about: string }): VNode | null {
  return isAwsPage(address) ? (
    <a href={address}>
      AWS’s page<span class='r-hidden'> on: {about}</span>
    </a>
  ) : null
}

/** Who: the service principal, or a role by its ARN. */
export function Who ({ id }: { id: string }): VNode {
  return id.startsWith('arn:') ? (
    <Code text={id} />
  ) : id.includes('.amazonaws.') ? (
    <>
      the service principal <Code text={id} />
    </>
  ) : (
    <Code text={id} />
  )
}

/** A role by its name, and beneath it the rest of the ARN. */
export function PrincipalName ({ id, type, via }: { id: string; type: string; via: string | undefined }): VNode {
  const path = id.startsWith('arn:') ? id.slice(id.indexOf('::') + 2) : id
  return (
    <>
      <strong>{type === 'service' ? 'Amazon Personalize' : <Breakable text={lastPart(id)} isCode />}</strong>
      <span class='r-kind'>
        {type === 'service' ? 'service principal' : 'service role'}
        {via === 's3' ? ', through Amazon S3' : ''}
      </span>
      <Code text={path} />
    </>
  )
}

/** A section with its heading and one line that says what it holds. */
export function Section ({
  id,
  title,
  lead,
  children
}: {
  id: string
  title: string
  lead: string
  children: ComponentChildren
}): VNode {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      <p class='r-lead'>{lead}</p>
      {children}
    </section>
  )
}

/** The first few of a list, the rest folded. */
export function Few ({
  items,
  shown,
  noun,
  render
}: {
  items: readonly string[]
  shown: number
  noun: string
  render: (item: string) => VNode
}): VNode {
  const rest = items.slice(shown)
  return (
    <>
      {items.slice(0, shown).map((item) => (
        <div key={item}>{render(item)}</div>
      ))}
      {rest.length === 0 ? null : (
        <details>
          <summary>
            and {rest.length} more {noun}
          </summary>
          {rest.map((item) => (
            <div key={item}>{render(item)}</div>
          ))}
        </details>
      )}
    </>
  )
}
