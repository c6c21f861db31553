import { hasSixParts } from './arn.js'
import { arnConditionPattern, inSegments } from './arn-pattern.js'
import { parseDateTime } from './date-time.js'
import { compareDecimals, parseDecimal } from './decimal.js'
import { blockHolds, parseAddress, parseAddressBlock } from './ip-address.js'
import { hasWildcard, matches, wildcardTest, type Pattern } from './wildcard.js'

/** Whether one value of the request's context satisfies one value of the policy. */
export type Test = (contextValue: string) => boolean

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

const exact = (text: string): Test => (value) => value === text
const ignoreCase = (text: string): Test => {
  const folded = text.toLowerCase()
  return (value) => value.toLowerCase() === folded
}
const like = (pattern: Pattern): Test => (value) => matches(pattern, value)
const asItIs = (pattern: Pattern): Pattern => pattern
const arn = (pattern: Pattern): Test | undefined => {
  const segments = arnConditionPattern(pattern)
  return segments === undefined ? undefined : like(segments)
}

export const STRING_EQUALS: Operator = { family: 'exact', negated: false, test: exact, testPattern: (_, text) => exact(text) }
const stringIgnoreCase: Operator = { family: 'ignoreCase', negated: false, test: ignoreCase, testPattern: (_, text) => ignoreCase(text) }
const stringLike: Operator = {
  family: 'like',
  negated: false,
  test: (text) => hasWildcard(text) ? wildcardTest(text, asItIs) : exact(text),
  testPattern: like
}
export const ARN_LIKE: Operator = {
  family: 'arn',
  negated: false,
  test: (text) => !hasSixParts(text) ? undefined : hasWildcard(text) ? wildcardTest(text, inSegments) : exact(text),
  testPattern: arn
}
/** Keeps the last reading: one value of a request is held against many of a policy. */
function readOnce<T> (read: (text: string) => T): (text: string) => T {
  let last: { text: string, found: T } | undefined
  return (text) => {
    if (last?.text !== text) last = { text, found: read(text) }
    return last.found
  }
}

const addressOf = readOnce(parseAddress)
const decimalOf = readOnce(parseDecimal)
const timeOf = readOnce(parseDateTime)

const boolean: Operator = {
  family: 'boolean',
  negated: false,
  test: (text) => /^(true|false)$/i.test(text) ? ignoreCase(text) : undefined
}
const binary: Operator = {
  family: 'binary',
  negated: false,
  test: (text) => /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? exact(text) : undefined
}
const ip: Operator = {
  family: 'ip',
  negated: false,
  test: (text) => {
    const block = parseAddressBlock(text)
    return block && ((value) => {
      const address = addressOf(value)
      return address !== undefined && blockHolds(block, address)
    })
  }
}

function numeric (holds: (order: number) => boolean): Operator {
  return {
    family: 'numeric',
    negated: false,
    test: (text) => {
      const limit = parseDecimal(text)
      return limit && ((value) => {
        const number = decimalOf(value)
        return number !== undefined && holds(compareDecimals(number, limit))
      })
    }
  }
}

function date (holds: (order: number) => boolean): Operator {
  return {
    family: 'date',
    negated: false,
    test: (text) => {
      const limit = parseDateTime(text)
      return limit === undefined
        ? undefined
        : (value) => {
          const time = timeOf(value)
          return time !== undefined && holds(time - limit)
        }
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
 * `ForAllValues:`, `ForAnyValue:` and `…IfExists` are derived in `condition.ts`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map(Object.entries<Operator>({
  StringEquals: STRING_EQUALS,
  StringNotEquals: negation(STRING_EQUALS),
  StringEqualsIgnoreCase: stringIgnoreCase,
  StringNotEqualsIgnoreCase: negation(stringIgnoreCase),
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
}))
