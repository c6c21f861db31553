import { parseActions } from '../../iam/document/action.js'
import type { Statement } from '../../iam/document/policy-document.js'
import { asList, isObject, type JsonObject } from '../../json/json.js'
import { coversActionName } from './missing.js'

/** What is asked of a statement: the actions that are needed, and whose name in `Principal` is ours. */
export interface Need {
  actions: readonly string[]
  isOurs: (principal: string) => boolean
  /** The ARNs of the buckets and objects that are used, to take the place of a `Resource` of everything. */
  buckets?: readonly string[]
}

/** `others`: principals that the statement names beside ours, and that the narrower one therefore leaves out. */
export interface Narrower {
  statement: JsonObject
  actions: readonly string[]
  others: string[]
}

/**
 * The statement as it was read with fewer actions: entries that go beyond the need give way to what is needed of
 * them. Of the principals only ours are named, for it is not known what the others need.
 */
export function narrowerStatement (
  written: JsonObject,
  parsed: Statement,
  { actions, isOurs, buckets = [] }: Need,
  beyond: readonly string[]
): Narrower {
  const { NotAction, Action, Sid, Principal, ...rest } = written
  const entries = asList(Action).filter((name) => typeof name === 'string')
  const kept = NotAction === undefined ? entries.filter((name) => !beyond.includes(name)) : []
  const has = (names: readonly string[], action: string): boolean => covers(names, action)
  const wanted = actions.filter((action) => granted(parsed, action) && !has(kept, action))
  const named = ownPrincipals(Principal, isOurs)
  // Where the others keep the old statement, this one is added to it, and a Sid is unique in its policy.
  const narrowed = [...kept, ...wanted]
  const members: JsonObject = {
    ...(named.others.length > 0 || Sid === undefined ? {} : { Sid }),
    ...rest,
    ...(named.own === undefined ? {} : { Principal: named.own }),
    Action: narrowed,
    ...(isOfEveryBucket(written, narrowed) && buckets.length > 0 ? { Resource: buckets } : {})
  }
  const order = Object.keys(written).map((name) => (name === 'NotAction' ? 'Action' : name))
  return {
    statement: Object.fromEntries(
      order.flatMap((name) => (Object.hasOwn(members, name) ? [[name, members[name]]] : []))
    ),
    actions: narrowed,
    others: named.others
  }
}

/** Whether a statement is about all that there is, and what is left of it about buckets alone. */
function isOfEveryBucket ({ Resource }: JsonObject, actions: readonly string[]): boolean {
  return asList(Resource).includes('*') && actions.length > 0 && actions.every((action) => /^s3:/i.test(action))
}

function granted ({ actions }: Statement, action: string): boolean {
  return coversActionName(actions, action)
}

function covers (names: readonly string[], action: string): boolean {
  return coversActionName(
    parseActions(names, false, '', () => {}),
    action
  )
}

/** A `Principal` without the names that are not ours; identity-based policies have none. */
function ownPrincipals (element: unknown, isOurs: Need['isOurs']): { own: unknown; others: string[] } {
  if (!isObject(element)) return { own: element, others: [] }
  const others: string[] = []
  const own = Object.fromEntries(
    Object.keys(element).flatMap((type) => {
      const names = asList(element[type])
      const left = names.filter((name) => typeof name === 'string' && isOurs(name))
      others.push(...names.filter((name) => !left.includes(name)).map(String))
      if (left.length === 0) return []
      return [[type, left.length === names.length ? element[type] : left]]
    })
  )
  return { own, others }
}
