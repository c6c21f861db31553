import fc from 'fast-check'
import t from 'tap'
import { arnConditionPattern } from '../../../src/iam/arn-pattern.js'
import { oneTextPerClass, type ClassPattern } from '../../../src/iam/string-classes.js'
import { literalPattern, matches, wildcardPattern } from '../../../src/iam/wildcard.js'

const like = (text: string): ClassPattern => ({ pattern: wildcardPattern(text), ignoreCase: false })
const ignoreCase = (text: string): ClassPattern => ({ pattern: literalPattern(text), ignoreCase: true })
const arn = (text: string): ClassPattern => ({ pattern: arnConditionPattern(wildcardPattern(text)) ?? [], ignoreCase: false })

/** Which of the patterns a text matches. */
function signature (patterns: readonly ClassPattern[], text: string): string {
  return patterns.map(({ pattern, ignoreCase }) => {
    const folded = pattern.map((token) => token < 0 ? token : String.fromCharCode(token).toLowerCase().charCodeAt(0))
    return matches(ignoreCase ? folded : pattern, ignoreCase ? text.toLowerCase() : text) ? '1' : '0'
  }).join('')
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
  return !found.includes('') && new Set(signatures).size === found.length && texts.every((text) => signatures.includes(signature(patterns, text)))
}

t.test('one text for each way in which texts can match', async (t) => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', 'B', '*', '?'), maxLength: 4 })
  const patterns = fc.array(fc.oneof(pattern.map(like), pattern.map(ignoreCase)), { maxLength: 3 })
  const texts = textsOf('abABz', 4)
  t.doesNotThrow(() => { fc.assert(fc.property(patterns, (found) => keepsPromise(found, texts)), { numRuns: 150 }) })
})

t.test('ARNs, of which a wildcard takes no colon before the sixth segment', async (t) => {
  const tails = textsOf('ab:', 4)
  const around = tails.flatMap((tail) => [`::::${tail}`, `:::${tail}:`, `${tail}::::a`])
  for (const texts of [['*:::::'], ['?:::::a', 'a:::::a'], ['::::*:a', '::::a*:*', '::::a?:a'], [':::::*', ':::*::a*']]) t.ok(keepsPromise(texts.map(arn), [...tails, ...around]), texts.join())
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
})

t.test('no patterns: any text will do', async (t) => {
  t.equal(oneTextPerClass([])?.length, 1)
})

t.test('too many ways are not tried', async (t) => {
  t.equal(oneTextPerClass(Array.from({ length: 26 }, (_, i) => like(`*${String.fromCharCode(97 + i).repeat(4)}*`))), undefined)
})
