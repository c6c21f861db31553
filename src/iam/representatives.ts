import { arnConditionPattern } from './arn-pattern.js'
import type { Condition, ConditionValue } from './condition.js'
import type { Family } from './condition-operators.js'
import { parseDateTime } from './date-time.js'
import { parseAddressBlock, type Address } from './ip-address.js'
import { ABSENT, type ContextValue, known } from './request-context.js'
import { oneTextPerClass, type ClassPattern } from './string-classes.js'
import { hasWildcard, literalPattern, matches, wildcardPattern, type Pattern } from './wildcard.js'

/** Keys whose value is true or false whenever they are sent. */
const BOOLEAN_KEYS = new Set([
  'aws:securetransport', 'aws:multifactorauthpresent', 'aws:principalisawsservice', 'aws:viaawsservice', 'aws:ismcpserviceaction',
  'kms:grantisforawsresource', 'kms:bypasspolicylockoutsafetycheck', 'kms:multiregion'
])
/** Keys that may hold several values. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html */
const MULTIVALUED_KEYS = new Set([
  'kms:encryptioncontextkeys', 'kms:grantoperations', 'kms:resourcealiases', 'aws:tagkeys', 'aws:principalorgpaths', 'aws:sourceorgpaths',
  'aws:resourceorgpaths', 'aws:vpceorgpaths', 'aws:calledvia', 'aws:principalservicenameslist'
])
const MOST_SUBSETS_OF = 8

/** The values of an unknown key that are worth trying: whatever it is, it behaves like one of them. `exact: false`: not surely. */
export interface Representatives { values: readonly ContextValue[], exact: boolean }

/**
 * One value for each way in which an unknown key can behave under these conditions.
 * `literals`: further texts with which the key is compared, through policy variables.
 */
export function representatives (key: string, state: Extract<ContextValue, { state: 'unknown' }>, conditions: readonly Condition[], literals: readonly string[]): Representatives {
  const texts = textsFor(key, conditions, literals, state.like ?? [])
  // What a variable is compared with might lie outside the narrowed values.
  const narrowed = state.like !== undefined && literals.length > 0
  const allowed = state.like === undefined ? texts.values : texts.values.filter((text) => state.like?.some((pattern) => matches(wildcardPattern(pattern), text)))
  const multivalued = MULTIVALUED_KEYS.has(key) || (!key.startsWith('aws:') && !key.startsWith('kms:') && conditions.some((condition) => condition.set !== undefined))
  if (!texts.exact || narrowed || (multivalued && allowed.length > MOST_SUBSETS_OF)) return { values: [], exact: false }
  const present = multivalued ? lists(allowed) : allowed.map((text) => known(text))
  return { values: state.mayBeAbsent ? [ABSENT, ...present] : present, exact: true }
}

/** Every list of some of the texts. */
function lists (texts: readonly string[]): ContextValue[] {
  return Array.from({ length: 2 ** texts.length - 1 }, (_, i) => known(texts.filter((_, at) => ((i + 1) >> at) % 2 === 1)))
}

function textsFor (key: string, conditions: readonly Condition[], literals: readonly string[], like: readonly string[]): { values: string[], exact: boolean } {
  const families = new Set(conditions.map((condition) => condition.operator.family))
  families.delete('null')
  if (BOOLEAN_KEYS.has(key) || (families.size === 1 && families.has('boolean'))) return { values: ['true', 'false'], exact: true }
  const of = (family: Family): string[] => conditions.filter((condition) => condition.operator.family === family).flatMap((condition) => condition.values.flatMap(plainText))
  const typed = [...numbersAround(of('numeric')), ...datesAround(of('date')), ...addressesAround(of('ip'))]
  const onlyTyped = literals.length === 0 && like.length === 0 && families.size > 0 && [...families].every((family) => family === 'numeric' || family === 'date' || family === 'ip')
  // AWS sends numbers, dates and addresses in keys of these types; a tag or an encryption context may hold any text.
  if (onlyTyped) return { values: /[/]|^kms:encryptioncontext:/.test(key) ? [...typed, 'other'] : typed, exact: true }
  const patterns = classPatterns(conditions, [...literals, ...typed], like)
  const wild = patterns.some(({ pattern, ignoreCase }) => ignoreCase || pattern.some((token) => token < 0))
  const texts = wild ? oneTextPerClass(patterns) : undefined
  const plain = patterns.flatMap(({ pattern }) => pattern.some((token) => token < 0) ? [] : [pattern.map((code) => String.fromCharCode(code)).join('')])
  return { values: [...new Set([...(texts ?? [freshText(plain)]), ...plain])], exact: !wild || texts !== undefined }
}

function plainText (value: ConditionValue): string[] {
  return 'test' in value ? [value.text] : []
}

/** Everything that the key's value is compared with, each once. */
function classPatterns (conditions: readonly Condition[], literals: readonly string[], like: readonly string[]): ClassPattern[] {
  const wildcard = (text: string): Pattern => hasWildcard(text) ? wildcardPattern(text) : literalPattern(text)
  const compared = conditions.flatMap(({ operator, values }) => values.flatMap((value): ClassPattern[] => {
    if (!('test' in value)) return []
    const pattern = value.pattern ?? wildcard(value.text)
    switch (operator.family) {
      case 'exact': case 'binary': case 'boolean': return [{ pattern: literalPattern(value.text), ignoreCase: false }]
      case 'ignoreCase': return [{ pattern: literalPattern(value.text), ignoreCase: true }]
      case 'like': return [{ pattern, ignoreCase: false }]
      case 'arn': return [{ pattern: arnConditionPattern(pattern) ?? [], ignoreCase: false }]
      // Numbers, dates and addresses are among the literals; Null compares nothing.
      default: return []
    }
  }))
  const others = [...literals.map(literalPattern), ...like.map(wildcard)].map((pattern) => ({ pattern, ignoreCase: false }))
  return [...new Map([...compared, ...others].map((entry) => [`${entry.ignoreCase} ${entry.pattern.join()}`, entry])).values()]
}

/** A text that is none of these. */
function freshText (texts: readonly string[]): string {
  let fresh = 'other'
  while (texts.includes(fresh)) fresh += 'x'
  return fresh
}

/** Each number, one between each two, one below and one above all. */
function around (points: readonly number[], step: number): number[] {
  const sorted = [...new Set(points)].sort((a, b) => a - b)
  return sorted.flatMap((point, i) => {
    const next = sorted[i + 1]
    return [...(i === 0 ? [point - step] : []), point, next === undefined ? point + step : (point + next) / 2]
  })
}

function numbersAround (texts: readonly string[]): string[] {
  return around(texts.map(Number), 1).map((number) => number.toFixed(20).replace(/\.?0+$/, '')).concat(texts)
}

function datesAround (texts: readonly string[]): string[] {
  const points = around(texts.flatMap((text) => parseDateTime(text) ?? []), 1000)
  return points.filter((time) => Math.abs(time) < 8e15).map((time) => String(time / 1000)).concat(texts)
}

/** The first address of each block and the first behind it: blocks nest or are apart, so nothing else differs. */
function addressesAround (texts: readonly string[]): string[] {
  const found = texts.length === 0 ? [] : ['0.0.0.0', '::']
  for (const text of texts) {
    const block = parseAddressBlock(text)
    if (block === undefined) continue
    const first = block.address.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, block.prefix - i * 8))) & 0xff)
    const behind = addAt(first, block.prefix)
    found.push(addressText(first), ...(behind === undefined ? [] : [addressText(behind)]))
  }
  return [...new Set(found)]
}

/** The address plus one block of this prefix length; undefined past the last address. */
function addAt (address: Address, prefix: number): Address | undefined {
  if (prefix === 0) return undefined
  const bytes = [...address]
  let carry = 1 << (7 - (prefix - 1) % 8)
  for (let i = (prefix - 1) >> 3; i >= 0 && carry > 0; i--) {
    const sum = (bytes[i] ?? 0) + carry
    bytes[i] = sum & 255
    carry = sum >> 8
  }
  return carry > 0 ? undefined : bytes
}

function addressText (address: Address): string {
  if (address.length === 4) return address.join('.')
  return Array.from({ length: 8 }, (_, i) => (((address[2 * i] ?? 0) << 8) | (address[2 * i + 1] ?? 0)).toString(16)).join(':')
}
