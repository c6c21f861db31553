import fc from 'fast-check'
import t from 'tap'
import { type Condition, conditionHolds, parseConditions } from '../../../../src/iam/condition/condition.js'
import { ABSENT, type ContextValue, known, RequestContext, UNKNOWN } from '../../../../src/iam/match/request-context.js'
import { assignmentsOf, candidatesFor } from '../../../../src/iam/unknown-keys/partial-evaluation.js'
import { constrainKeys } from '../../../../src/iam/unknown-keys/variable-constraints.js'

const ignore = (): void => {}
const KEYS = ['aws:principaltag/a', 'aws:principaltag/b', 'kms:viaservice']
const open = new RequestContext([...KEYS, 'aws:tagkeys'].map((key) => [key, UNKNOWN]))
const TEXTS: ContextValue[] = [
  'a',
  'A',
  'b',
  'B',
  'ab',
  'Ab',
  'AB',
  'c',
  'C',
  'cc',
  'cC',
  'd',
  'ac',
  'cb',
  'a:b:c:d:e:f',
  'a:b:c:d:e:g',
  'x:b:c:d:e:f'
].map((text) => known(text))

type Entry = readonly [operator: string, key: string, values: readonly string[]]
const conditionsOf = (entries: readonly Entry[]): Condition[] =>
  entries.flatMap(([operator, key, values]) =>
    parseConditions({ [operator]: { [key]: values } }, true, '', ({ what }) => {
      throw new Error(what)
    })
  )

const truths = (conditions: readonly Condition[], values: ReadonlyMap<string, ContextValue>): string => {
  const context = open.with(values)
  return conditions.map((condition) => conditionHolds(condition, context, ignore)).join()
}

/** How the conditions fare in the assignments that are tried; undefined where these are too many, or are unknown. */
function tried (conditions: readonly Condition[], keys: readonly string[]): Set<string> | undefined {
  const candidates = candidatesFor(keys, open, { conditions, resourceTemplates: [], resourceArn: '' }, 0)
  return candidates && new Set(assignmentsOf(candidates).map((assignment) => truths(conditions, assignment)))
}

/** The promise: whatever values the keys have, in one of the assignments tried all conditions fare the same. */
function stand (entries: readonly Entry[], keys: readonly string[], values: readonly ContextValue[]): boolean {
  const conditions = conditionsOf(entries)
  const found = tried(conditions, keys)
  const every = assignmentsOf(keys.map((key) => ({ key, values })))
  return found === undefined || every.every((assignment) => found.has(truths(conditions, assignment)))
}

const OPERATORS = [
  'StringEquals',
  'StringNotEquals',
  'StringLike',
  'StringNotLikeIfExists',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'Null'
]
const variables = KEYS.flatMap((key) => [`\${${key}}`, `\${${key}, 'b'}`])
const entry = (operators: readonly string[], keys: readonly string[], texts: readonly string[]): fc.Arbitrary<Entry> =>
  fc
    .tuple(
      fc.constantFrom(...operators),
      fc.constantFrom(...keys),
      fc.array(fc.constantFrom(...texts, ...variables, ...variables), { minLength: 1, maxLength: 2 })
    )
    .map(([operator, key, values]) => [operator, key, operator === 'Null' ? ['true'] : values])

t.test('keys that variables compare with one another: the assignments tried stand for all', async (t) => {
  const entries = fc.array(entry(OPERATORS, KEYS.slice(0, 2), ['a', 'Ab', 'a*', '*b', '?', 'c']), {
    minLength: 1,
    maxLength: 4
  })
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(entries, (found) => stand(found, KEYS.slice(0, 2), [ABSENT, ...TEXTS])),
      { numRuns: 500 }
    )
  })
})

t.test('the same of three keys', async (t) => {
  const few = ['a', 'A', 'ab', 'c', 'd', 'C'].map((text) => known(text))
  const entries = fc.array(entry(OPERATORS, KEYS, ['a', 'a*']), { minLength: 2, maxLength: 4 })
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(entries, (found) => stand(found, KEYS, [ABSENT, ...few])),
      { numRuns: 200 }
    )
  })
})

t.test('the same of ARNs, which alone an ARN operator compares', async (t) => {
  const entries = fc.array(
    entry(['ArnLike', 'ArnNotEquals', 'StringEquals'], KEYS.slice(0, 2), ['a:b:c:d:e:f', '*:b:c:d:e:*']),
    { minLength: 1, maxLength: 3 }
  )
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(entries, (found) => stand(found, KEYS.slice(0, 2), [ABSENT, ...TEXTS])),
      { numRuns: 200 }
    )
  })
  const equal = conditionsOf([['ArnEquals', 'aws:principaltag/a', ['${aws:principaltag/b}']]])
  t.strictSame([...(tried(equal, KEYS.slice(0, 2)) ?? [])].sort(), ['0', '2'])
})

t.test('the same of a key with several values', async (t) => {
  const keys = ['aws:principaltag/a', 'aws:tagkeys']
  const lists = [
    ['a'],
    ['b'],
    ['c'],
    ['a', 'b'],
    ['a', 'c'],
    ['c', 'd'],
    ['b', 'd'],
    ['a', 'b', 'c', 'd'],
    ['A'],
    ['A', 'c']
  ].map((list) => known(list))
  const entries = fc.array(
    fc.oneof(
      entry(
        [
          'ForAnyValue:StringEquals',
          'ForAllValues:StringEquals',
          'ForAnyValue:StringNotEquals',
          'ForAllValues:StringNotEqualsIgnoreCase',
          'ForAnyValue:StringEqualsIfExists',
          'StringEquals'
        ],
        ['aws:tagkeys'],
        ['a', 'b']
      ),
      entry(
        ['StringEquals', 'StringLike', 'Null'],
        ['aws:principaltag/a'],
        ['a', 'a*', '${aws:tagkeys}', "${aws:tagkeys, 'b'}"]
      )
    ),
    { minLength: 1, maxLength: 3 }
  )
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(entries, (found) => {
        const conditions = conditionsOf(found)
        const assignments = tried(conditions, keys)
        return (
          assignments === undefined ||
          assignmentsOf([
            { key: 'aws:principaltag/a', values: [ABSENT, ...TEXTS] },
            { key: 'aws:tagkeys', values: [ABSENT, ...lists] }
          ]).every((assignment) => assignments.has(truths(conditions, assignment)))
        )
      }),
      { numRuns: 300 }
    )
  })
})

t.test('what chance seldom finds', async (t) => {
  const [a = '', b = '', c = ''] = KEYS
  const fares = (entries: readonly Entry[], keys: readonly string[] = KEYS.slice(0, 2)): string[] =>
    [...(tried(conditionsOf(entries), keys) ?? [])].sort()
  const present: Entry[] = [
    ['Null', a, ['false']],
    ['Null', b, ['false']],
    ['Null', c, ['false']]
  ]
  t.ok(
    fares(
      [
        ['StringNotEquals', a, ['${aws:principaltag/b}']],
        ['StringNotEquals', b, ['${kms:viaservice}']],
        ['StringNotEquals', c, ['${aws:principaltag/a}']],
        ...present
      ],
      KEYS
    ).includes('2,2,2,2,2,2'),
    'three values that all differ'
  )
  t.ok(
    fares([
      ['StringEquals', a, ['${aws:principaltag/b}']],
      ['StringLike', a, ['x*']],
      ['StringLike', b, ['*y']]
    ]).includes('2,2,2'),
    'one value like the patterns of both'
  )
  t.ok(
    fares([
      ['StringEquals', a, ["${aws:principaltag/b, 'zz'}"]],
      ['Null', b, ['true']]
    ]).includes('2,2'),
    'the default of a variable'
  )
  t.ok(
    fares([
      ['StringEqualsIgnoreCase', a, ['${aws:principaltag/b}']],
      ['StringEquals', a, ['${aws:principaltag/b}']],
      ['StringLike', a, ['R*']],
      ['StringLike', b, ['r*']]
    ]).includes('2,0,2,2'),
    'alike but for case'
  )
  const both = new RequestContext([
    [a, UNKNOWN],
    ['aws:securetransport', UNKNOWN]
  ])
  const conditions = conditionsOf([
    ['StringEquals', a, ['${aws:securetransport}']],
    ['Bool', 'aws:securetransport', ['true']]
  ])
  const candidates =
    candidatesFor([a, 'aws:securetransport'], both, { conditions, resourceTemplates: [], resourceArn: '' }, 0) ?? []
  t.ok(
    assignmentsOf(candidates).some((assignment) =>
      conditions.every((condition) => conditionHolds(condition, both.with(assignment), ignore) === 2)
    ),
    'a key that is true or false'
  )
})

t.test('which keys are compared with one another, and how', async (t) => {
  const [a = '', b = '', c = ''] = KEYS
  const linked = (entries: readonly Entry[], key: string): unknown => {
    const found = constrainKeys(new Set(KEYS), open, {
      conditions: conditionsOf(entries),
      resourceTemplates: [],
      resourceArn: ''
    })?.(key)
    return found && [[...found.keys].sort(), found.folded, found.patterns.length]
  }
  const folded: Entry = ['StringEqualsIgnoreCase', a, ['${aws:principaltag/b}']]
  const exact: Entry = ['StringEquals', b, ['${kms:viaservice}']]
  for (const entries of [
    [folded, exact],
    [exact, folded]
  ])
    for (const key of KEYS)
      t.strictSame(linked(entries, key), [[...KEYS].sort(), true, 0], 'one without regard to case is enough for all')
  t.strictSame(linked([exact], c), [[b, c].sort(), false, 0])
  t.strictSame(linked([exact], a), [[a], false, 0], 'another key stands by itself')
  t.strictSame(
    linked(
      [
        ['StringEquals', a, ["${aws:principaltag/b, 'x'}"]],
        ['ArnLike', b, ['${kms:viaservice}']]
      ],
      a
    ),
    [[...KEYS].sort(), false, 2],
    'a default, and any ARN'
  )
  t.strictSame(
    linked([['StringEquals', a, ['${aws:principaltag/a}', "${aws:principaltag/a, 'x'}"]]], a),
    [[a], false, 1],
    'a key may be compared with itself'
  )
})
