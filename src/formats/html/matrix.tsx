import type { VNode } from 'preact'
import { LAYER_STATES, layersOf } from '../check-reason.js'
import { matricesOf, type Matrix, type MatrixRow, type Reason } from '../matrix.js'
import { LAYERS } from '../names.js'
import type { CheckModel, FindingModel } from '../report-model.js'
import { besideChecksSentence, DECISIONS } from '../verdict-words.js'
import { Breakable, Code, PrincipalName, Section } from './text.js'

/** Who may do what: principals × actions × layers, one table for each key or bucket. */
export function MatrixSection ({
  checks,
  beside
}: {
  checks: readonly CheckModel[]
  /** The finding that decides although every check is allowed. */
  beside: FindingModel | undefined
}): VNode {
  const matrices = matricesOf(checks)
  const lead = 'What the policies decide, what each layer contributes, and the statements that decide.'
  return (
    <Section
      id='matrix'
      title='Who may do what'
      lead={beside === undefined ? lead : `${lead} ${besideChecksSentence(beside)}`}
    >
      {matrices.map((matrix) => (
        <MatrixTable key={matrix.resource} matrix={matrix} isOnly={matrices.length === 1} />
      ))}
      <Legend checks={checks} />
    </Section>
  )
}

function MatrixTable ({
  matrix: { resource, alike, actions, rows },
  isOnly
}: {
  matrix: Matrix
  isOnly: boolean
}): VNode {
  return (
    <>
      {isOnly && alike.length === 0 ? null : (
        <h3 class='r-resource'>
          <Code text={resource} />
        </h3>
      )}
      {alike.length === 0 ? null : (
        <details class='r-alike'>
          <summary>and {alike.length} more, alike in everything</summary>
          {alike.map((other) => (
            <div key={other}>
              <Code text={other} />
            </div>
          ))}
        </details>
      )}
      <div class='r-scroll' tabIndex={0} role='region' aria-label={`Who may do what with ${resource}`}>
        <table class='r-matrix' role='table'>
          <thead role='rowgroup'>
            <tr role='row'>
              <th role='columnheader' scope='col'>
                Principal
              </th>
              {actions.map((action) => (
                <th key={action} role='columnheader' scope='col'>
                  <ActionName action={action} />
                </th>
              ))}
            </tr>
          </thead>
          {rows.map((row) => (
            <Row key={`${row.principals[0]?.id} ${row.via}`} row={row} actions={actions} />
          ))}
        </table>
      </div>
    </>
  )
}

function ActionName ({ action }: { action: string }): VNode {
  const name = action.slice(action.indexOf(':') + 1)
  return (
    <code>
      <span class='r-prefix'>{action.slice(0, action.length - name.length)}</span>
      <Breakable text={name} isCode />
    </code>
  )
}

function Row ({
  row: {
    principals: [first, ...alike],
    via,
    cells,
    reasons
  },
  actions
}: {
  row: MatrixRow
  actions: readonly string[]
}): VNode | null {
  if (first === undefined) return null
  return (
    <tbody role='rowgroup'>
      <tr role='row' class='r-cells'>
        <th role='rowheader' scope='rowgroup' rowSpan={2}>
          <PrincipalName {...first} via={via} />
          {alike.length === 0 ? null : (
            <details>
              <summary>
                and {alike.length} {alike.length === 1 ? 'role' : 'roles'} alike
              </summary>
              {alike.map(({ id }) => (
                <div key={id}>
                  <Code text={id} />
                </div>
              ))}
            </details>
          )}
        </th>
        {actions.map((action, index) => (
          <Cell key={action} action={action} check={cells[index]} />
        ))}
      </tr>
      <tr role='row' class='r-reasons'>
        <td role='cell' colSpan={actions.length}>
          <ul>
            {reasons.map((reason) => (
              <ReasonLine key={`${reason.effective} ${reason.text}`} reason={reason} />
            ))}
          </ul>
        </td>
      </tr>
    </tbody>
  )
}

function ReasonLine ({ reason: { effective, actions, isAll, text } }: { reason: Reason }): VNode {
  const { mark, tone } = DECISIONS[effective]
  const names = isAll ? 'All actions' : actions.map((action) => action.slice(action.indexOf(':') + 1)).join(', ')
  return (
    <li>
      <span class={`r-mark r-ink-${tone}`} aria-hidden='true'>
        {mark}
      </span>{' '}
      <strong>
        <Breakable text={names} />
      </strong>
      : <Breakable text={text} />
    </li>
  )
}

function Cell ({ action, check }: { action: string; check: CheckModel | undefined }): VNode {
  if (check === undefined)
    return (
      <td role='cell' class='r-cell'>
        <span class='r-action'>
          <Code text={action} />
        </span>
        <span class='r-soft'>not needed</span>
      </td>
    )
  const { mark, words, tone } = DECISIONS[check.effective]
  return (
    <td role='cell' class={`r-cell r-cell-${tone}`}>
      <span class='r-action'>
        <Code text={action} />
      </span>
      <span class={`r-outcome r-ink-${tone}`}>
        <span aria-hidden='true'>{mark} </span>
        {words}
      </span>
      <span class='r-layers' aria-hidden='true'>
        {layersOf(check).map(({ layer, state }) => (
          <span key={layer.name} class={`r-layer r-${state}`}>
            {layer.letter}
          </span>
        ))}
      </span>
      <span class='r-hidden'>{layerSentence(check)}</span>
      <Documented check={check} />
    </td>
  )
}

function layerSentence (check: CheckModel): string {
  const words = layersOf(check)
    .filter(({ state }) => state !== 'none')
    .map(({ layer, state }) => `${layer.words}: ${LAYER_STATES[state].inSentence}`)
  return words.length === 0 ? '' : `Layers: ${words.join('; ')}. `
}

function Documented ({ check: { documented, missingFrom } }: { check: CheckModel }): VNode | null {
  if (documented === 'notRequired') return null
  if (documented === 'pass')
    return (
      <span class='r-page'>
        page:{' '}
        <span class='r-ink-yes'>
          <span aria-hidden='true'>✓</span>
          <span class='r-hidden'>satisfied</span>
        </span>
      </span>
    )
  if (documented === 'indeterminate')
    return (
      <span class='r-page'>
        page: <strong class='r-ink-depends'>not settled</strong>
      </span>
    )
  const places = LAYERS.filter(({ place }) => missingFrom.includes(place))
  return (
    <span class='r-page'>
      page:{' '}
      <strong class='r-ink-no'>
        not in <span aria-hidden='true'>{places.map(({ letter }) => letter).join(', ')}</span>
        <span class='r-hidden'>{places.map(({ words }) => words).join(', ')}</span>
      </strong>
    </span>
  )
}

function Legend ({ checks }: { checks: readonly CheckModel[] }): VNode {
  const layers = LAYERS.filter(({ name }) => checks.some((check) => check.layers[name] !== undefined))
  const states = Object.entries(LAYER_STATES)
  const letter = layers[0]?.letter ?? ''
  return (
    <dl class='r-legend'>
      {layers.map(({ name, letter: of, short }) => (
        <Entry key={name} letter={of} state='none' words={short} isName />
      ))}
      {states.map(([state, { inLegend }]) => (
        <Entry key={state} letter={letter} state={state} words={inLegend} />
      ))}
    </dl>
  )
}

function Entry ({
  letter,
  state,
  words,
  isName = false
}: {
  letter: string
  state: string
  words: string
  isName?: boolean
}): VNode {
  return (
    <div>
      <dt aria-hidden={isName ? undefined : 'true'}>
        <span class={`r-layer r-${state}`}>{letter}</span>
      </dt>
      <dd>{isName ? <strong>{words}</strong> : words}</dd>
    </div>
  )
}
