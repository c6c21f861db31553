import { inSegments } from './arn-pattern.js'
import type { Condition } from './condition.js'
import type { Family } from './condition-operators.js'
import type { VariableConstraints } from './linked-keys.js'
import { ABSENT, isMultivalued, known, type ContextValue } from './request-context.js'
import { fullStepBudget, oneTextPerClass, type ClassPattern, type StepBudget } from './string-classes.js'
import { isTyped, typedValues } from './typed-values.js'
import { coversPattern, hasWildcard, literalPattern, matches, memberOf, wildcardPattern, type Pattern } from './wildcard.js'

/** Keys whose value is true or false whenever they are sent. */
const BOOLEAN_KEYS = new Set([
  'aws:securetransport', 'aws:multifactorauthpresent', 'aws:principalisawsservice', 'aws:viaawsservice', 'aws:ismcpserviceaction',
  'kms:grantisforawsresource', 'kms:bypasspolicylockoutsafetycheck', 'kms:multiregion'
])
const MAX_SUBSETS_OF = 8
const NOT_TEXTS: readonly Family[] = ['numeric', 'date', 'ip']
/** Tags and encryption contexts may hold any text; in its other keys AWS sends what their type demands. */
const FREE_TEXT = /[/]|^kms:encryptioncontext:/

/** The values of an unknown key that are worth trying: whatever it is, it behaves like one of them. `exact: false`: not surely. */
export interface Candidates { values: readonly ContextValue[], exact: boolean }

/**
 * One value for each way in which an unknown key can behave under these conditions. `linked`: the keys with which policy
 * variables compare it, and what else they do; `conditions` are those on any of them.
 */
export function candidateValues (key: string, state: Extract<ContextValue, { state: 'unknown' }>, conditions: readonly Condition[], linked: VariableConstraints, budget = fullStepBudget()): Candidates {
  const { like } = state
  const found = textsFor(key, conditions, linked, like ?? [], budget)
  if (found === undefined) return NONE
  const texts = FREE_TEXT.test(key) ? [...new Set([...found, ''])] : found
  const allowed = like === undefined ? texts : texts.filter((text) => like.some((pattern) => matches(wildcardPattern(pattern), text)))
  const present = valuesOf(key, allowed, conditions.some((condition) => condition.key === key && condition.set !== undefined))
  if (present === undefined) return NONE
  return { values: state.mayBeAbsent ? [ABSENT, ...present] : present, exact: true }
}

const NONE: Candidates = { values: [], exact: false }

/** The texts as single values, as lists, or, for a key of another service that a set operator asks for, as both. */
function valuesOf (key: string, texts: readonly string[], inSet: boolean): ContextValue[] | undefined {
  const single = texts.map((text) => known(text))
  const multivalued = isMultivalued(key)
  if (!multivalued && (!inSet || /^(aws|kms):/.test(key))) return single
  if (texts.length > MAX_SUBSETS_OF) return undefined
  return multivalued ? lists(texts) : [...single, ...lists(texts)]
}

/** Every list of some of the texts. */
function lists (texts: readonly string[]): ContextValue[] {
  return Array.from({ length: 2 ** texts.length - 1 }, (_, i) => known(texts.filter((_, at) => ((i + 1) >> at) % 2 === 1)))
}

/** Undefined where the ways to fare cannot be told apart. */
function textsFor (key: string, conditions: readonly Condition[], linked: VariableConstraints, like: readonly string[], budget: StepBudget): readonly string[] | undefined {
  if (BOOLEAN_KEYS.has(key)) return ['true', 'false']
  const families = new Set(conditions.map((condition) => condition.operator.family))
  families.delete('null')
  const [family] = families
  const compared = linked.keys.size > 1 || linked.patterns.length > 0
  if (family !== undefined && isTyped(family) && families.size === 1 && !compared && like.length === 0) {
    const typed = typedValues(family, conditions.flatMap((condition) => condition.values.map(({ text }) => text)))
    return typed && FREE_TEXT.test(key) ? [...typed, 'other'] : typed
  }
  // A number is many texts, and a text may be a number: together the two have more ways to fare than are reckoned with here.
  if (NOT_TEXTS.some((typed) => families.has(typed))) return undefined
  // What a variable is compared with might lie outside the narrowed values.
  return compared && like.length > 0 ? undefined : classTexts(conditions, linked, like, budget)
}

function classTexts (conditions: readonly Condition[], linked: VariableConstraints, like: readonly string[], budget: StepBudget): readonly string[] | undefined {
  const booleans = [...linked.keys].some((key) => BOOLEAN_KEYS.has(key)) ? [exactly('true'), exactly('false')] : []
  const compared = [...conditions.flatMap(patternsOf), ...linked.patterns]
  const [text, ...others] = like
  // Where every pattern matches all values that the key can have, one of them stands for all.
  if (text !== undefined && others.length === 0 && linked.keys.size === 1) {
    const only = wildcardPattern(text)
    if (compared.every(({ pattern, ignoreCase }) => !ignoreCase && coversPattern(pattern, only))) return [memberOf(only)]
  }
  const narrowing = like.map((text) => ({ pattern: wildcardOf(text), ignoreCase: false }))
  const patterns = distinct([...compared, ...narrowing, ...booleans])
  const plain = patterns.filter(isText).map(({ pattern }) => pattern.map((code) => String.fromCharCode(code)).join(''))
  if (linked.keys.size === 1 && plain.length === patterns.length) return [freshText(plain), ...plain]
  const texts = oneTextPerClass(patterns, { copies: linked.keys.size, folded: linked.folded }, budget)
  return texts && [...texts, ...plain.filter((text) => text === '')]
}

function isText ({ pattern, ignoreCase }: ClassPattern): boolean {
  return !ignoreCase && pattern.every((token) => token >= 0)
}

function exactly (text: string): ClassPattern {
  return { pattern: literalPattern(text), ignoreCase: false }
}

function wildcardOf (text: string): Pattern {
  return hasWildcard(text) ? wildcardPattern(text) : literalPattern(text)
}

/** What a condition compares its key with. */
function patternsOf ({ operator: { family }, values }: Condition): ClassPattern[] {
  return values.flatMap((value): ClassPattern[] => {
    if (!('test' in value)) return []
    const pattern = value.pattern ?? wildcardOf(value.text)
    switch (family) {
      case 'like': return [{ pattern, ignoreCase: false }]
      case 'arn': return [{ pattern: inSegments(pattern), ignoreCase: false }]
      case 'ignoreCase': case 'boolean': return [{ pattern: literalPattern(value.text), ignoreCase: true }]
      case 'null': return []
      default: return [exactly(value.text)]
    }
  })
}

function distinct (patterns: readonly ClassPattern[]): ClassPattern[] {
  return [...new Map(patterns.map((entry) => [`${entry.ignoreCase} ${entry.pattern.join()}`, entry])).values()]
}

/** A text that is none of these. */
function freshText (texts: readonly string[]): string {
  let fresh = 'other'
  while (texts.includes(fresh)) fresh += 'x'
  return fresh
}
