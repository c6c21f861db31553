import { checkReason } from './check-reason.js'
import { resourceOf } from './names.js'
import type { CheckModel, Decision } from './report-model.js'

/** Principals alike in everything share a row; `cells` has the check of each action, in the order of the columns. */
export interface MatrixRow {
  principals: Array<CheckModel['principal']>
  /** The path by which the calls reach the resource, where the report tells paths apart. */
  via: string | undefined
  cells: ReadonlyArray<CheckModel | undefined>
  reasons: readonly Reason[]
}

/** The actions of a row that came out alike for the same reason. */
export interface Reason {
  effective: Decision
  actions: readonly string[]
  isAll: boolean
  text: string
}

export interface Matrix {
  resource: string
  /** Other resources for which every row says the same. */
  alike: readonly string[]
  actions: readonly string[]
  rows: readonly MatrixRow[]
}

/**
 * A matrix for each key or location: a row for each principal and path, a column for each action. Keys or locations
 * alike in everything share one.
 */
export function matricesOf (checks: readonly CheckModel[]): Matrix[] {
  const matrices = groupBy(checks, resourceOf).map(([resource, ofResource]) => {
    const actions = [...new Set(ofResource.map(({ action }) => action))]
    const rows = groupBy(ofResource, ({ principal, via }) => `${principal.id} ${via ?? ''}`).map(([, ofRow]) =>
      rowOf(ofRow, actions)
    )
    return { resource, actions, rows: joinAlike(rows) }
  })
  const looks = ({ actions, rows }: (typeof matrices)[number]): string =>
    JSON.stringify([actions, rows.map((row) => [row.principals, looksOf(row)])])
  return groupBy(matrices, looks).flatMap(([, [first, ...others]]) =>
    first === undefined ? [] : [{ ...first, alike: others.map(({ resource }) => resource) }]
  )
}

function rowOf (checks: readonly CheckModel[], actions: readonly string[]): MatrixRow {
  const cells = actions.map((action) => checks.find((check) => check.action === action))
  const reasons = groupBy(checks, (check) => `${check.effective} ${checkReason(check)}`).flatMap(
    ([, [first, ...others]]): Reason[] =>
      first === undefined
        ? []
        : [
          {
            effective: first.effective,
            actions: [first, ...others].map(({ action }) => action),
            isAll: others.length + 1 === actions.length && actions.length > 1,
            text: checkReason(first)
          }
        ]
  )
  const principals = checks.slice(0, 1).map(({ principal }) => principal)
  return { principals, via: checks[0]?.via, cells, reasons }
}

function looksOf ({ via, principals, reasons, cells }: MatrixRow): string {
  return JSON.stringify([
    via,
    principals[0]?.type,
    reasons,
    cells.map((cell) => (cell === undefined ? null : [cell.effective, cell.documented, cell.missingFrom, cell.layers]))
  ])
}

function joinAlike (rows: readonly MatrixRow[]): MatrixRow[] {
  return groupBy(rows, looksOf).flatMap(([, [first, ...others]]) =>
    first === undefined ? [] : [{ ...first, principals: [first, ...others].flatMap(({ principals }) => principals) }]
  )
}

/** The entries by what `keyOf` says of them, in the order of their first. */
export function groupBy<T> (entries: readonly T[], keyOf: (entry: T) => string): Array<[string, T[]]> {
  const groups = new Map<string, T[]>()
  for (const entry of entries) {
    const key = keyOf(entry)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [entry])
    else group.push(entry)
  }
  return [...groups]
}
