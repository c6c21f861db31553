import fc from 'fast-check'
import t from 'tap'
import { arnConditionPattern } from '../../../../src/iam/match/arn.js'
import { literalPattern, matches, wildcardPattern } from '../../../../src/iam/match/wildcard.js'
import {
  type ClassPattern,
  fullStepBudget,
  oneTextPerClass,
  type StepBudget
} from '../../../../src/iam/unknown-keys/pattern-partition.js'

const like = (text: string): ClassPattern => ({ pattern: wildcardPattern(text), ignoreCase: false })
const ignoreCase = (text: string): ClassPattern => ({ pattern: literalPattern(text), ignoreCase: true })
const arn = (text: string): ClassPattern => ({
  pattern: arnConditionPattern(wildcardPattern(text)) ?? [],
  ignoreCase: false
})

/** Which of the patterns a text matches. */
function signature (patterns: readonly ClassPattern[], text: string): string {
  return patterns
    .map(({ pattern, ignoreCase }) => {
      const folded = pattern.map((token) =>
        token < 0 ? token : String.fromCharCode(token).toLowerCase().charCodeAt(0)
      )
      return matches(ignoreCase ? folded : pattern, ignoreCase ? text.toLowerCase() : text) ? '1' : '0'
    })
    .join('')
}

/** Every text of up to `most` of these letters, the empty one left out. */
function textsOf (letters: string, most: number): string[] {
  let longest = ['']
  const all: string[] = []
  for (let length = 1; length <= most; length++) {
    longest = longest.flatMap((text) => [...letters].map((letter) => text + letter))
    all.push(...longest)
  }
  return all
}

/** The promise: whatever text there is, one of those found matches the same patterns; no two of them do. */
function keepsPromise (patterns: readonly ClassPattern[], texts: readonly string[]): boolean {
  const found = oneTextPerClass(patterns)
  if (found === undefined) return false
  const signatures = found.map((text) => signature(patterns, text))
  return (
    !found.includes('') &&
    new Set(signatures).size === found.length &&
    texts.every((text) => signatures.includes(signature(patterns, text)))
  )
}

t.test('one text for each way in which texts can match', async (t) => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', 'B', '*', '?'), maxLength: 4 })
  const patterns = fc.array(fc.oneof(pattern.map(like), pattern.map(ignoreCase)), { maxLength: 3 })
  const texts = textsOf('abABz', 4)
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(patterns, (found) => keepsPromise(found, texts)),
      { numRuns: 150 }
    )
  })
})

t.test('ARNs, of which a wildcard takes no colon before the sixth segment', async (t) => {
  const tails = textsOf('ab:', 4)
  const around = tails.flatMap((tail) => [`::::${tail}`, `:::${tail}:`, `${tail}::::a`])
  for (const texts of [['*:::::'], ['?:::::a', 'a:::::a'], ['::::*:a', '::::a*:*', '::::a?:a'], [':::::*', ':::*::a*']])
    t.ok(keepsPromise(texts.map(arn), [...tails, ...around]), texts.join())
})

t.test('an ARN beside a text: a colon that the one takes and the other does not', async (t) => {
  for (const [text, value] of [
    ['?:::::', '::::::'],
    ['*a:::::', ':a:::::'],
    ['b*a:::::', 'b:a:::::'],
    ['::::?a:b', ':::::a:b']
  ] as const) {
    const patterns = [arn(text), like(text)]
    t.equal(signature(patterns, value), '01')
    t.ok(keepsPromise(patterns, [value, 'x', value.replace(':', 'x')]), text)
  }
})

t.test('wildcards without regard to case', async (t) => {
  const patterns = ['aB*', '?b'].map((text) => ({ pattern: wildcardPattern(text), ignoreCase: true }))
  t.ok(keepsPromise(patterns, textsOf('abABz', 4)))
})

t.test('a letter that no pattern mentions is found, however many they mention', async (t) => {
  const patterns = [like('*xyzqwvkj0123456789-_~*'), like('?')]
  const found = oneTextPerClass(patterns) ?? []
  t.ok(found.some((text) => text.length === 1))
  t.strictSame(found.map((text) => signature(patterns, text)).sort(), ['00', '01', '10'])
  const each = [...'xyzqwvkj0123456789-_~'].map(like)
  t.equal(oneTextPerClass(each)?.length, each.length + 1, 'each letter, and what is none of them')
  t.equal(oneTextPerClass([...each, like('?')])?.length, each.length + 2, 'a single letter among what is none of them')
  t.strictSame(
    (oneTextPerClass([ignoreCase('XYZ'), like('?'), like('X'), like('x')]) ?? [])
      .map((text) => signature([like('?'), like('X'), like('x')], text))
      .sort(),
    ['000', '000', '100', '101', '110'],
    'nor is it the other case of one they mention'
  )
  t.equal(
    (oneTextPerClass([...each, like('?')], { copies: 3, folded: false }) ?? []).filter((text) => text.length === 1)
      .length,
    each.length + 3,
    'three of them'
  )
})

t.test('no patterns: any text will do', async (t) => {
  t.equal(oneTextPerClass([])?.length, 1)
})

t.test('case: as the patterns ask', async (t) => {
  const exactly = (text: string): ClassPattern => ({ pattern: literalPattern(text), ignoreCase: false })
  const found = (patterns: readonly ClassPattern[]): string[] =>
    (oneTextPerClass(patterns) ?? []).map((text) => signature(patterns, text)).sort()
  t.strictSame(found([ignoreCase('a'), exactly('a')]), ['00', '10', '11'], 'the other case of a letter')
  t.strictSame(found([ignoreCase('A'), exactly('a')]), ['00', '10', '11'])
  t.strictSame(found([ignoreCase('a'), like('?')]), ['00', '01', '11'])
  t.strictSame(found([exactly('a'), exactly('A')]), ['00', '01', '10'])
  t.strictSame(
    oneTextPerClass([ignoreCase('\u0130')])?.includes('\u0130'),
    true,
    'a letter whose other case is two stays what it is'
  )
})

t.test('several texts for each class', async (t) => {
  const copies = (patterns: readonly ClassPattern[], count: number): Record<string, number> => {
    const texts = oneTextPerClass(patterns, { copies: count, folded: false }) ?? []
    t.equal(new Set(texts).size, texts.length)
    const counts: Record<string, number> = {}
    for (const text of texts) counts[signature(patterns, text)] = (counts[signature(patterns, text)] ?? 0) + 1
    return counts
  }
  t.strictSame(copies([like('a?'), like('a*')], 3), { '00': 3, '01': 3, 11: 3 })
  t.strictSame(copies([like('a')], 2), { 0: 2, 1: 1 }, 'as far as there are so many')
  t.strictSame(copies([], 4), { '': 4 })
  t.strictSame(copies([like('*xyzqwvkj0123456789-_~*'), like('?')], 2), { '00': 2, '01': 2, 10: 2 })
})

t.test('texts that are compared without regard to case: each spelling that fares differently', async (t) => {
  const options = { copies: 1, folded: true }
  const spelled = (patterns: readonly ClassPattern[]): string[] =>
    (oneTextPerClass(patterns, options) ?? []).map((text) => text.toLowerCase() + signature(patterns, text))
  const [first = '', ...others] = spelled([like('aB*'), like('*b')])
    .filter((text) => text.startsWith('ab') && text.length === 4)
    .sort()
  t.ok(first === 'ab00' && ['ab01', 'ab10'].every((text) => others.includes(text)), 'ab, aB and what is neither')
  t.equal(oneTextPerClass([], options)?.length, 1, 'spellings that fare alike are one')
  t.strictSame(
    [...new Set((oneTextPerClass([], { copies: 2, folded: true }) ?? []).map((text) => text.toLowerCase()))].length,
    2
  )
})

t.test('budget', async (t) => {
  const patterns = [like('*a*b*'), like('*b*a*')]
  const partitions: StepBudget['partitions'] = new Map()
  const all = { steps: 1_000_000, partitions }
  const texts = oneTextPerClass(patterns, undefined, all)
  const taken = 1_000_000 - all.steps
  t.ok(taken > 10 && texts?.length === 4)
  const enough = { steps: taken, partitions }
  t.strictSame(oneTextPerClass(patterns, undefined, enough), texts)
  t.equal(enough.steps, 0, 'counted for a known partition, too')
  t.equal(
    oneTextPerClass(patterns, undefined, fullStepBudget(partitions)),
    texts,
    'a known partition is not explored again'
  )
  t.equal(oneTextPerClass(patterns, undefined, { steps: taken - 1, partitions }), undefined)
  t.ok(fullStepBudget().steps >= 10_000)
  const long = (length: number): ClassPattern[] => [like(`${'a'.repeat(length - 1)}*`)]
  t.equal(oneTextPerClass(long(10_001)), undefined, 'patterns longer than 10,000 tokens')
  t.ok(oneTextPerClass(long(10_000)))
})

t.test('too many ways are not tried', async (t) => {
  t.equal(
    oneTextPerClass(Array.from({ length: 26 }, (_, i) => like(`*${String.fromCharCode(97 + i).repeat(4)}*`))),
    undefined
  )
})
