import fc from 'fast-check'
import t from 'tap'
import { arnConditionPattern, arnResourcePattern, inSegments } from '../../../../src/iam/match/arn.js'
import {
  ANY,
  ANY_IN_SEGMENT,
  coversPattern,
  hasWildcard,
  literalPattern,
  matches,
  memberOf,
  nextPositions,
  ONE,
  ONE_IN_SEGMENT,
  type Pattern,
  startPositions,
  wildcardPattern
} from '../../../../src/iam/match/wildcard.js'

const RUNS = { numRuns: 5_000 }
const texts = fc.string({ unit: fc.constantFrom('a', 'b', ':', '*', '?'), maxLength: 8 })

/** What the documentation says, by trying every split: `star` and `one` tell which characters they take. */
function naive (
  pattern: string,
  text: string,
  star: (code: string) => boolean,
  one: (code: string) => boolean
): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return text === ''
  const after = rest.join('')
  if (first === '*')
    return (
      naive(after, text, star, one) || (text !== '' && star(text.charAt(0)) && naive(pattern, text.slice(1), star, one))
    )
  if (text === '') return false
  return (first === '?' ? one(text.charAt(0)) : first === text.charAt(0)) && naive(after, text.slice(1), star, one)
}
const anything = (): boolean => true
const noColon = (code: string): boolean => code !== ':'

function byMachine (pattern: Pattern, text: string): boolean {
  let positions = startPositions(pattern)
  for (let i = 0; i < text.length; i++) positions = nextPositions(pattern, positions, text.charCodeAt(i))
  return positions.includes(pattern.length)
}

t.test('* takes any run of characters and ? any one', async (t) => {
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(
        texts,
        texts,
        (pattern, text) => matches(wildcardPattern(pattern), text) === naive(pattern, text, anything, anything)
      ),
      RUNS
    )
  })
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(
        texts,
        texts,
        (pattern, text) => byMachine(wildcardPattern(pattern), text) === naive(pattern, text, anything, anything)
      ),
      RUNS
    )
  })
})

t.test('a literal pattern matches its text alone', async (t) => {
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(texts, texts, (pattern, text) => matches(literalPattern(pattern), text) === (pattern === text)),
      RUNS
    )
  })
  t.ok(hasWildcard('a*'))
  t.ok(hasWildcard('a?'))
  t.notOk(hasWildcard('a'))
})

t.test('an ARN of a condition is compared segment by segment', async (t) => {
  const segment = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 3 })
  const arn = fc.tuple(segment, segment, segment, segment, segment, texts).map((parts) => parts.join(':'))
  const bySegment = (pattern: string, text: string): boolean => {
    const [p, v] = [pattern, text].map((whole) => {
      const parts = whole.split(':')
      return [...parts.slice(0, 5), parts.slice(5).join(':')]
    })
    return (
      text.split(':').length >= 6 &&
      (p ?? []).every((one, i) => naive(one, v?.[i] ?? '', i < 5 ? noColon : anything, i < 5 ? noColon : anything))
    )
  }
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(arn, fc.oneof(arn, texts), (pattern, text) => {
        const tokens = arnConditionPattern(wildcardPattern(pattern))
        const expected = bySegment(pattern, text)
        return tokens !== undefined && matches(tokens, text) === expected && byMachine(tokens, text) === expected
      }),
      RUNS
    )
  })
  t.equal(arnConditionPattern(wildcardPattern('arn:aws:kms:*')), undefined, 'fewer than six segments are no ARN')
})

t.test(
  'in Resource a * that ends its segment goes on beyond the colon, and missing segments are completed',
  async (t) => {
    const takes = (pattern: string, text: string): boolean => {
      const tokens = arnResourcePattern(wildcardPattern(pattern))
      t.equal(byMachine(tokens, text), matches(tokens, text), 'both ways of matching agree')
      return matches(tokens, text)
    }
    const key = 'arn:aws:kms:us-east-1:111122223333:key/abc'
    for (const pattern of [
      'arn:aws:kms:us-east-1:111122223333:key/*',
      'arn:*:kms:*:*:key/???',
      'arn:aws:kms:*',
      'arn:aws:kms',
      'arn:aws:kms:us-*',
      'arn:*',
      'arn:aws:kms:us-*1',
      'arn:aws:kms:us-*-1:1111*:key/abc'
    ])
      t.ok(takes(pattern, key), pattern)
    for (const pattern of [
      'arn:aws:s3',
      'arn:aws:kms:us-*:key/*',
      'arn:aws:kms:u*1:1111*3:alias/*',
      'arn:aws:kms:us-east-1?111122223333:key/abc',
      'arn:aws:kms:us-*t-1111122223333:key/abc',
      'arn:aws:kms:us',
      'arn:aws:kms:us-*:k?y'
    ])
      t.notOk(takes(pattern, key), pattern)
  }
)

t.test('the time grows no faster than pattern by text', async (t) => {
  const begin = process.cpuUsage()
  t.notOk(matches(wildcardPattern('*a'.repeat(2_000) + 'b'), 'a'.repeat(4_000)))
  t.notOk(
    matches(
      arnResourcePattern(wildcardPattern(`arn:${'*a'.repeat(200)}*:${'*a'.repeat(200)}b*:x`)),
      `arn:${'a'.repeat(2_000)}`
    )
  )
  // Backtracking would take longer than the universe has existed.
  t.ok(process.cpuUsage(begin).user < 20_000_000)
})

const [A, B, C] = [97, 98, 58]
const TOKENS = [A, B, C, ANY, ONE, ANY_IN_SEGMENT, ONE_IN_SEGMENT]
/** What the tokens mean, by trying every split. */
function naiveTokens (pattern: Pattern, text: string): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return text === ''
  const takesNext =
    text !== '' &&
    (first === ANY ||
      first === ONE ||
      first === text.charCodeAt(0) ||
      ((first === ANY_IN_SEGMENT || first === ONE_IN_SEGMENT) && text.charAt(0) !== ':'))
  if (first === ANY || first === ANY_IN_SEGMENT)
    return naiveTokens(rest, text) || (takesNext && naiveTokens(pattern, text.slice(1)))
  return takesNext && naiveTokens(rest, text.slice(1))
}

t.test('all four wildcards in any order', async (t) => {
  const pattern = fc.array(fc.constantFrom(...TOKENS), { maxLength: 6 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 6 })
  // A ? that may take a colon stands in the last segment of an ARN alone: never before a * that may not.
  const isArn = (tokens: Pattern): boolean =>
    tokens.lastIndexOf(ANY_IN_SEGMENT) < tokens.indexOf(ONE) || !tokens.includes(ONE)
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(pattern, text, (tokens, value) => byMachine(tokens, value) === naiveTokens(tokens, value)),
      RUNS
    )
    fc.assert(
      fc.property(
        pattern.filter(isArn),
        text,
        (tokens, value) => matches(tokens, value) === naiveTokens(tokens, value)
      ),
      RUNS
    )
  })
  t.ok(matches([ANY, C, ANY_IN_SEGMENT, B], ':a:b'), 'the first star goes on where the second may not')
  t.notOk(matches([ANY, C, ANY_IN_SEGMENT, B], ':a:ab:'))
  t.notOk(matches([ANY, C, ANY_IN_SEGMENT, B], ':a:a'))
  t.notOk(matches([ANY_IN_SEGMENT, B], 'a:b'))
  t.ok(matches([A, ANY_IN_SEGMENT], 'a'), 'a star may take nothing')
})

t.test("the machine's positions ascend, none comes twice", async (t) => {
  const pattern = fc.array(fc.constantFrom(...TOKENS), { maxLength: 6 })
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 6 }), (tokens, text) => {
        let positions = startPositions(tokens)
        return [...text].every((letter) => {
          positions = nextPositions(tokens, positions, letter.charCodeAt(0))
          return positions.every((position, i) => i === 0 || position > (positions[i - 1] ?? position))
        })
      }),
      RUNS
    )
  })
  t.strictSame(startPositions([ANY, A]), [0, 1])
  t.strictSame(nextPositions([ANY_IN_SEGMENT, A], [0, 1], C), [])
})

t.test('no character is taken for a wildcard', async (t) => {
  for (let code = 0; code < 128; code++) {
    const literal = literalPattern(String.fromCharCode(code))
    t.ok(matches(literal, String.fromCharCode(code)))
    t.notOk(matches(literal, 'xx') || matches(literal, '') || (code !== A && matches(literal, 'a')))
  }
  t.strictSame(wildcardPattern('a**?*b'), [A, ANY, ONE, ANY, B], 'runs of * are one')
})

t.test('coversPattern: one pattern covers another, every text of the other matches it', async (t) => {
  const tokens = fc.array(fc.constantFrom(A, C, ANY, ONE, ANY_IN_SEGMENT, ONE_IN_SEGMENT), { maxLength: 5 })
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 6 })
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(
        tokens,
        tokens,
        letters,
        (outer, inner, text) => !coversPattern(outer, inner) || !matches(inner, text) || matches(outer, text)
      ),
      RUNS
    )
    fc.assert(
      fc.property(tokens, (pattern) => matches(pattern, memberOf(pattern))),
      RUNS
    )
  })
  const source = 'arn:aws:personalize:us-east-1:111122223333:?*'
  const covers = (outer: string): boolean => coversPattern(inSegments(wildcardPattern(outer)), wildcardPattern(source))
  t.ok(covers('arn:aws:personalize:*:111122223333:*') && covers(source) && covers('arn:*:*:*:*:*'))
  t.notOk(covers('arn:aws:personalize:*:444455556666:*'))
  t.notOk(covers('arn:aws:personalize:*:111122223333:a*'))
})
