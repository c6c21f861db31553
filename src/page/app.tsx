import { render, type VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { NOTHING_CHECKED } from './check/actions.js'
import { CheckView } from './check/check-view.js'
import { NOTHING_EXPLAINED } from './explain/actions.js'
import { ExplainView } from './explain/explain-view.js'
import { PageHead, titleOf } from './frame.js'
import { NOTHING_LIVE } from './live/actions.js'
import { LiveView } from './live/live-view.js'
import { fragmentOf, readFragment, type View, VIEWS } from './state/deep-link.js'
import { EXAMPLE, pastedOf, type UsageForm } from './state/usage-form.js'
import { WriteView } from './write/write-view.js'

interface PageState {
  view: View
  form: UsageForm
  /** Whether the form is the example that the page opens with, so that the address need not describe it. */
  isExample: boolean
  /** ARN of the dataset group that *Live* verifies; undefined where it verifies the usage. */
  group: string | undefined
}

function stateFrom (fragment: string, previous?: PageState): PageState {
  const { view, form, group } = readFragment(fragment)
  // No address has the policies that were pasted.
  if (form !== undefined) return { view, form: { ...form, ...pastedOf(previous?.form) }, isExample: false, group }
  // An address without a usage changes the view alone.
  const kept = previous ?? { form: EXAMPLE, isExample: true, group: undefined }
  return { ...kept, view, group: group ?? kept.group }
}

const linked = ({ form, isExample }: PageState): UsageForm | undefined => (isExample ? undefined : form)

/** Marks an entry of the history between views: back and forward change the view alone, and what was typed stays. */
const SAME_FORM = 'same-form'

function restored (state: PageState): PageState {
  return history.state === SAME_FORM
    ? { ...state, view: readFragment(location.hash).view }
    : stateFrom(location.hash, state)
}

const fragmentFor = (state: PageState): string => fragmentOf(state.view, linked(state), state.group)
const addressOf = (state: PageState): string => `${location.pathname}${location.search}${fragmentFor(state)}`

/** Keeps what is typed in the address; not while the history is on its way to another view. */
function keepAddress (state: PageState): void {
  if (readFragment(location.hash).view === state.view && fragmentFor(state) !== location.hash)
    history.replaceState(history.state, '', addressOf(state))
}

/** Another view is an entry of the history. */
function enterAddress (state: PageState): void {
  history.replaceState(SAME_FORM, '')
  history.pushState(SAME_FORM, '', addressOf(state))
  scrollTo(0, 0)
}

/** The state as the address has it: restored from the fragment, and kept in it. */
function usePageState (): [PageState, (change: (state: PageState) => PageState) => void] {
  const [state, setState] = useState(() => stateFrom(location.hash))
  useEffect(() => {
    const restore = (): void => setState(restored)
    addEventListener('hashchange', restore)
    return () => removeEventListener('hashchange', restore)
  }, [])
  useEffect(() => keepAddress(state), [state])
  useEffect(() => {
    document.title = titleOf(state.view)
  }, [state.view])
  return [state, setState]
}

function App (): VNode {
  const [state, setState] = usePageState()
  const [checked, setChecked] = useState(NOTHING_CHECKED)
  const [live, setLive] = useState(NOTHING_LIVE)
  const [explained, setExplained] = useState(NOTHING_EXPLAINED)
  const [token, onToken] = useState('')
  const { view, form, isExample, group } = state
  const linkTo = (view: View): string => fragmentOf(view, linked(state), group) || '#'
  const onView = (next: View): void => {
    if (next === view) return
    enterAddress({ ...state, view: next })
    setState((state) => ({ ...state, view: next }))
  }
  const onForm = (form: UsageForm): void => setState((state) => ({ ...state, form, isExample: false }))
  const onGroup = (group: string | undefined): void => setState((state) => ({ ...state, group }))
  return (
    <>
      <PageHead
        view={view}
        views={VIEWS}
        linkTo={linkTo}
        onView={onView}
      />
      {view === 'write' ? (
        <WriteView form={form} isExample={isExample} onChange={onForm} explainLink={linkTo('explain')} />
      ) : null}
      {view === 'check' ? <CheckView form={form} state={checked} onForm={onForm} onState={setChecked} /> : null}
      {view === 'explain' ? (
        <ExplainView form={linked(state)} state={explained} onState={setExplained} {...{ token, onForm, onToken }} />
      ) : null}
      {view === 'live' ? (
        <LiveView state={live} onState={setLive} {...{ form, group, token, onForm, onGroup, onToken }} />
      ) : null}
    </>
  )
}

const root = document.querySelector('#app')
if (root !== null) render(<App />, root)
