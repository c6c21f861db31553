import fc from 'fast-check'
import t from 'tap'
import { arnConditionPattern, arnResourcePattern } from '../../../../src/iam/match/arn.js'
import { matches, wildcardPattern } from '../../../../src/iam/match/wildcard.js'

/** One character of a pattern, and whether it may take a colon if it is a wildcard. */
interface Sign {
  sign: string
  colons: boolean
}

/** What the documentation says, by trying every split. */
function naive (signs: readonly Sign[], text: string): boolean {
  const [first, ...rest] = signs
  if (first === undefined) return text === ''
  const takes = text !== '' && (first.colons || text.charAt(0) !== ':')
  if (first.sign === '*') return naive(rest, text) || (takes && naive(signs, text.slice(1)))
  return text !== '' && (first.sign === '?' ? takes : first.sign === text.charAt(0)) && naive(rest, text.slice(1))
}

/** The segment, from 0, in which each character stands. */
const segmentAt = (text: string, position: number): number => text.slice(0, position).split(':').length - 1

const texts = fc.string({ unit: fc.constantFrom('a', 'b', ':', ':', '*', '?'), maxLength: 11 })
const values = fc.string({ unit: fc.constantFrom('a', 'b', ':', ':'), maxLength: 11 })
/** Patterns and values of five colons or about that. */
const shaped = (unit: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(fc.string({ unit, maxLength: 2 }), { minLength: 5, maxLength: 8 }).map((parts) => parts.join(':'))
const pattern = fc.oneof(texts, shaped(fc.constantFrom('a', '*', '?')))
const value = fc.oneof(values, shaped(fc.constantFrom('a', 'b')))

t.test('in a condition: six segments, of which the first five keep their wildcards to themselves', async (t) => {
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(pattern, value, (text, arn) => {
        const tokens = arnConditionPattern(wildcardPattern(text))
        if (text.split(':').length < 6) return tokens === undefined
        const signs = [...text].map((sign, i) => ({ sign, colons: segmentAt(text, i) >= 5 }))
        return tokens !== undefined && matches(tokens, arn) === naive(signs, arn)
      }),
      { numRuns: 3_000 }
    )
  })
})

t.test('in Resource: a * that ends its segment goes on, and missing segments are completed', async (t) => {
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(pattern, value, (text, arn) => {
        const single = text.replace(/\*+/g, '*')
        const whole = single.split(':').length < 6 ? `${single}:*` : single
        const signs = [...whole].map((sign, i) => ({
          sign,
          colons: segmentAt(whole, i) >= 5 || (sign === '*' && (whole[i + 1] ?? ':') === ':') || i > single.length
        }))
        return matches(arnResourcePattern(wildcardPattern(text)), arn) === naive(signs, arn)
      }),
      { numRuns: 3_000 }
    )
  })
  const takes = (text: string, arn: string): boolean => matches(arnResourcePattern(wildcardPattern(text)), arn)
  const group = 'arn:aws:logs:us-east-1:111122223333:log-group:x'
  t.ok(takes('arn:aws:logs:us-*:log-group:x', group))
  t.notOk(takes('arn:aws:logs:us-*3:log-group:x', group), 'a * within its segment takes no colon')
  t.notOk(takes('arn:aws:logs:us-east-1?111122223333:log-group:x', group), 'nor does a ?')
  t.ok(takes('arn:aws:logs:us-east-1:111122223333:log?group?x', group), 'in the last segment both do')
  t.ok(takes('arn:aws:logs:us-east-1:111122223333:*x', group))
  t.notOk(takes('arn:aws:s3:?::x', 'arn:aws:s3::::x'), 'not even at the end of a segment')
})

t.test('in a condition, wildcard by wildcard', async (t) => {
  const takes = (text: string, arn: string): boolean => matches(arnConditionPattern(wildcardPattern(text)) ?? [], arn)
  const group = 'arn:aws:logs:us-east-1:111122223333:log-group:x'
  t.notOk(takes('arn:aws:logs:us-*:log-group:x', group))
  t.notOk(takes('arn:aws:logs:us-east-1?111122223333:log-group:x', group))
  t.ok(takes('arn:aws:logs:us-east-?:*:log-group?x', group))
  t.ok(takes('arn:aws:logs:*:*:*', group))
})
