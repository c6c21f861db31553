import { LAYERS, statementName, type LayerName } from './names.js'
import type { CheckModel, StatementModel } from './report-model.js'

/** What the square of a layer in the matrix says. `aside`: does not grant, nor needs to. */
export type LayerState = 'allows' | 'denies' | 'lacks' | 'aside' | 'depends' | 'unread' | 'none'

export const LAYER_STATES: Readonly<Record<LayerState, { inSentence: string; inLegend: string }>> = {
  allows: { inSentence: 'allows', inLegend: 'allows' },
  denies: { inSentence: 'denies', inLegend: 'denies with a statement' },
  lacks: { inSentence: 'does not grant it', inLegend: 'does not grant it' },
  aside: { inSentence: 'does not grant it, nor needs to', inLegend: 'does not grant it, nor needs to' },
  depends: { inSentence: 'depends on a condition', inLegend: 'depends on a condition' },
  unread: { inSentence: 'not read, settled or evaluated', inLegend: 'not read, settled or evaluated' },
  none: { inSentence: 'does not apply', inLegend: 'none, or does not apply' }
}

/** The layers of a check with the state of each; a layer that the check does not have is left out. */
export function layersOf (check: CheckModel): Array<{ layer: LayerName; state: LayerState }> {
  return LAYERS.filter(({ name }) => check.layers[name] !== undefined).map((layer) => ({
    layer,
    state: layerState(check, layer.name)
  }))
}

function layerState (check: CheckModel, name: string): LayerState {
  switch (check.layers[name]) {
    case 'allowed':
      return 'allows'
    case 'explicitDeny':
      return 'denies'
    case 'conditional':
      return 'depends'
    case 'implicitDeny':
      return check.effective === 'implicitDeny' && isDeciding(check, name) ? 'lacks' : 'aside'
    case 'unknown':
    case 'notEvaluated':
      return 'unread'
    default:
      return 'none'
  }
}

/**
 * Whether a denial rests on a layer that grants nothing: a grant is never needed, the service principal has no IAM
 * policies, and a role needs none where its key policy names it and AWS requires no more.
 */
function isDeciding (check: CheckModel, name: string): boolean {
  if (name === 'grants') return false
  return name !== 'identityPolicies' || !(check.principal.type === 'service' || isGrantedByKeyPolicy(check))
}

function isGrantedByKeyPolicy ({ layers, requiredIn = [], missingFrom }: CheckModel): boolean {
  return (
    layers['keyPolicy'] === 'allowed' &&
    requiredIn.includes('keyPolicy') &&
    !requiredIn.includes('iamPolicy') &&
    !missingFrom.includes('keyPolicy')
  )
}

/** Why the check came out as it did, in one line: the statements, conditions or layers that decide. */
export function checkReason (check: CheckModel): string {
  const { matchedStatements = [] } = check
  const ofEffect = (effect: string): StatementModel[] =>
    matchedStatements.filter((statement) => statement.effect === effect)
  switch (check.effective) {
    case 'allowed':
      return allowReason(ofEffect('Allow'))
    case 'explicitDeny': {
      const denies = ofEffect('Deny').map(statementName)
      return denies.length === 0 ? 'a statement denies it' : `denied by ${shortList(denies)}`
    }
    case 'implicitDeny':
      return missingReason(check)
    case 'conditional':
      return conditionReason(check)
    case 'unknown':
      return unknownReason(check)
  }
}

/** Statements of one layer are alternatives; where those of two layers decide, both are needed. */
function allowReason (allows: readonly StatementModel[]): string {
  const layers = [...new Set(allows.map(({ policy }) => policy))].map((layer) =>
    shortList(allows.filter(({ policy }) => policy === layer).map(statementName), ' or ')
  )
  return layers.length === 0 ? 'allowed' : `by ${layers.join(' with ')}`
}

/** A key policy that only delegates to IAM policies can also allow it to the role itself. */
function missingReason (check: CheckModel): string {
  const layers = layersOf(check).filter(({ state }) => state === 'lacks')
  const delegates =
    check.layers['keyPolicy'] === 'allowed' &&
    check.missingFrom.includes('keyPolicy') &&
    layers.some(({ layer }) => layer.name === 'identityPolicies')
  const words = [...(delegates ? ['key policy for the role'] : []), ...layers.map(({ layer }) => layer.words)]
  return `no statement in the ${words.length === 0 ? 'policies' : words.join(' or the ')}`
}

function conditionReason ({ conditions = [], missingContextValues = [] }: CheckModel): string {
  if (conditions.length === 0)
    return missingContextValues.length === 0
      ? 'depends on a condition'
      : `depends on ${shortList(missingContextValues)}`
  const words = conditions.map(
    ({ key, needs, effect, statement }) =>
      `${effect === 'Deny' ? 'unless it is denied for ' : 'if '}${key} ${needs}, by ${statementName(statement)}`
  )
  return shortList(words, '; ')
}

function unknownReason (check: CheckModel): string {
  const [unsupported] = check.unsupported ?? []
  if (unsupported !== undefined)
    return `${unsupported.what}, at ${unsupported.pointer} of ${unsupported.policy} ${unsupported.name}`
  const layers = LAYERS.filter(({ name }) => check.layers[name] === 'unknown').map(({ words }) => words)
  return layers.length === 0 ? 'not settled' : `not settled: ${layers.join(', ')}`
}

const MAX_LISTED = 6

/** The first entries of a list and how many more there are. */
export function shortList (entries: readonly string[], separator = ', '): string {
  const distinct = [...new Set(entries)]
  const more = distinct.length - MAX_LISTED
  return more > 0 ? `${distinct.slice(0, MAX_LISTED).join(separator)} and ${more} more` : distinct.join(separator)
}
