import { inSegments } from './arn-pattern.js'
import type { Condition } from './condition.js'
import { ParsedValue, type Operator } from './condition-operators.js'
import { isMultivalued, type ContextValue, type RequestContext } from './request-context.js'
import { resolveTemplate, templateKeys, type Template } from './template.js'
import { and, MAYBE, NO, not, or, truthOf, YES, type Truth } from './truth.js'
import { coversPattern, hasWildcard, wildcardPattern, type Pattern } from './wildcard.js'

/** Called with the (lower-case) name of each unknown key on which a truth depends. */
export type NoteUnknown = (key: string) => void

/**
 * Whether all conditions of a statement hold: several operators and several keys are *and*.
 * `compareNarrowed`: a condition that holds whichever of its possible values a narrowed key has, holds for certain.
 */
export function conditionsHold (
  conditions: readonly Condition[], context: RequestContext, note: NoteUnknown, compareNarrowed = false
): Truth {
  let result: Truth = YES
  for (const condition of conditions) {
    result = and(result, conditionHolds(condition, context, note, compareNarrowed))
    if (result === NO) return NO
  }
  return result
}

/** Whether one condition holds, by the state of its key: the rows of the table in the IAM User Guide, and unknown keys beside. */
export function conditionHolds (
  condition: Condition, context: RequestContext, note: NoteUnknown, compareNarrowed = false
): Truth {
  const value = context.lookup(condition.key)
  if (condition.operator.family === 'null') return nullHolds(condition, value, note)
  if (value.state === 'unknown') {
    if (compareNarrowed && narrowedHolds(condition, value)) return YES
    note(condition.key)
    for (const policyValue of condition.values) if ('template' in policyValue) noteUnknownKeys(policyValue.template, context, note)
    return MAYBE
  }
  if (value.state === 'absent') return absentHolds(condition)
  // A multivalued key without a set operator does not match (AWS re:Inforce 2025, IAM431).
  if (value.list && condition.set === undefined) return NO
  // For a set operator a key that holds nothing, such as an empty string, is as one that is absent.
  if (condition.set !== undefined && value.values.every((text) => text === '')) return truthOf(condition.set === 'forAllValues')
  return valuesHold(condition, value.values, context, note)
}

/** Whether a condition holds whichever of its possible values a narrowed key has, and without one if it may be absent. */
function narrowedHolds (condition: Condition, { like, mayBeAbsent }: Extract<ContextValue, { state: 'unknown' }>): boolean {
  if (like === undefined || condition.set !== undefined || isMultivalued(condition.key)) return false
  if (like.length === 0 || (mayBeAbsent && absentHolds(condition) !== YES)) return false
  return like.every((pattern) => patternHolds(condition, pattern) === YES)
}

/** Whether a condition holds for all texts that a wildcard pattern matches. */
function patternHolds ({ operator, values }: Condition, text: string): Truth {
  const value = hasWildcard(text) ? undefined : new ParsedValue(text)
  const pattern = wildcardPattern(text)
  let found: Truth = NO
  for (const policyValue of values) {
    const holds = 'template' in policyValue
      ? MAYBE
      : value !== undefined ? truthOf(policyValue.test(value)) : coversAll(operator, policyValue.text, pattern)
    found = or(found, holds)
    if (found === YES) break
  }
  return operator.negated ? not(found) : found
}

function coversAll ({ family }: Operator, text: string, pattern: Pattern): Truth {
  if (family !== 'like' && family !== 'arn') return MAYBE
  const outer = wildcardPattern(text)
  return coversPattern(family === 'arn' ? inSegments(outer) : outer, pattern) ? YES : MAYBE
}

/** A key that is not in the request: positive operators are false, negated ones true. */
function absentHolds (condition: Condition): Truth {
  if (condition.ifExists || condition.set === 'forAllValues') return YES
  if (condition.set === 'forAnyValue') return NO
  return truthOf(condition.operator.negated)
}

/** `Null`: "true" asks that the key be absent, "false" that it be present. */
function nullHolds (condition: Condition, value: ContextValue, note: NoteUnknown): Truth {
  if (value.state === 'unknown' && value.mayBeAbsent) {
    note(condition.key)
    return MAYBE
  }
  const asked = new ParsedValue(value.state === 'absent' ? 'true' : 'false')
  return truthOf(condition.values.some((policyValue) => 'test' in policyValue && policyValue.test(asked)))
}

function valuesHold (condition: Condition, values: readonly string[], context: RequestContext, note: NoteUnknown): Truth {
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
    found = or(found, 'test' in policyValue ? truthOf(policyValue.test(value)) : templateHolds(condition.operator, policyValue.template, value, context, note))
    if (found === YES) break
  }
  return condition.operator.negated ? not(found) : found
}

/** A variable without value equals nothing: positive operators do not match, negated ones do. */
function templateHolds (operator: Operator, template: Template, value: ParsedValue, context: RequestContext, note: NoteUnknown): Truth {
  const resolution = resolveTemplate(template, context)
  if (resolution.state === 'noValue') return NO
  if (resolution.state === 'resolved') return truthOf(operator.testPattern?.(resolution.pattern, resolution.text)?.(value) ?? false)
  noteUnknownKeys(template, context, note)
  return MAYBE
}

/** Tells the keys of a template of which the context knows nothing. */
export function noteUnknownKeys (template: Template, context: RequestContext, note: NoteUnknown): void {
  for (const key of templateKeys(template)) if (context.lookup(key).state === 'unknown') note(key)
}
