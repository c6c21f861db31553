import { diffLines } from 'diff'
import type { PolicyChangeModel } from './report-model.js'

export type Statement = Readonly<Record<string, unknown>>

/** What becomes of one statement. `before` and `after` are the statement in either document. */
export type StatementChange =
  | { kind: 'same'; after: Statement }
  | { kind: 'added'; after: Statement }
  | { kind: 'changed'; before: Statement; after: Statement }
  | { kind: 'removed'; before: Statement }

const isObject = (value: unknown): value is Statement =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The statements of a document; IAM takes a single one without a list. */
export function statementsOf (document: unknown): Statement[] {
  const statement = isObject(document) ? document['Statement'] : undefined
  return (Array.isArray(statement) ? statement : [statement]).filter(isObject)
}

/** The Sid of a statement, if it has one. */
export function sidOf (statement: Statement): string | undefined {
  return typeof statement['Sid'] === 'string' ? statement['Sid'] : undefined
}

/**
 * The change of a policy statement by statement: a statement is the same if it is equal, changed if another one has its
 * Sid. Without the document as it was, the patch says which statements are new; without a patch all are.
 */
export function diffStatements ({ before, policy, patch }: PolicyChangeModel): StatementChange[] {
  const after = statementsOf(policy)
  if (before === undefined) return withoutBefore(after, patch)
  const left = statementsOf(before)
  const take = (matches: (statement: Statement) => boolean): Statement | undefined => {
    const index = left.findIndex(matches)
    return index === -1 ? undefined : left.splice(index, 1)[0]
  }
  const same = after.map((statement) => {
    const text = JSON.stringify(statement)
    return take((other) => JSON.stringify(other) === text) !== undefined
  })
  const changes = after.map((statement, index): StatementChange => {
    if (same[index] === true) return { kind: 'same', after: statement }
    const sid = sidOf(statement)
    const old = sid === undefined ? undefined : take((other) => sidOf(other) === sid)
    return old === undefined ? { kind: 'added', after: statement } : { kind: 'changed', before: old, after: statement }
  })
  return [...changes, ...left.map((statement): StatementChange => ({ kind: 'removed', before: statement }))]
}

function withoutBefore (after: readonly Statement[], patch: PolicyChangeModel['patch']): StatementChange[] {
  const values = patch
    ?.filter(({ path }) => path.startsWith('/Statement'))
    .flatMap(({ value }) => (Array.isArray(value) ? value : [value]))
  const added = new Set(values?.map((value) => JSON.stringify(value)))
  return after.map((statement) => ({
    kind: values === undefined || added.has(JSON.stringify(statement)) ? 'added' : 'same',
    after: statement
  }))
}

/** `adds 2 statements, changes 1, removes nothing`. */
export function changeSummary (changes: readonly StatementChange[]): string {
  const count = (wanted: StatementChange['kind']): number => changes.filter(({ kind }) => kind === wanted).length
  const [added, changed, removed] = [count('added'), count('changed'), count('removed')]
  const plural = (number: number): string => (number === 1 ? '1 statement' : `${number} statements`)
  const parts = [
    ...(added > 0 ? [`adds ${plural(added)}`] : []),
    ...(changed > 0 ? [`changes ${plural(changed)}`] : []),
    removed > 0 ? `removes ${plural(removed)}` : 'removes nothing'
  ]
  return parts.join(', ')
}

/** A line of a changed statement. */
export interface DiffLine {
  mark: '+' | '-' | ' '
  text: string
}

/**
 * The lines of a changed statement, with those that were removed and added. Every entry has a line of its own, and the
 * members are in one order: else the layout would change with the content.
 */
export function changedLines ({ before, after }: { before: Statement; after: Statement }): DiffLine[] {
  const print = (statement: Statement): string => `${JSON.stringify(statement, null, 2)}\n`
  return diffLines(print(before), print(inOrderOf(before, after))).flatMap(({ value, added, removed }) => {
    const mark = added ? '+' : removed ? '-' : ' '
    return value
      .trimEnd()
      .split('\n')
      .map((text): DiffLine => ({ mark, text }))
  })
}

function inOrderOf (model: Statement, statement: Statement): Statement {
  const names = [...Object.keys(model), ...Object.keys(statement)]
  return Object.fromEntries([...new Set(names)].flatMap((name) => (name in statement ? [[name, statement[name]]] : [])))
}
