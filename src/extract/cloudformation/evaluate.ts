import { isObject, type JsonObject } from '../../json/json.js'
import { findUnknown, isPossible, isUnknown, possible, type Unknown, unknown } from '../unknown.js'
import { attributePath } from './parse-template.js'

/** Stands for AWS::NoValue: the property or list entry is left out. */
export const NO_VALUE = Symbol('AWS::NoValue')

/** What a template is evaluated with. */
export interface TemplateScope {
  /** Parameters and pseudo parameters. */
  values: ReadonlyMap<string, unknown>
  mappings: JsonObject
  conditions: JsonObject
  /**
   * Whether each condition holds, as far as it was decided: conditions refer to each other, and may do so in circles.
   */
  decided: Map<string, boolean | Unknown>
  /** What `Ref` and `Fn::GetAtt` of a resource return. */
  ref(logicalId: string): unknown
  attribute(logicalId: string, name: string): unknown
}

/**
 * A value of a template with its functions evaluated. What is decided only by CloudFormation is `Unknown`, with the
 * function that it comes from. `depth` bounds conditions that refer to themselves.
 */
export function evaluate (value: unknown, scope: TemplateScope, depth = 0): unknown {
  if (depth > MAX_DEPTH) return unknown('the template refers to itself, or is nested too deeply')
  if (typeof value === 'string') return withoutDynamicReference(value)
  if (Array.isArray(value)) return evaluateList(value, scope, depth)
  if (!isObject(value)) return value
  const [[name, argument] = [], ...others] = Object.entries(value)
  if (name !== undefined && others.length === 0 && (name === 'Ref' || name.startsWith('Fn::')))
    return withoutDynamicReference(evaluateFunction(name, argument, scope, depth + 1))
  const added = functionBeside(value)
  if (added !== undefined) return unknown(added)
  const members = Object.entries(value).map(([key, member]): [string, unknown] => [
    key,
    evaluate(member, scope, depth + 1)
  ])
  return Object.fromEntries(members.filter(([, member]) => member !== NO_VALUE))
}

const MAX_DEPTH = 100

/** Parameters and mappings may contain such references, too; CloudFormation resolves them when it creates the stack. */
function withoutDynamicReference (value: unknown): unknown {
  return typeof value === 'string' && value.includes('{{resolve:')
    ? unknown(`a dynamic reference: ${value.slice(0, 80)}`)
    : value
}

/** `Fn::Transform` and `Fn::ForEach` are next to the members that they add or replace; undefined without one. */
export function functionBeside (members: JsonObject): string | undefined {
  const name = Object.keys(members).find((each) => each.startsWith('Fn::') || each === '<<')
  return name === undefined ? undefined : `${name} may change what is next to it; use the processed template`
}

/** An `Fn::If` that is not decided leaves both entries possible. */
function evaluateList (list: readonly unknown[], scope: TemplateScope, depth: number): unknown[] {
  return list.flatMap((item): unknown[] => {
    if (isObject(item) && Array.isArray(item['Fn::If']) && Object.keys(item).length === 1) {
      const [name, yes, no]: unknown[] = item['Fn::If']
      const holds = conditionHolds(String(name), scope, depth + 1)
      if (isUnknown(holds))
        return [yes, no]
          .map((branch) => evaluate(branch, scope, depth + 1))
          .filter((branch) => branch !== NO_VALUE)
          .map((branch) => possible(branch, holds.why))
    }
    const value = evaluate(item, scope, depth + 1)
    return value === NO_VALUE ? [] : [value]
  })
}

type Evaluator = (argument: unknown, scope: TemplateScope, depth: number) => unknown

const FUNCTIONS: Readonly<Record<string, Evaluator>> = {
  Ref: (name, scope) => reference(String(name), scope),
  'Fn::GetAtt': (argument, scope, depth) => {
    const [logicalId, ...path] =
      typeof argument === 'string'
        ? attributePath(argument)
        : [argument].flat().map((part) => evaluate(part, scope, depth))
    return isUnknown(path[0]) ? path[0] : scope.attribute(String(logicalId), path.join('.'))
  },
  'Fn::Sub': substitute,
  'Fn::Join': join,
  'Fn::Select': (argument, scope, depth) => ofKnown(argument, scope, depth, ([index, list]) => listItem(list, index)),
  'Fn::Split': (argument, scope, depth) =>
    ofKnown(argument, scope, depth, ([separator, text]) =>
      typeof text === 'string' ? text.split(String(separator)) : unknown('Fn::Split of what is no text')
    ),
  'Fn::FindInMap': (argument, scope, depth) =>
    ofKnown(
      argument,
      scope,
      depth,
      ([map, first, second]) =>
        member(member(member(scope.mappings, map), first), second) ??
        unknown(`Fn::FindInMap ${String(map)}: there is no such entry`)
    ),
  'Fn::If': (argument, scope, depth) => {
    const [name, yes, no] = [argument].flat()
    const holds = conditionHolds(String(name), scope, depth)
    if (!isUnknown(holds)) return evaluate(holds ? yes : no, scope, depth)
    const [one, other] = [evaluate(yes, scope, depth), evaluate(no, scope, depth)]
    return findUnknown([one, other]) === undefined && JSON.stringify(one) === JSON.stringify(other) && one !== NO_VALUE
      ? one
      : holds
  }
}

function evaluateFunction (name: string, argument: unknown, scope: TemplateScope, depth: number): unknown {
  return FUNCTIONS[name]?.(argument, scope, depth) ?? unknown(`${name} is evaluated only by CloudFormation`)
}

function reference (name: string, scope: TemplateScope): unknown {
  if (name === 'AWS::NoValue') return NO_VALUE
  return scope.values.has(name) ? scope.values.get(name) : scope.ref(name)
}

/** Arguments that are all known, or the first that is not. */
function ofKnown (
  argument: unknown,
  scope: TemplateScope,
  depth: number,
  apply: (values: unknown[]) => unknown
): unknown {
  const values = evaluateList([argument].flat(), scope, depth)
  return values.find((value) => isUnknown(value) || isPossible(value)) ?? apply(values)
}

/** An entry before it that may be left out moves the item. */
function listItem (list: unknown, index: unknown): unknown {
  const open = Array.isArray(list) ? list.find(isPossible) : undefined
  if (open !== undefined) return unknown(open.why)
  const item: unknown = Array.isArray(list) ? list[Number(index)] : undefined
  return item ?? unknown(`Fn::Select: there is no item ${String(index)}`)
}

function member (value: unknown, name: unknown): unknown {
  return isObject(value) && Object.hasOwn(value, String(name)) ? value[String(name)] : undefined
}

function join (argument: unknown, scope: TemplateScope, depth: number): unknown {
  const [separator, list] = [argument].flat(1).map((part) => evaluate(part, scope, depth))
  const open = findUnknown(list)
  if (open !== undefined) return unknown(open.why)
  return Array.isArray(list) ? list.map(String).join(String(separator)) : unknown('Fn::Join of what is no list')
}

/** `${Name}`, `${Name.Attribute}` and `${!Literal}`. */
function substitute (argument: unknown, scope: TemplateScope, depth: number): unknown {
  const [template, given] = [argument].flat()
  const local = isObject(given) ? evaluate(given, scope, depth) : {}
  let open: Unknown | undefined
  const text = String(template).replace(/\$\{(!?)([^}]+)\}/g, (all, literal: string, inner: string) => {
    if (literal !== '') return `\${${inner}}`
    const name = inner.trim()
    const value = member(local, name) ?? substituted(name, scope)
    const found = findUnknown(value)
    if (found !== undefined) open ??= unknown(found.why)
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
    open ??= unknown(`Fn::Sub: ${name} is no text`)
    return all
  })
  return open ?? (text.includes('{{resolve:') ? unknown('a dynamic reference') : text)
}

function substituted (name: string, scope: TemplateScope): unknown {
  if (!name.includes('.') || scope.values.has(name)) return reference(name, scope)
  const [logicalId = '', attribute = ''] = attributePath(name)
  return scope.attribute(logicalId, attribute)
}

/** Whether a condition of the template holds; Unknown where it depends on what is not known. */
export function conditionHolds (name: string, scope: TemplateScope, depth = 0): boolean | Unknown {
  const condition = member(scope.conditions, name)
  if (condition === undefined) return unknown(`the template has no condition ${name}`)
  const known = scope.decided.get(name)
  if (known !== undefined) return known
  scope.decided.set(name, unknown(`condition ${name}: the conditions refer to each other`))
  const holds = truthOf(condition, scope, depth + 1)
  const decided = isUnknown(holds) ? unknown(`condition ${name}: ${holds.why}`) : holds
  scope.decided.set(name, decided)
  return decided
}

/** Three-valued: one false decides an And, one true an Or, whatever the others are. */
function truthOf (condition: unknown, scope: TemplateScope, depth: number): boolean | Unknown {
  if (depth > MAX_DEPTH) return unknown('the conditions refer to each other')
  if (!isObject(condition)) return condition === true || condition === 'true'
  const { Condition: name, 'Fn::Equals': equals, 'Fn::Not': not, 'Fn::And': all, 'Fn::Or': any } = condition
  const truths = (list: unknown): Array<boolean | Unknown> =>
    [list].flat().map((each) => truthOf(each, scope, depth + 1))
  if (typeof name === 'string') return conditionHolds(name, scope, depth)
  if (Array.isArray(equals)) return areEqual(equals, scope, depth)
  if (not !== undefined) {
    const [holds = false] = truths(not)
    return isUnknown(holds) ? holds : !holds
  }
  if (all !== undefined) return combined(truths(all), false)
  if (any !== undefined) return combined(truths(any), true)
  return unknown(`${Object.keys(condition).join(', ')} is evaluated only by CloudFormation`)
}

/** The value that decides, where one has it; else what is open, else its opposite. */
function combined (truths: ReadonlyArray<boolean | Unknown>, deciding: boolean): boolean | Unknown {
  return truths.includes(deciding) ? deciding : (truths.find(isUnknown) ?? !deciding)
}

function areEqual (operands: readonly unknown[], scope: TemplateScope, depth: number): boolean | Unknown {
  const [one, other] = operands.map((operand) => evaluate(operand, scope, depth))
  const open = findUnknown([one, other])
  return open === undefined ? JSON.stringify(textOf(one)) === JSON.stringify(textOf(other)) : unknown(open.why)
}

/** CloudFormation compares texts: `true` and `"true"` are the same. */
function textOf (value: unknown): unknown {
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : value
}
