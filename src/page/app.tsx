import { render, type VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { PageHead } from './frame.js'
import { fragmentOf, readFragment, type View } from './state/deep-link.js'
import { EXAMPLE, type UsageForm } from './state/usage-form.js'
import { WriteView } from './write/write-view.js'

const SHOWN: readonly View[] = ['write']

interface PageState {
  view: View
  form: UsageForm
  /** Whether the form is the example that the page opens with, so that the address need not describe it. */
  isExample: boolean
}

function stateFrom (fragment: string): PageState {
  const { view, form } = readFragment(fragment)
  return { view, form: form ?? EXAMPLE, isExample: form === undefined }
}

const linked = ({ form, isExample }: PageState): UsageForm | undefined => (isExample ? undefined : form)

function App (): VNode {
  const [state, setState] = useState(() => stateFrom(location.hash))
  useEffect(() => {
    const restore = (): void => setState(stateFrom(location.hash))
    addEventListener('hashchange', restore)
    return () => removeEventListener('hashchange', restore)
  }, [])
  useEffect(() => {
    const fragment = fragmentOf(state.view, linked(state))
    if (fragment !== location.hash) history.replaceState(null, '', `${location.pathname}${location.search}${fragment}`)
  }, [state])
  const onChange = (form: UsageForm): void => setState(({ view }) => ({ view, form, isExample: false }))
  return (
    <>
      <PageHead
        view={state.view}
        views={SHOWN}
        linkTo={(view) => fragmentOf(view, linked(state)) || '#'}
        onView={(view) => setState((state) => ({ ...state, view }))}
      />
      <WriteView form={state.form} isExample={state.isExample} onChange={onChange} />
    </>
  )
}

const root = document.querySelector('#app')
if (root !== null) render(<App />, root)
