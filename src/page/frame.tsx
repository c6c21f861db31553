import type { VNode } from 'preact'
import type { View } from './state/deep-link.js'

/** Where AWS documents what Amazon Personalize needs. */
const KEY_ACCESS = 'https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-key-access.html'

const TITLES: Readonly<Record<View, string>> = { write: 'Write', check: 'Check', explain: 'Explain', live: 'Live' }

/** The title of the document in a view. The first view is the page itself. */
export function titleOf (view: View): string {
  const page = 'Amazon Personalize KMS policies'
  return view === 'write' ? page : `${TITLES[view]} · ${page}`
}

/** The head that stays: the views at the left, the API at the right. */
export function PageHead ({
  view,
  views,
  linkTo,
  onView
}: {
  view: View
  views: readonly View[]
  linkTo: (view: View) => string
  onView: (view: View) => void
}): VNode {
  return (
    <header class='p-head'>
      <p class='p-brand'>Personalize KMS policies</p>
      <nav aria-label='Views'>
        {views.map((each) => (
          <a
            key={each}
            href={linkTo(each)}
            {...(each === view ? { 'aria-current': 'page' as const } : {})}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return
              event.preventDefault()
              onView(each)
            }}
          >
            {TITLES[each]}
          </a>
        ))}
      </nav>
      <p class='p-links'>
        <a href='docs'>API</a>
        <a href={KEY_ACCESS}>AWS’s page</a>
      </p>
    </header>
  )
}
