import type { Condition } from '../condition/condition.js'
import type { Family } from '../condition/operators.js'
import { parseAddressBlock, parseDateTime, parseDecimal } from '../condition/values.js'
import { inSegments } from '../match/arn.js'
import { ABSENT, type ContextValue, isMultivalued, known } from '../match/request-context.js'
import {
  coversPattern,
  hasWildcard,
  literalPattern,
  matches,
  memberOf,
  type Pattern,
  wildcardPattern
} from '../match/wildcard.js'
import { type ClassPattern, fullStepBudget, oneTextPerClass, type StepBudget } from './pattern-partition.js'
import type { VariableConstraints } from './variable-constraints.js'

/** More digits than this in a number are not reckoned with, nor more values: there would be too many worlds anyway. */
const MAX_DIGITS = 100
const MAX_VALUES = 1_000

const VALUES: ReadonlyMap<Family, (texts: readonly string[]) => string[] | undefined> = new Map<
  Family,
  (texts: readonly string[]) => string[] | undefined
    >([
      ['numeric', numbersAround],
      ['date', datesAround],
      ['ip', addressesAround],
      ['boolean', () => ['true', 'false']]
    ])

/** Whether a family compares by more than text. */
export function isTyped (family: Family): boolean {
  return VALUES.has(family)
}

/**
 * One value for each way to fare under these values of a policy, all of one family that is typed; undefined where
 * they are beyond reckoning.
 */
export function typedValues (family: Family, texts: readonly string[]): string[] | undefined {
  return texts.length > MAX_VALUES ? undefined : VALUES.get(family)?.(texts)
}

/** Each number, one between each two, one below and one above all; exact, whatever their length. */
function numbersAround (texts: readonly string[]): string[] | undefined {
  const decimals = texts.map(parseDecimal).filter((decimal) => decimal !== undefined)
  if (decimals.some(({ digits, fraction }) => digits.length + fraction.length > MAX_DIGITS)) return undefined
  const places = Math.max(0, ...decimals.map(({ fraction }) => fraction.length)) + 1
  const scaled = decimals.map(({ negative, digits, fraction }) =>
    BigInt(`${negative ? '-' : ''}${digits}${fraction.padEnd(places, '0')}`)
  )
  const sorted = [...new Set(scaled)].sort((a, b) => (a < b ? -1 : 1))
  const one = 10n ** BigInt(places)
  const found = sorted.flatMap((point, i) => {
    const next = sorted[i + 1]
    return [...(i === 0 ? [point - one] : []), point, next === undefined ? point + one : (point + next) / 2n]
  })
  return found.map((number) => decimalText(number, places))
}

function decimalText (scaled: bigint, places: number): string {
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(places + 1, '0')
  const fraction = digits.slice(-places).replace(/0+$/, '')
  return `${scaled < 0n ? '-' : ''}${digits.slice(0, -places)}${fraction === '' ? '' : `.${fraction}`}`
}

/** The same of dates, in epoch seconds. */
function datesAround (texts: readonly string[]): string[] {
  const sorted = [...new Set(texts.map(parseDateTime).filter((time) => time !== undefined))].sort((a, b) => a - b)
  const points = sorted.flatMap((point, i) => {
    const next = sorted[i + 1]
    return [...(i === 0 ? [point - 1000] : []), point, next === undefined ? point + 1000 : (point + next) / 2]
  })
  // One decimal at least: four digits alone would be a year. Past the first and the last date that can be written
  // there is none.
  return points
    .map((time) => (time / 1000).toFixed(9).replace(/(\.\d+?)0+$/, '$1'))
    .filter((text) => parseDateTime(text) !== undefined)
}

/** The first address of each block and the first behind it: blocks nest or are apart, so nothing else differs. */
function addressesAround (texts: readonly string[]): string[] {
  const found = new Set(['0.0.0.0', '::'])
  for (const { address, prefix } of texts.map(parseAddressBlock).filter((block) => block !== undefined)) {
    const bits = 8 * address.length
    const size = 1n << BigInt(bits - prefix)
    const number = address.reduce((sum, byte) => 256n * sum + BigInt(byte), 0n)
    const first = number - (number % size)
    for (const start of [first, first + size]) if (start < 1n << BigInt(bits)) found.add(addressText(start, bits))
  }
  return [...found]
}

function addressText (number: bigint, bits: number): string {
  const digits = number.toString(16).padStart(bits / 4, '0')
  return bits === 32
    ? digits.replace(/../g, (byte) => `${parseInt(byte, 16)}.`).slice(0, -1)
    : digits.replace(/..../g, (group) => `${parseInt(group, 16).toString(16)}:`).slice(0, -1)
}

/** Keys whose value is true or false whenever they are sent. */
const BOOLEAN_KEYS = new Set([
  'aws:securetransport',
  'aws:multifactorauthpresent',
  'aws:principalisawsservice',
  'aws:viaawsservice',
  'aws:ismcpserviceaction',
  'kms:grantisforawsresource',
  'kms:bypasspolicylockoutsafetycheck',
  'kms:multiregion'
])
const MAX_SUBSETS_OF = 8
const NOT_TEXTS: readonly Family[] = ['numeric', 'date', 'ip']
/** Keys whose value is the ARN of one resource or principal. */
const ARN_KEYS = new Set(['aws:sourcearn', 'aws:principalarn'])
/**
 * Tags, encryption contexts and the parameters of a list of objects may hold any text; in its other keys AWS sends what
 * their type demands. AWS's own example for the console compares `s3:prefix` with the empty text.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/walkthrough1.html
 */
const FREE_TEXT = /[/]|^kms:encryptioncontext:|^s3:(prefix|delimiter)$/

/**
 * The values of an unknown key that are worth trying: whatever it is, it behaves like one of them. `exact: false`:
 * not surely.
 */
export interface Candidates {
  values: readonly ContextValue[]
  exact: boolean
}

/**
 * One value for each way in which an unknown key can behave under these conditions. `linked`: the keys with which
 * policy variables compare it, and what else they do; `conditions` are those on any of them.
 */
export function candidateValues (
  key: string,
  state: Extract<ContextValue, { state: 'unknown' }>,
  conditions: readonly Condition[],
  linked: VariableConstraints,
  budget = fullStepBudget()
): Candidates {
  const { like } = state
  const found = textsFor(key, conditions, linked, like ?? [], budget)
  if (found === undefined) return NONE
  const texts = possibleTexts(key, found)
  const allowed =
    like === undefined ? texts : texts.filter((text) => like.some((pattern) => matches(wildcardPattern(pattern), text)))
  const present = valuesOf(
    key,
    allowed,
    conditions.some((condition) => condition.key === key && condition.set !== undefined)
  )
  if (present === undefined) return NONE
  return { values: state.mayBeAbsent ? [ABSENT, ...present] : present, exact: true }
}

/** The texts that AWS can send for this key: only free text is ever empty, and no ARN has a wildcard. */
function possibleTexts (key: string, texts: readonly string[]): readonly string[] {
  if (FREE_TEXT.test(key)) return [...new Set([...texts, ''])]
  return texts.filter((text) => text !== '' && !(ARN_KEYS.has(key) && hasWildcard(text)))
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
  return Array.from({ length: 2 ** texts.length - 1 }, (_, i) =>
    known(texts.filter((_, at) => ((i + 1) >> at) % 2 === 1))
  )
}

/** Undefined where the ways to fare cannot be distinguished. */
function textsFor (
  key: string,
  conditions: readonly Condition[],
  linked: VariableConstraints,
  like: readonly string[],
  budget: StepBudget
): readonly string[] | undefined {
  if (BOOLEAN_KEYS.has(key)) return ['true', 'false']
  const families = new Set(conditions.map((condition) => condition.operator.family))
  families.delete('null')
  const [family] = families
  const compared = linked.keys.size > 1 || linked.patterns.length > 0
  if (family !== undefined && isTyped(family) && families.size === 1 && !compared && like.length === 0) {
    const typed = typedValues(
      family,
      conditions.flatMap((condition) => condition.values.map(({ text }) => text))
    )
    return typed && FREE_TEXT.test(key) ? [...typed, 'other'] : typed
  }
  // A number is many texts, and a text may be a number: together the two have more ways to fare than are reckoned
  // with here.
  if (NOT_TEXTS.some((typed) => families.has(typed))) return undefined
  // What a variable is compared with might lie outside the narrowed values.
  return compared && like.length > 0 ? undefined : classTexts(conditions, linked, like, budget)
}

function classTexts (
  conditions: readonly Condition[],
  linked: VariableConstraints,
  like: readonly string[],
  budget: StepBudget
): readonly string[] | undefined {
  const booleans = [...linked.keys].some((key) => BOOLEAN_KEYS.has(key)) ? [exactly('true'), exactly('false')] : []
  const compared = [...conditions.flatMap(patternsOf), ...linked.patterns]
  const [text, ...others] = like
  // Where every pattern matches all values that the key can have, one of them stands for all.
  if (text !== undefined && others.length === 0 && linked.keys.size === 1) {
    const only = wildcardPattern(text)
    if (compared.every(({ pattern, ignoreCase }) => !ignoreCase && coversPattern(pattern, only)))
      return [memberOf(only)]
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
      case 'like':
        return [{ pattern, ignoreCase: false }]
      case 'arn':
        return [{ pattern: inSegments(pattern), ignoreCase: false }]
      case 'ignoreCase':
      case 'boolean':
        return [{ pattern: literalPattern(value.text), ignoreCase: true }]
      case 'null':
        return []
      default:
        return [exactly(value.text)]
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
