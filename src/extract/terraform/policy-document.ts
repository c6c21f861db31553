import { isObject, type JsonObject } from '../../json/json.js'
import { findUnknown, isUnknown, unknown } from '../unknown.js'
import type { PlannedResource } from './plan-json.js'

/**
 * The policy of a data source `aws_iam_policy_document` that is read only during the apply, statement by statement,
 * with `Unknown` where a part is not known yet.
 * https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
 */
export function rebuiltPolicy ({ values, address }: PlannedResource): unknown {
  const { statement, version, policy_id: id } = values
  // Statements of other documents replace those with the same Sid; which these are may depend on what is not known.
  const others = ['source_policy_documents', 'override_policy_documents', 'source_json', 'override_json']
  const merged = others.find((name) => isGiven(values[name]))
  if (merged !== undefined) return unknown(`${address}.${merged}: policies that are merged are not taken apart`)
  if (isUnknown(statement)) return statement
  const statements = Array.isArray(statement) ? statement : []
  return {
    Version: version ?? '2012-10-17',
    ...(id == null ? {} : { Id: id }),
    Statement: statements.map((each: unknown) => (isObject(each) && !isUnknown(each) ? rebuiltStatement(each) : each))
  }
}

const isGiven = (value: unknown): boolean =>
  value != null && value !== '' && !(Array.isArray(value) && value.length === 0)

function rebuiltStatement (block: JsonObject): JsonObject {
  const { sid, effect, condition } = block
  const list = (name: string, variables = true): unknown => listOf(block[name], variables)
  const entries: Array<[string, unknown]> = [
    ['Sid', sid === '' ? undefined : sid],
    ['Effect', effect ?? 'Allow'],
    ['Principal', principalsOf(block['principals'])],
    ['NotPrincipal', principalsOf(block['not_principals'])],
    ['Action', list('actions', false)],
    ['NotAction', list('not_actions', false)],
    ['Resource', list('resources')],
    ['NotResource', list('not_resources')],
    ['Condition', conditionsOf(condition)]
  ]
  return Object.fromEntries(entries.filter(([, value]) => value != null))
}

/** The provider writes `${` for `&{`, which Terraform would replace itself. */
function listOf (value: unknown, variables: boolean): unknown {
  if (!Array.isArray(value)) return value
  return value.length === 0
    ? undefined
    : value.map((item: unknown) => (variables && typeof item === 'string' ? item.replaceAll('&{', '${') : item))
}

/** Unknown blocks leave the element open as a whole: whom it names depends on all of them. */
function principalsOf (blocks: unknown): unknown {
  if (!Array.isArray(blocks) || blocks.length === 0) return isUnknown(blocks) ? blocks : undefined
  const open = blocks.map(typeOrUnknown).find(isUnknown)
  if (open !== undefined) return open
  const principals: Record<string, unknown[]> = {}
  for (const block of blocks.filter(isObject)) {
    const type = String(block['type'])
    const identifiers = listOf(block['identifiers'], true)
    if (type === '*') return isUnknown(identifiers) ? identifiers : '*'
    ;(principals[type] ??= []).push(...[identifiers].flat())
  }
  return principals
}

function typeOrUnknown (block: unknown): unknown {
  return isUnknown(block) || !isObject(block) ? block : block['type']
}

function conditionsOf (blocks: unknown): unknown {
  if (!Array.isArray(blocks) || blocks.length === 0) return isUnknown(blocks) ? blocks : undefined
  const conditions: Record<string, Record<string, unknown[]>> = {}
  for (const block of blocks) {
    if (!isObject(block) || isUnknown(block)) return block
    const { test, variable, values } = block
    const open = findUnknown([test, variable])
    if (open !== undefined) return open
    const ofTest = (conditions[String(test)] ??= {})
    ;(ofTest[String(variable)] ??= []).push(...[listOf(values, true)].flat())
  }
  return conditions
}
