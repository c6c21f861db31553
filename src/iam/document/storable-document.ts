import { describe, isObject, type JsonObject, pointerSegment } from '../../json/json.js'
import { type StatementRule, type StorageFault } from './storable-rule.js'

const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide'
const GRAMMAR = `${IAM}/reference_policies_grammar.html`

const TOP_LEVEL = ['Version', 'Id', 'Statement']
const VERSIONS: readonly unknown[] = ['2012-10-17', '2008-10-17']

type Rule = Pick<StatementRule, 'rule' | 'source'>

const written = (value: unknown): string =>
  value === undefined ? 'absent' : isObject(value) ? JSON.stringify(value).slice(0, 120) : describe(value)
/** A fault of the document at a pointer. */
export const faultAt = ({ rule, source }: Rule, pointer: string, value: unknown): StorageFault => ({
  pointer,
  value: written(value),
  rule,
  source
})

/** What AWS refuses of the elements beside the statements. */
export function documentFaults (document: JsonObject): StorageFault[] {
  const { Version: version, Id: id, Statement: statement } = document
  const fault = (rule: string, pointer: string, value: unknown): StorageFault =>
    faultAt({ rule, source: GRAMMAR }, pointer, value)
  return [
    ...Object.keys(document)
      .filter((member) => !TOP_LEVEL.includes(member))
      .map((member) => fault('is no element of a policy', `/${pointerSegment(member)}`, document[member])),
    ...(version === undefined || VERSIONS.includes(version)
      ? []
      : [fault('Version must be 2012-10-17 or 2008-10-17', '/Version', version)]),
    ...(id === undefined || typeof id === 'string' ? [] : [fault('Id must be text', '/Id', id)]),
    ...(statement === undefined ? [fault('the policy must have a Statement', '/Statement', statement)] : [])
  ]
}

/** A statement, and where it is in the document. */
export interface PointedStatement {
  statement: unknown
  pointer: string
}

/** IAM: a Sid must be unique in its policy. An empty one, as IAM's console writes it, identifies nothing. */
export function repeatedSids (statements: readonly PointedStatement[]): StorageFault[] {
  const seen = new Set<unknown>()
  return statements.flatMap(({ statement, pointer }) => {
    const sid = isObject(statement) ? statement['Sid'] : undefined
    if (typeof sid !== 'string' || sid === '') return []
    const isRepeated = seen.has(sid)
    seen.add(sid)
    const rule = 'a Sid in IAM must be unique in its policy'
    const source = `${IAM}/reference_policies_elements_sid.html`
    return isRepeated ? [faultAt({ rule, source }, `${pointer}/Sid`, sid)] : []
  })
}
