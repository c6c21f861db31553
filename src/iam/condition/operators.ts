import { arnConditionPattern, hasSixParts, inSegments } from '../match/arn.js'
import { resolveTemplate, type Template, templateKeys } from '../match/policy-variable.js'
import { RequestContext } from '../match/request-context.js'
import { hasWildcard, matches, type Pattern, wildcardTest } from '../match/wildcard.js'
import { blockHolds, compareDecimals, parseAddress, parseAddressBlock, parseDateTime, parseDecimal } from './values.js'

/** A value of the request's context, parsed at most once: it is compared with many values of a policy. */
export class ParsedValue {
  readonly text: string
  #folded: string | undefined
  #address: { value: ReturnType<typeof parseAddress> } | undefined
  #decimal: { value: ReturnType<typeof parseDecimal> } | undefined
  #time: { value: ReturnType<typeof parseDateTime> } | undefined

  constructor (text: string) {
    this.text = text
  }

  get folded (): string {
    return (this.#folded ??= this.text.toLowerCase())
  }
  get address (): ReturnType<typeof parseAddress> {
    return (this.#address ??= { value: parseAddress(this.text) }).value
  }
  get decimal (): ReturnType<typeof parseDecimal> {
    return (this.#decimal ??= { value: parseDecimal(this.text) }).value
  }
  get time (): ReturnType<typeof parseDateTime> {
    return (this.#time ??= { value: parseDateTime(this.text) }).value
  }
}

/** Whether one value of the request's context satisfies one value of the policy. */
export type Test = (contextValue: ParsedValue) => boolean

/** How an operator's values are compared; `families` also tell what values of an unknown key are worth trying. */
export type Family = 'exact' | 'ignoreCase' | 'like' | 'arn' | 'numeric' | 'date' | 'boolean' | 'binary' | 'ip' | 'null'

export interface Operator {
  family: Family
  negated: boolean
  /** Compiles a value of the policy; undefined where it cannot be read as a value of this family. */
  test: (policyValue: string) => Test | undefined
  /** The same for a value whose variables have been put in. Undefined where the family takes no variables. */
  testPattern?: (pattern: Pattern, text: string) => Test | undefined
}

const exact =
  (text: string): Test =>
    ({ text: value }) =>
      value === text
const ignoreCase = (text: string): Test => {
  const folded = text.toLowerCase()
  return (value) => value.folded === folded
}
const like =
  (pattern: Pattern): Test =>
    ({ text }) =>
      matches(pattern, text)
const textTest =
  (test: (text: string) => boolean): Test =>
    ({ text }) =>
      test(text)
const asItIs = (pattern: Pattern): Pattern => pattern
const arn = (pattern: Pattern): Test | undefined => {
  const segments = arnConditionPattern(pattern)
  return segments === undefined ? undefined : like(segments)
}

export const STRING_EQUALS: Operator = {
  family: 'exact',
  negated: false,
  test: exact,
  testPattern: (_, text) => exact(text)
}
export const STRING_EQUALS_IGNORE_CASE: Operator = {
  family: 'ignoreCase',
  negated: false,
  test: ignoreCase,
  testPattern: (_, text) => ignoreCase(text)
}
const stringLike: Operator = {
  family: 'like',
  negated: false,
  test: (text) => (hasWildcard(text) ? textTest(wildcardTest(text, asItIs)) : exact(text)),
  testPattern: like
}
export const ARN_LIKE: Operator = {
  family: 'arn',
  negated: false,
  test: (text) =>
    !hasSixParts(text) ? undefined : hasWildcard(text) ? textTest(wildcardTest(text, inSegments)) : exact(text),
  testPattern: arn
}
const boolean: Operator = {
  family: 'boolean',
  negated: false,
  test: (text) => (/^(true|false)$/i.test(text) ? ignoreCase(text) : undefined)
}
const binary: Operator = {
  family: 'binary',
  negated: false,
  test: (text) => (/^[A-Za-z0-9+/]*={0,2}$/.test(text) ? exact(text) : undefined)
}
const ip: Operator = {
  family: 'ip',
  negated: false,
  test: (text) => {
    const block = parseAddressBlock(text)
    return block && (({ address }) => address !== undefined && blockHolds(block, address))
  }
}

function numeric (holds: (order: number) => boolean): Operator {
  return {
    family: 'numeric',
    negated: false,
    test: (text) => {
      const limit = parseDecimal(text)
      return limit && (({ decimal }) => decimal !== undefined && holds(compareDecimals(decimal, limit)))
    }
  }
}

function date (holds: (order: number) => boolean): Operator {
  return {
    family: 'date',
    negated: false,
    test: (text) => {
      const limit = parseDateTime(text)
      return limit === undefined ? undefined : ({ time }) => time !== undefined && holds(time - limit)
    }
  }
}

const negation = (operator: Operator): Operator => ({ ...operator, negated: true })
const equal = (order: number): boolean => order === 0
const less = (order: number): boolean => order < 0
const lessOrEqual = (order: number): boolean => order <= 0
const greater = (order: number): boolean => order > 0
const greaterOrEqual = (order: number): boolean => order >= 0

/**
 * Every condition operator.
 * `ForAllValues:`, `ForAnyValue:` and `…IfExists` are derived in `condition.ts`, which also decides `Null`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  Object.entries<Operator>({
    StringEquals: STRING_EQUALS,
    StringNotEquals: negation(STRING_EQUALS),
    StringEqualsIgnoreCase: STRING_EQUALS_IGNORE_CASE,
    StringNotEqualsIgnoreCase: negation(STRING_EQUALS_IGNORE_CASE),
    StringLike: stringLike,
    StringNotLike: negation(stringLike),
    ArnEquals: ARN_LIKE,
    ArnNotEquals: negation(ARN_LIKE),
    ArnLike: ARN_LIKE,
    ArnNotLike: negation(ARN_LIKE),
    NumericEquals: numeric(equal),
    NumericNotEquals: negation(numeric(equal)),
    NumericLessThan: numeric(less),
    NumericLessThanEquals: numeric(lessOrEqual),
    NumericGreaterThan: numeric(greater),
    NumericGreaterThanEquals: numeric(greaterOrEqual),
    DateEquals: date(equal),
    DateNotEquals: negation(date(equal)),
    DateLessThan: date(less),
    DateLessThanEquals: date(lessOrEqual),
    DateGreaterThan: date(greater),
    DateGreaterThanEquals: date(greaterOrEqual),
    Bool: boolean,
    BinaryEquals: binary,
    IpAddress: ip,
    NotIpAddress: negation(ip),
    Null: { ...boolean, family: 'null' }
  })
)

const NOTHING_KNOWN = new RequestContext([])

/** Whether the operator takes a template; one without variable is a text, in which some characters are literal. */
export function takesTemplate ({ testPattern }: Operator, template: Template): boolean {
  if (templateKeys(template).length > 0) return true
  const resolution = resolveTemplate(template, NOTHING_KNOWN)
  return resolution.state === 'resolved' && testPattern?.(resolution.pattern, resolution.text) !== undefined
}
