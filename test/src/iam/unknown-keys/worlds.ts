import fc from 'fast-check'
import t from 'tap'
import { type Condition, parseConditions } from '../../../../src/iam/condition/condition.js'
import { parseTemplate, type Template } from '../../../../src/iam/match/policy-variable.js'
import { ABSENT, type ContextValue, known, RequestContext, UNKNOWN } from '../../../../src/iam/match/request-context.js'
import {
  assignmentsOf,
  candidatesFor,
  type CandidateValues,
  decisiveKeys
} from '../../../../src/iam/unknown-keys/partial-evaluation.js'
import type { Comparisons } from '../../../../src/iam/unknown-keys/variable-constraints.js'

const ARN = 'arn:aws:kms:us-east-1:111122223333:key/k'

function comparing (condition: unknown, resourceTemplates: readonly Template[] = []): Comparisons {
  const conditions: Condition[] = parseConditions(condition, true, '', ({ what }) => {
    throw new Error(what)
  })
  return { conditions, resourceTemplates, resourceArn: ARN }
}

function template (text: string): Template {
  const found = parseTemplate(text)
  if (found === undefined) throw new Error(text)
  return found
}

const contextOf = (entries: Record<string, ContextValue>): RequestContext => new RequestContext(Object.entries(entries))
const layOut = (
  keys: readonly string[],
  context: RequestContext,
  comparisons: Comparisons,
  statements = 0
): readonly CandidateValues[] | undefined => candidatesFor(keys, context, comparisons, statements)
/** The values that are tried for one key; `-` stands for its absence. */
const tried = (candidates: readonly CandidateValues[] | undefined, key = 'aws:a'): string[] | undefined =>
  candidates
    ?.find((candidate) => candidate.key === key)
    ?.values.map((value) => (value.state === 'known' ? value.values.join('+') : '-'))
    .sort()
const sizeOf = (candidates: readonly CandidateValues[] | undefined): number | undefined =>
  candidates?.reduce((size, { values }) => size * values.length, 1)
/** Keys `k0`, `k1`, … with so many values each. */
const candidatesOf = (sizes: readonly number[]): CandidateValues[] =>
  sizes.map((size, i) => ({ key: `k${i}`, values: Array.from({ length: size }, (_, i) => known(String(i))) }))

t.test('every assignment decides every key, no two are alike, and none is left out', async (t) => {
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), (sizes) => {
        const candidates = candidatesOf(sizes)
        const assignments = assignmentsOf(candidates)
        const written = assignments.map((decided) => JSON.stringify([...decided]))
        return (
          new Set(written).size === sizes.reduce((a, b) => a * b) &&
          assignments.every(
            (decided) =>
              decided.size === sizes.length &&
              candidates.every(({ key, values }) => values.some((value) => value === decided.get(key)))
          )
        )
      })
    )
  })
})

t.test('a key is decisive if another value of it alone changes the outcome', async (t) => {
  const sizes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 })
  const laidOut = sizes.chain((of) =>
    fc.tuple(
      fc.constant(of),
      fc.array(fc.boolean(), { minLength: of.reduce((a, b) => a * b), maxLength: of.reduce((a, b) => a * b) })
    )
  )
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(laidOut, ([of, outcomes]) => {
        const candidates = candidatesOf(of)
        const assignments = assignmentsOf(candidates).map((assignment) =>
          [...assignment.values()].map((value) => JSON.stringify(value))
        )
        const alone = (key: number): boolean =>
          outcomes.some((outcome, a) =>
            outcomes.some(
              (other, b) =>
                outcome !== other &&
                assignments[a]?.every((value, i) => (value === assignments[b]?.[i]) === (i !== key))
            )
          )
        return (
          JSON.stringify(decisiveKeys(candidates, outcomes)) ===
          JSON.stringify(candidates.filter((_, i) => alone(i)).map(({ key }) => key))
        )
      }),
      { numRuns: 200 }
    )
  })
})

t.test('the values that the conditions tell apart', async (t) => {
  t.strictSame(
    tried(
      layOut(['aws:a'], contextOf({ 'aws:a': UNKNOWN }), comparing({ StringEquals: { 'aws:a': 'x', 'aws:b': 'y' } }))
    ),
    ['-', 'other', 'x']
  )
  t.equal(
    layOut(['aws:a'], contextOf({ 'aws:a': ABSENT }), comparing({})),
    undefined,
    'a key that is not unknown has no assignments'
  )
  const two = layOut(
    ['aws:a', 'aws:b'],
    contextOf({ 'aws:a': UNKNOWN, 'aws:b': UNKNOWN }),
    comparing({ StringEquals: { 'aws:a': ['x', 'y'], 'aws:b': 'z' } })
  )
  t.equal(sizeOf(two), 12)
  t.strictSame(tried(two, 'aws:b'), ['-', 'other', 'z'])
})

t.test('variables that are known are put in first', async (t) => {
  const values = (condition: unknown, entries: Record<string, ContextValue>): string[] | undefined =>
    tried(layOut(['aws:a'], contextOf({ 'aws:a': UNKNOWN, ...entries }), comparing(condition)))
  t.strictSame(values({ StringEquals: { 'aws:a': ['x', '${aws:b}'] } }, { 'aws:b': known('y') }), [
    '-',
    'other',
    'x',
    'y'
  ])
  t.strictSame(
    values({ StringEquals: { 'aws:a': ['x', '${aws:b}'] } }, {}),
    ['-', 'other', 'x'],
    'a variable without value equals nothing'
  )
  t.strictSame(
    values({ ArnLike: { 'aws:a': '${aws:b}' } }, { 'aws:b': known('no ARN') })?.length,
    2,
    'nor does what is no ARN'
  )
  const like = values({ StringLike: { 'aws:a': '${aws:b}*' } }, { 'aws:b': known('y*') }) ?? []
  t.ok(
    like.includes('y*') && like.some((text) => text !== '-' && !text.startsWith('y*')),
    'a * of the value is a character, that of the policy is not'
  )
})

t.test('an unknown key in a variable takes the texts that would make it equal', async (t) => {
  const open = { 'aws:a': UNKNOWN }
  const inKnown = (value: string, operator = 'StringEquals'): string[] | undefined =>
    tried(
      layOut(
        ['aws:a'],
        contextOf({ ...open, 'aws:b': known('pre-x-post') }),
        comparing({ [operator]: { 'aws:b': value } })
      )
    )
  t.strictSame(inKnown('${aws:a}'), ['-', 'other', 'pre-x-post'])
  t.strictSame(inKnown('pre-${aws:a}-post'), ['-', 'other', 'x'])
  t.strictSame(inKnown('pre-${aws:a}'), ['-', 'other', 'x-post'])
  t.strictSame(inKnown('${aws:a}${?}'), ['-', 'other'], 'a literal ? is a character')
  t.strictSame(inKnown('no-${aws:a}'), ['-', 'other'])
  t.strictSame(inKnown('pre-x-post${aws:a}pre-x-post'), ['-', 'other'], 'prefix and suffix may not overlap')
  t.strictSame(inKnown('pre-x${aws:a}-post'), ['-', 'other'], 'AWS sends this key with a text or not at all')
  t.equal(inKnown('${aws:a}*', 'StringLike'), undefined, 'beside a wildcard it cannot be turned round')
  t.equal(inKnown('?${aws:a}', 'StringLike'), undefined)
  const insensitive = inKnown('PRE-${aws:a}', 'StringEqualsIgnoreCase') ?? []
  t.ok(
    insensitive.length === 3 &&
      insensitive.includes('-') &&
      insensitive.some((text) => text.toLowerCase() === 'x-post'),
    'case aside'
  )
  t.strictSame(inKnown('PRE-${aws:a}'), ['-', 'other'], 'else it counts')
  t.equal(inKnown('${aws:a}${aws:a}'), undefined, 'nor twice in one value')
  t.equal(
    tried(
      layOut(
        ['aws:a', 'aws:c'],
        contextOf({ ...open, 'aws:b': known('x'), 'aws:c': UNKNOWN }),
        comparing({ StringEquals: { 'aws:b': '${aws:c}${aws:a}' } })
      )
    ),
    undefined,
    'nor beside another that is open'
  )
  t.strictSame(inKnown('${aws:b}${aws:a}'), ['-', 'other'], 'what is known is put in first')
  t.strictSame(
    tried(
      layOut(
        ['aws:a'],
        contextOf({ ...open, 'aws:b': known('pre-*'), 'aws:c': known('pre-*x') }),
        comparing({ StringLike: { 'aws:c': '${aws:b}${aws:a}' } })
      )
    ),
    ['-', 'other', 'x'],
    'its wildcards are characters'
  )
  t.strictSame(inKnown('${aws:d}${aws:a}'), ['-', 'other'], 'beside a variable without value it equals nothing')
  t.strictSame(
    tried(layOut(['aws:a'], contextOf(open), comparing({ StringEquals: { 'aws:b': '${aws:a}' } }))),
    ['-', 'other'],
    'compared with what is absent'
  )
  const list = layOut(
    ['aws:a'],
    contextOf({ ...open, 'aws:b': known(['p', 'q']) }),
    comparing({ 'ForAnyValue:StringEquals': { 'aws:b': '${aws:a}' } })
  )
  t.strictSame(tried(list), ['-', 'other', 'p', 'q'])
  const long = contextOf({ ...open, 'aws:b': known(Array.from({ length: 150_000 }, (_, i) => String(i))) })
  t.equal(
    layOut(['aws:a'], long, comparing({ 'ForAnyValue:StringEquals': { 'aws:b': '${aws:a}' } })),
    undefined,
    'a list longer than an argument list'
  )
})

t.test('both sides open', async (t) => {
  const both = contextOf({ 'aws:a': UNKNOWN, 'aws:b': UNKNOWN })
  const assignments = layOut(
    ['aws:b', 'aws:a'],
    both,
    comparing({ StringEquals: { 'aws:b': ['${aws:a}', 'y'] }, StringLike: { 'aws:a': 'x' } })
  )
  for (const key of ['aws:a', 'aws:b']) {
    const texts = tried(assignments, key) ?? []
    t.ok(
      ['x', 'y', '-'].every((text) => texts.includes(text)),
      'each takes what the other is compared with'
    )
    t.equal(texts.length, 5, 'and one of two further values, which differ')
  }
  t.equal(
    layOut(['aws:b', 'aws:a'], both, comparing({ StringEquals: { 'aws:b': 'x${aws:a}' } })),
    undefined,
    'with text beside it, no values stand for all'
  )
})

t.test('variables in a resource', async (t) => {
  const asked = (text: string, keys = ['aws:a']): string[] | undefined =>
    tried(layOut(keys, contextOf({ 'aws:a': UNKNOWN }), comparing({}, [template(text)])))
  t.strictSame(asked('arn:aws:kms:us-east-1:${aws:a}:key/k'), ['-', '111122223333', 'other'])
  t.equal(asked('arn:aws:kms:us-east-1:${aws:a}:key/*'), undefined)
  t.strictSame(
    tried(
      layOut(
        ['aws:a'],
        contextOf({ 'aws:a': UNKNOWN, 'aws:b': known('k') }),
        comparing({}, [
          template('arn:aws:kms:us-east-1:${aws:a}:key/${aws:b}'),
          template('arn:aws:kms:*:*:key/${aws:b}*')
        ])
      )
    ),
    ['-', '111122223333', 'other'],
    'what is known is put in first'
  )
  t.equal(asked('arn:aws:kms:us-east-1:${aws:a}'), undefined, 'an ARN cut short goes on with a wildcard')
  t.strictSame(
    asked('arn:aws:kms:us-east-1:${aws:b}:key/*'),
    ['-', 'other'],
    'another variable says nothing of this key'
  )
})

t.test('there is an end to it', async (t) => {
  const keys = (count: number): string[] => Array.from({ length: count }, (_, i) => `aws:k${i}`)
  const unknown = (names: readonly string[]): RequestContext =>
    contextOf(Object.fromEntries(names.map((name) => [name, UNKNOWN])))
  const equals = (names: readonly string[]): Comparisons =>
    comparing({ StringEquals: Object.fromEntries(names.map((name) => [name, 'x'])) })
  t.equal(sizeOf(layOut(keys(7), unknown(keys(7)), equals(keys(7)))), 3 ** 7)
  t.equal(layOut(keys(8), unknown(keys(8)), equals(keys(8))), undefined, 'more than 4,096 assignments')
  const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `x${i}`)
  t.equal(sizeOf(layOut(['aws:a'], unknown(['aws:a']), comparing({ StringEquals: { 'aws:a': texts(400) } }))), 402)
  t.equal(sizeOf(layOut(['aws:a'], unknown(['aws:a']), comparing({ StringEquals: { 'aws:a': texts(445) } }))), 447)
  t.equal(
    layOut(['aws:a'], unknown(['aws:a']), comparing({ StringEquals: { 'aws:a': texts(446) } })),
    undefined,
    'more than 200,000 comparisons: 448 values, each compared 448 times'
  )
  t.equal(
    layOut(['aws:a'], unknown(['aws:a']), comparing({ StringEquals: { 'aws:b': texts(5_000) } })),
    undefined,
    'too many even for one look'
  )
  t.equal(sizeOf(layOut(['aws:a'], unknown(['aws:a']), comparing({ StringEquals: { 'aws:a': 'x' } }), 60_000)), 3)
  t.equal(
    layOut(['aws:a'], unknown(['aws:a']), comparing({ StringEquals: { 'aws:a': 'x' } }), 70_000),
    undefined,
    'more than 200,000 looks at statements'
  )
  t.equal(
    layOut(['aws:a'], contextOf({ 'aws:a': { state: 'unknown', mayBeAbsent: false, like: [] } }), comparing({})),
    undefined,
    'no value is left'
  )
  const variables = (count: number): Comparisons =>
    comparing({ StringEquals: { 'aws:b': Array.from({ length: count }, (_, i) => `${i}\${aws:a}`) } })
  t.ok(layOut(['aws:a'], unknown(['aws:a']), variables(32)))
  t.equal(layOut(['aws:a'], unknown(['aws:a']), variables(33)), undefined, 'more than 32 variables')
  const resources = (count: number): Comparisons =>
    comparing(
      {},
      Array.from({ length: count }, (_, i) => template(`arn:aws:kms:us-east-1:${i}:\${aws:a}`))
    )
  t.ok(layOut(['aws:a'], unknown(['aws:a']), resources(32)))
  t.equal(layOut(['aws:a'], unknown(['aws:a']), resources(33)), undefined)
})
