import { render, type VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { NOTHING_CHECKED } from './check/actions.js'
import { CheckView } from './check/check-view.js'
import { NOTHING_EXPLAINED } from './explain/actions.js'
import { ExplainView } from './explain/explain-view.js'
import { PageHead } from './frame.js'
import { LiveView, NOTHING_LIVE } from './live/live-view.js'
import { fragmentOf, readFragment, type View, VIEWS } from './state/deep-link.js'
import { EXAMPLE, type UsageForm } from './state/usage-form.js'
import { WriteView } from './write/write-view.js'

interface PageState {
  view: View
  form: UsageForm
  /** Whether the form is the example that the page opens with, so that the address need not describe it. */
  isExample: boolean
}

function stateFrom (fragment: string, previous?: PageState): PageState {
  const { view, form } = readFragment(fragment)
  // An address without a usage changes the view alone.
  if (form === undefined) return { view, form: previous?.form ?? EXAMPLE, isExample: previous?.isExample ?? true }
  return { view, form, isExample: false }
}

const linked = ({ form, isExample }: PageState): UsageForm | undefined => (isExample ? undefined : form)

/** The state as the address has it: restored from the fragment, and kept in it. */
function usePageState (): [PageState, (change: (state: PageState) => PageState) => void] {
  const [state, setState] = useState(() => stateFrom(location.hash))
  useEffect(() => {
    const restore = (): void => setState((state) => stateFrom(location.hash, state))
    addEventListener('hashchange', restore)
    return () => removeEventListener('hashchange', restore)
  }, [])
  useEffect(() => {
    const fragment = fragmentOf(state.view, linked(state))
    if (fragment !== location.hash) history.replaceState(null, '', `${location.pathname}${location.search}${fragment}`)
  }, [state])
  return [state, setState]
}

function App (): VNode {
  const [state, setState] = usePageState()
  const [checked, setChecked] = useState(NOTHING_CHECKED)
  const [live, setLive] = useState(NOTHING_LIVE)
  const [explained, setExplained] = useState(NOTHING_EXPLAINED)
  const [token, onToken] = useState('')
  const { view, form, isExample } = state
  const linkTo = (view: View): string => fragmentOf(view, linked(state)) || '#'
  const onForm = (form: UsageForm): void => setState(({ view }) => ({ view, form, isExample: false }))
  return (
    <>
      <PageHead
        view={view}
        views={VIEWS}
        linkTo={linkTo}
        onView={(view) => setState((state) => ({ ...state, view }))}
      />
      {view === 'write' ? <WriteView form={form} isExample={isExample} onChange={onForm} explainLink={linkTo('explain')} /> : null}
      {view === 'check' ? <CheckView form={form} state={checked} onForm={onForm} onState={setChecked} /> : null}
      {view === 'explain' ? (
        <ExplainView form={linked(state)} state={explained} onForm={onForm} onState={setExplained} {...{ token, onToken }} />
      ) : null}
      {view === 'live' ? <LiveView form={form} state={live} onForm={onForm} onState={setLive} {...{ token, onToken }} /> : null}
    </>
  )
}

const root = document.querySelector('#app')
if (root !== null) render(<App />, root)
