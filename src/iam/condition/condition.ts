import { asList, describe, isObject, pointerSegment, type Unsupported } from '../../json/json.js'
import { inSegments } from '../match/arn.js'
import { hasVariable, parseTemplate, resolveTemplate, type Template, templateKeys } from '../match/policy-variable.js'
import { type ContextValue, isMultivalued, type RequestContext } from '../match/request-context.js'
import { and, MAYBE, NO, not, or, type Truth, truthOf, YES } from '../match/truth.js'
import { coversPattern, hasWildcard, type Pattern, wildcardPattern } from '../match/wildcard.js'
import { type Operator, OPERATORS, ParsedValue, takesTemplate, type Test } from './operators.js'

/**
 * One value of a condition: compared as it stands, or after its variables have been put in (`pattern`: what came of
 * that).
 */
export type ConditionValue = { text: string; test: Test; pattern?: Pattern } | { text: string; template: Template }

/** One operator on one key: `"StringEqualsIfExists": { "aws:SourceAccount": ["111122223333"] }`. */
export interface Condition {
  operatorName: string
  operator: Operator
  set: 'forAllValues' | 'forAnyValue' | undefined
  ifExists: boolean
  /** As the policy spells it. */
  keyName: string
  /** Lower-case: condition key names are not case-sensitive. */
  key: string
  values: readonly ConditionValue[]
}

interface OperatorName {
  operator: Operator
  set: Condition['set']
  ifExists: boolean
}

/** Every name of an operator as AWS spells it. `Null` takes no `IfExists`. */
const SPELLED_NAMES = [...OPERATORS].flatMap(([name, operator]): Array<[string, OperatorName]> =>
  (
    [
      ['', undefined],
      ['ForAllValues:', 'forAllValues'],
      ['ForAnyValue:', 'forAnyValue']
    ] as const
  ).flatMap(([prefix, set]): Array<[string, OperatorName]> => {
    const plain: [string, OperatorName] = [prefix + name, { operator, set, ifExists: false }]
    if (operator.family === 'null') return [plain]
    return [plain, [`${prefix}${name}IfExists`, { operator, set, ifExists: true }]]
  })
)

/** The same, and all in lower case: operator names are not case-sensitive. */
const OPERATOR_NAMES: ReadonlyMap<string, OperatorName> = new Map([
  ...SPELLED_NAMES,
  ...SPELLED_NAMES.map(([name, parsed]): [string, OperatorName] => [name.toLowerCase(), parsed])
])

/**
 * Reads a `Condition` element. A condition that cannot be read is reported and left out; the statement must then not be
 * relied on, but the other conditions still can keep it from applying.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
 */
export function parseConditions (
  element: unknown,
  variables: boolean,
  pointer: string,
  report: (fault: Unsupported) => void
): Condition[] {
  if (!isObject(element)) {
    report({ pointer, what: 'Condition is not an object' })
    return []
  }
  const conditions: Condition[] = []
  for (const operatorName of Object.keys(element)) {
    const keys = element[operatorName]
    const parsed = operatorNamed(operatorName)
    const at = `${pointer}/${pointerSegment(operatorName)}`
    if (parsed === undefined) report({ pointer: at, what: `unknown condition operator ${operatorName.slice(0, 80)}` })
    else if (!isObject(keys)) report({ pointer: at, what: 'the keys of a condition operator are not an object' })
    else {
      const { operator, set, ifExists } = parsed
      for (const keyName of Object.keys(keys)) {
        const values = parseValues(operator, keys[keyName], variables, (what) => {
          report({ pointer: `${at}/${pointerSegment(keyName)}`, what })
        })
        if (values !== undefined)
          conditions.push({ operatorName, operator, set, ifExists, keyName, key: keyName.toLowerCase(), values })
      }
    }
  }
  return conditions.length < 2 ? conditions : withoutRepeated(conditions, pointer, report)
}

/**
 * A key that comes twice under one operator, in other letter case: AWS calls it an error, and does not say which
 * counts.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
 */
function withoutRepeated (
  conditions: Condition[],
  pointer: string,
  report: (fault: Unsupported) => void
): Condition[] {
  const nameOf = ({ operatorName, key }: Condition): string => `${operatorName.toLowerCase()} ${key}`
  const count = new Map<string, number>()
  for (const condition of conditions) {
    const times = (count.get(nameOf(condition)) ?? 0) + 1
    count.set(nameOf(condition), times)
    const at = `${pointer}/${pointerSegment(condition.operatorName)}/${pointerSegment(condition.keyName)}`
    if (times > 1) report({ pointer: at, what: 'the key comes twice' })
  }
  return count.size === conditions.length ? conditions : conditions.filter((each) => count.get(nameOf(each)) === 1)
}

function operatorNamed (name: string): OperatorName | undefined {
  return OPERATOR_NAMES.get(name) ?? OPERATOR_NAMES.get(name.toLowerCase())
}

/** Whether IAM has a condition operator of this name, which is not case-sensitive. */
export function isConditionOperator (name: string): boolean {
  return operatorNamed(name) !== undefined
}

function parseValues (
  operator: Operator,
  values: unknown,
  variables: boolean,
  report: (what: string) => void
): ConditionValue[] | undefined {
  let sound = true
  const parsed: ConditionValue[] = []
  for (const value of asList(values)) {
    // Booleans and numbers compare as their text.
    const text =
      typeof value === 'string'
        ? value
        : typeof value === 'boolean' || typeof value === 'number'
          ? String(value)
          : undefined
    const compiled = text === undefined ? undefined : compileValue(operator, text, variables)
    if (compiled === undefined) {
      sound = false
      report(`${describe(value)} is no value for this operator`)
    } else {
      parsed.push(compiled)
    }
  }
  return sound ? parsed : undefined
}

function compileValue (operator: Operator, text: string, variables: boolean): ConditionValue | undefined {
  if (variables && operator.testPattern !== undefined && hasVariable(text)) {
    const template = parseTemplate(text)
    return template && takesTemplate(operator, template) ? { text, template } : undefined
  }
  const test = operator.test(text)
  return test && { text, test }
}

/**
 * Whether a condition has an empty list of which AWS says both that it is true and that its statement grants nothing.
 * `ForAllValues:` and `…IfExists` hold where the key is absent, `ForAnyValue:` never does.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
 */
export function lacksValues ({ operator, set, ifExists, values }: Condition): boolean {
  return values.length === 0 && (operator.negated || (set === undefined && !ifExists))
}

/** Called with the (lower-case) name of each unknown key on which a truth depends. */
export type NoteUnknown = (key: string) => void

/**
 * Whether all conditions of a statement hold: several operators and several keys are *and*.
 * `ofAllow`: a condition that holds whichever of its possible values a narrowed key has, holds for certain.
 */
export function conditionsHold (
  conditions: readonly Condition[],
  context: RequestContext,
  note: NoteUnknown,
  ofAllow = false
): Truth {
  let result: Truth = YES
  for (const condition of conditions) {
    result = and(result, conditionHolds(condition, context, note, ofAllow))
    if (result === NO) return NO
  }
  return result
}

/**
 * Whether one condition holds, by the state of its key: the rows of the table in the IAM User Guide, and unknown keys
 * beside.
 */
export function conditionHolds (
  condition: Condition,
  context: RequestContext,
  note: NoteUnknown,
  ofAllow = false
): Truth {
  if (lacksValues(condition)) return ofAllow ? NO : MAYBE
  const value = context.lookup(condition.key)
  if (condition.operator.family === 'null') return nullHolds(condition, value, note)
  if (value.state === 'unknown') {
    if (ofAllow && narrowedHolds(condition, value)) return YES
    note(condition.key)
    for (const policyValue of condition.values)
      if ('template' in policyValue) noteUnknownKeys(policyValue.template, context, note)
    return MAYBE
  }
  if (value.state === 'absent') return absentHolds(condition)
  // A multivalued key without a set operator does not match (AWS re:Inforce 2025, IAM431).
  if (value.list && condition.set === undefined) return NO
  // For a set operator a key that holds nothing, such as an empty string, is as one that is absent.
  if (condition.set !== undefined && value.values.every((text) => text === ''))
    return truthOf(condition.set === 'forAllValues')
  return valuesHold(condition, value.values, context, note)
}

/**
 * Whether a condition holds whichever of its possible values a narrowed key has, and without one if it may be absent.
 */
function narrowedHolds (
  condition: Condition,
  { like, mayBeAbsent }: Extract<ContextValue, { state: 'unknown' }>
): boolean {
  if (like === undefined || condition.set !== undefined || isMultivalued(condition.key)) return false
  if (like.length === 0 || (mayBeAbsent && absentHolds(condition) !== YES)) return false
  return like.every((pattern) => patternHolds(condition, pattern) === YES)
}

/** Whether a condition holds for all texts that a wildcard pattern matches. */
function patternHolds ({ operator, values }: Condition, text: string): Truth {
  const value = hasWildcard(text) ? undefined : new ParsedValue(text)
  let found: Truth = NO
  for (const policyValue of values) {
    const holds =
      'template' in policyValue
        ? MAYBE
        : value !== undefined
          ? truthOf(policyValue.test(value))
          : coversAll(operator, policyValue.text, text)
    found = or(found, holds)
    if (found === YES) break
  }
  return operator.negated ? not(found) : found
}

function coversAll ({ family }: Operator, text: string, inner: string): Truth {
  if (family !== 'like' && family !== 'arn') return MAYBE
  const outer = wildcardPattern(text)
  return coversPattern(family === 'arn' ? inSegments(outer) : outer, wildcardPattern(inner)) ? YES : MAYBE
}

/** A key that is not in the request: positive operators are false, negated ones true. */
function absentHolds (condition: Condition): Truth {
  if (condition.ifExists || condition.set === 'forAllValues') return YES
  if (condition.set === 'forAnyValue') return NO
  return truthOf(condition.operator.negated)
}

/**
 * `Null`: "true" is for a key that is absent or empty, "false" for one that is present and not empty. With
 * `ForAllValues` it is always true, with `ForAnyValue` always false.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
 */
function nullHolds (condition: Condition, value: ContextValue, note: NoteUnknown): Truth {
  if (condition.set !== undefined) return truthOf(condition.set === 'forAllValues')
  if (value.state === 'unknown' && value.mayBeAbsent) {
    note(condition.key)
    return MAYBE
  }
  const isNull = value.state === 'absent' || (value.state === 'known' && value.values.every((text) => text === ''))
  const asked = new ParsedValue(isNull ? 'true' : 'false')
  return truthOf(condition.values.some((policyValue) => 'test' in policyValue && policyValue.test(asked)))
}

function valuesHold (
  condition: Condition,
  values: readonly string[],
  context: RequestContext,
  note: NoteUnknown
): Truth {
  const any = condition.set === 'forAnyValue'
  let result: Truth = any ? NO : YES
  for (const value of values) {
    const holds = valueHolds(condition, new ParsedValue(value), context, note)
    result = any ? or(result, holds) : and(result, holds)
  }
  return result
}

/** One value of the request against the policy's values: *or* of them, or, where the operator is negated, *nor*. */
function valueHolds (condition: Condition, value: ParsedValue, context: RequestContext, note: NoteUnknown): Truth {
  let found: Truth = NO
  for (const policyValue of condition.values) {
    found = or(
      found,
      'test' in policyValue
        ? truthOf(policyValue.test(value))
        : templateHolds(condition.operator, policyValue.template, value, context, note)
    )
    if (found === YES) break
  }
  return condition.operator.negated ? not(found) : found
}

/** A variable without value equals nothing: positive operators do not match, negated ones do. */
function templateHolds (
  operator: Operator,
  template: Template,
  value: ParsedValue,
  context: RequestContext,
  note: NoteUnknown
): Truth {
  const resolution = resolveTemplate(template, context)
  if (resolution.state === 'noValue') return NO
  if (resolution.state === 'resolved')
    return truthOf(operator.testPattern?.(resolution.pattern, resolution.text)?.(value) ?? false)
  noteUnknownKeys(template, context, note)
  return MAYBE
}

/** Tells the keys of a template of which the context knows nothing. */
export function noteUnknownKeys (template: Template, context: RequestContext, note: NoteUnknown): void {
  for (const key of templateKeys(template)) if (context.lookup(key).state === 'unknown') note(key)
}
