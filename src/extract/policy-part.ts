import { isObject, type JsonObject, pointerSegment } from '../json/json.js'
import type { Read, UnknownValue } from '../verify/read/policy-source.js'
import { isPossible, isUnknown, possible, unknown } from './unknown.js'

/** A policy of a plan: the document, and what of it is not known yet. */
export interface PolicyPart {
  read: Read<unknown>
  unknown: readonly UnknownValue[]
}

export function knownPart (document: unknown): PolicyPart {
  return { read: { state: 'read', value: document }, unknown: [] }
}

export function unknownPart (why: string): PolicyPart {
  return { read: { state: 'notRead', why, cause: 'notKnown' }, unknown: [] }
}

/** There is no such policy. */
export const NO_POLICY: PolicyPart = { read: { state: 'notPresent' }, unknown: [] }

/**
 * A policy with unknown values in it, as a document without them and their pointers. JSON text is parsed; text that is
 * no JSON stays, and is evaluated as a policy that cannot be read.
 */
export function policyPart (value: unknown): PolicyPart {
  if (isUnknown(value) || isPossible(value)) return unknownPart(value.why)
  if (typeof value === 'string') return knownPart(value)
  if (!isObject(value)) return knownPart(value)
  const found: UnknownValue[] = []
  const document = withoutUnknown(value, found)
  return { read: { state: 'read', value: document }, unknown: found }
}

/** Every statement may be there or not: the resource that brings the policy may not be created. */
export function withPossibleStatements (value: unknown, why: string): unknown {
  if (isUnknown(value)) return value
  // A document given as text, as a whole.
  if (!isObject(value)) return unknown(why)
  const statements = [value['Statement']].flat()
  return {
    ...value,
    Statement: statements.map((statement) => (isUnknown(statement) ? statement : possible(statement, why)))
  }
}

function withoutUnknown (policy: JsonObject, found: UnknownValue[]): JsonObject {
  const { Statement: statements, ...rest } = policy
  const members = Object.entries(rest).flatMap(([name, value]): Array<[string, unknown]> => {
    if (!isUnknown(value) && !isPossible(value)) return [[name, value]]
    // The Id decides nothing; the Version decides how all statements are read.
    if (name !== 'Id') found.push({ pointer: `/${pointerSegment(name)}`, why: value.why })
    return []
  })
  if (statements === undefined) return Object.fromEntries(members)
  if (isUnknown(statements)) {
    found.push({ pointer: '/Statement', why: statements.why })
    return Object.fromEntries([...members, ['Statement', []]])
  }
  const list: unknown[] = []
  for (const statement of [statements].flat()) addStatement(statement, list, found)
  return Object.fromEntries([...members, ['Statement', list]])
}

/** A statement whose effect is not known cannot be evaluated as either; it is another document that was not read. */
function addStatement (statement: unknown, list: unknown[], found: UnknownValue[]): void {
  if (isUnknown(statement)) {
    found.push({ pointer: '/Statement', why: statement.why })
    return
  }
  const pointer = `/Statement/${list.length}`
  if (isPossible(statement)) {
    const before = list.length
    addStatement(statement.value, list, found)
    if (list.length > before) found.push({ pointer, why: statement.why })
    return
  }
  if (!isObject(statement)) {
    list.push(statement)
    return
  }
  const { Sid: sid, Effect: effect } = statement
  if (isUnknown(effect) || isPossible(effect)) {
    found.push({ pointer: '/Statement', why: `Effect: ${effect.why}` })
    return
  }
  const members = Object.entries(statement).filter(([name]) => name !== 'Sid' || !isUnknown(sid))
  list.push(
    Object.fromEntries(
      members.map(([name, value]) => [name, replaced(value, `${pointer}/${pointerSegment(name)}`, found)])
    )
  )
}

function replaced (value: unknown, pointer: string, found: UnknownValue[]): unknown {
  if (isUnknown(value) || isPossible(value)) {
    found.push({ pointer, why: value.why })
    return '(not known yet)'
  }
  if (Array.isArray(value)) return value.map((item, index) => replaced(item, `${pointer}/${index}`, found))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, replaced(member, `${pointer}/${pointerSegment(name)}`, found)])
  )
}
