import fc from 'fast-check'
import t from 'tap'
import { type Condition, conditionHolds, parseConditions } from '../../../../src/iam/condition/condition.js'
import { ABSENT, type ContextValue, known, RequestContext } from '../../../../src/iam/match/request-context.js'
import { literalPattern } from '../../../../src/iam/match/wildcard.js'
import { candidateValues } from '../../../../src/iam/unknown-keys/candidate-values.js'
import type { VariableConstraints } from '../../../../src/iam/unknown-keys/variable-constraints.js'

const KEY = 'kms:viaservice'
const ignore = (): void => {}
const MAY_BE_ABSENT = { state: 'unknown', mayBeAbsent: true } as const
/** A key that no variable compares with another, but, where said, with texts. */
const alone = (key: string, texts: readonly string[] = []): VariableConstraints => ({
  keys: new Set([key]),
  patterns: texts.map((text) => ({ pattern: literalPattern(text), ignoreCase: false })),
  folded: false
})

function conditionsOf (entries: ReadonlyArray<readonly [string, readonly string[]]>, key: string): Condition[] {
  return entries.flatMap(([operator, values]) =>
    parseConditions({ [operator]: { [key]: values } }, false, '', (fault) => {
      throw new Error(fault.what)
    })
  )
}

const truths = (conditions: readonly Condition[], key: string, value: ContextValue): string =>
  conditions.map((condition) => conditionHolds(condition, new RequestContext([[key, value]]), ignore)).join()

/** The promise: whatever the value, one of the candidateValues fares the same under all of the conditions. */
function uncovered (
  conditions: readonly Condition[],
  key: string,
  values: readonly ContextValue[]
): ContextValue | undefined {
  const found = candidateValues(key, MAY_BE_ABSENT, conditions, alone(key))
  if (!found.exact) throw new Error('not exact')
  const covered = new Set(found.values.map((value) => truths(conditions, key, value)))
  return values.find((value) => !covered.has(truths(conditions, key, value)))
}

function promise (
  name: string,
  operators: readonly string[],
  policyValue: fc.Arbitrary<string>,
  value: fc.Arbitrary<string>,
  key = KEY
): void {
  t.test(name, async (t) => {
    const entries = fc.array(
      fc.tuple(fc.constantFrom(...operators), fc.array(policyValue, { minLength: 1, maxLength: 3 })),
      { minLength: 1, maxLength: 3 }
    )
    t.doesNotThrow(() => {
      fc.assert(
        fc.property(
          entries,
          fc.array(value, { minLength: 20, maxLength: 20 }),
          (found, values) =>
            uncovered(conditionsOf(found, key), key, [ABSENT, ...values.map((text) => known(text))]) === undefined
        ),
        { numRuns: 200 }
      )
    })
  })
}

const letters = (most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'A', '*'), minLength: 1, maxLength: most })
promise(
  'texts',
  ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'BinaryEquals', 'StringEqualsIfExists'],
  fc.constantFrom('a', 'b', 'A', 'ab', 'other', 'otherx'),
  fc.oneof(letters(2), fc.constantFrom('other', 'otherx', 'x'))
)
promise('patterns of texts', ['StringLike', 'StringNotLike', 'StringEquals'], letters(3), letters(4))
promise(
  'ARNs',
  ['ArnLike', 'ArnNotEquals'],
  fc.constantFrom('arn:aws:kms:*:1:key/*', 'arn:aws:kms:us-?:*:key/a', 'arn:*:*:*:*:*'),
  fc.constantFrom(
    'arn:aws:kms:us-1:1:key/a',
    'arn:aws:kms:us-1:2:key/a',
    'arn:aws:kms:eu:1:key/b',
    'arn:a:b:c:d:e',
    'a',
    'arn:aws:kms:us:1:1:key/a'
  )
)
promise(
  'patterns that hold colons',
  ['StringLike', 'StringNotLike'],
  fc.string({ unit: fc.constantFrom('a', ':', '*', '?'), minLength: 1, maxLength: 4 }),
  fc.string({ unit: fc.constantFrom('a', 'b', ':'), minLength: 1, maxLength: 4 })
)
promise(
  'ARNs, whose letters have case',
  ['ArnLike', 'ArnNotLike'],
  fc.constantFrom('arn:a:b:c:d:E', 'arn:a:b:c:d:e', 'arn:a:?:c:d:*'),
  fc.constantFrom('arn:a:b:c:d:E', 'arn:a:b:c:d:e', 'arn:a:B:c:d:E', 'ARN:a:b:c:d:e', 'arn:a:b:c:d:x')
)
promise(
  'booleans',
  ['Bool', 'Null'],
  fc.constantFrom('true', 'FALSE'),
  fc.constantFrom('true', 'false'),
  'aws:securetransport'
)
promise(
  'booleans of a key that AWS does not list',
  ['Bool'],
  fc.constantFrom('true', 'false'),
  fc.constantFrom('true', 'false')
)

const number = fc
  .tuple(fc.integer({ min: -30, max: 30 }), fc.constantFrom('', '.5', '.25'))
  .map(([whole, part]) => `${whole}${part}`)
promise(
  'numbers',
  [
    'NumericEquals',
    'NumericNotEquals',
    'NumericLessThan',
    'NumericLessThanEquals',
    'NumericGreaterThan',
    'NumericGreaterThanEquals'
  ],
  number,
  number,
  'aws:multifactorauthage'
)
const date = fc.oneof(
  fc.integer({ min: 0, max: 5_000_000_000 }).map(String),
  fc.constantFrom('2026-11-23', '2026-11-23T12:00:00Z')
)
promise(
  'dates',
  ['DateEquals', 'DateLessThan', 'DateGreaterThanEquals', 'DateNotEquals'],
  date,
  date,
  'aws:currenttime'
)

const byte = fc.constantFrom(0, 1, 127, 128, 254, 255)
const v4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'))
const v6 = fc
  .array(fc.constantFrom('0', '1', '7fff', '8000', 'ffff'), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.join(':'))
const block = fc.oneof(
  v4,
  v6,
  fc.tuple(v4, fc.integer({ min: 0, max: 32 })).map(([address, prefix]) => `${address}/${prefix}`),
  fc.tuple(v6, fc.integer({ min: 0, max: 128 })).map(([address, prefix]) => `${address}/${prefix}`)
)
promise('addresses', ['IpAddress', 'NotIpAddress'], block, fc.oneof(v4, v6), 'aws:sourceip')

promise(
  'a tag may hold a text where a number is asked for',
  ['NumericLessThan', 'NumericNotEquals'],
  fc.constantFrom('5', '7'),
  fc.constantFrom('4', '5', '6', '8', 'text'),
  'aws:principaltag/a'
)
promise(
  'or a date',
  ['DateLessThan', 'DateNotEquals'],
  fc.constantFrom('5', '7', '2020'),
  fc.constantFrom('4', '5', '6', '8', '2019', '2020', '2021', 'text'),
  'aws:principaltag/a'
)
const long = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.constantFrom('12345678901234567890', '0'),
    fc.constantFrom('', '.000000000000000000001', '.000000000000000000003', '.5')
  )
  .map((parts) => parts.join(''))
promise(
  'numbers that a double could not tell apart',
  ['NumericLessThan', 'NumericGreaterThan', 'NumericEquals'],
  long,
  fc.oneof(long, fc.constantFrom('0.000000000000000000002', '12345678901234567890.000000000000000000002'))
)
const instant = fc.constantFrom(
  '999999999999999',
  '-999999999999999',
  '1',
  '1969',
  '1970-01-01T01:23:20Z',
  '5000.0',
  '0.000000001',
  '0.000000003',
  '9999-12-31T23:59:59Z',
  '0001-01-01'
)
promise(
  'dates that are seldom met',
  ['DateEquals', 'DateLessThan', 'DateGreaterThan'],
  instant,
  fc.oneof(instant, fc.constantFrom('5001.0', '4999.5', '0.000000002', '-999999999999998')),
  'aws:currenttime'
)
promise(
  'an encryption context, too',
  ['NumericLessThan', 'NumericNotEquals'],
  fc.constantFrom('5', '7'),
  fc.constantFrom('4', '5', '6', '8', 'text'),
  'kms:encryptioncontext:a'
)

t.test('keys of several values: every list of the values that count', async (t) => {
  for (const [key, operators] of [
    [
      'aws:tagkeys',
      ['ForAllValues:StringEquals', 'ForAnyValue:StringLike', 'ForAnyValue:StringNotEquals', 'Null', 'StringEquals']
    ],
    ['s3:listed', ['ForAllValues:StringEquals', 'ForAnyValue:StringEquals']]
  ] as const) {
    const conditions = conditionsOf(
      operators.map((operator) => [operator, operator === 'Null' ? ['true'] : ['a', 'b']]),
      key
    )
    t.equal(
      uncovered(conditions, key, [
        ABSENT,
        ...[['a'], ['b'], ['c'], ['a', 'b'], ['a', 'c'], ['b', 'c'], ['a', 'b', 'c']].map((value) => known(value))
      ]),
      undefined,
      key
    )
  }
  const single = candidateValues(
    KEY,
    MAY_BE_ABSENT,
    conditionsOf([['ForAnyValue:StringEquals', ['a']]], KEY),
    alone(KEY)
  )
  t.ok(
    single.values.every((value) => value.state !== 'known' || !value.list),
    'a key of KMS that is not multivalued has one value'
  )
  const most = conditionsOf([['ForAnyValue:StringEquals', ['1', '2', '3', '4', '5', '6', '7']]], 'aws:tagkeys')
  t.equal(candidateValues('aws:tagkeys', MAY_BE_ABSENT, most, alone('aws:tagkeys')).values.length, 2 ** 8)
  const tooMany = conditionsOf([['ForAnyValue:StringEquals', ['1', '2', '3', '4', '5', '6', '7', '8']]], 'aws:tagkeys')
  t.strictSame(candidateValues('aws:tagkeys', MAY_BE_ABSENT, tooMany, alone('aws:tagkeys')), {
    values: [],
    exact: false
  })
})

t.test('a key that is known to be there is never absent', async (t) => {
  const conditions = conditionsOf([['StringEquals', ['a']]], KEY)
  t.ok(candidateValues(KEY, MAY_BE_ABSENT, conditions, alone(KEY)).values.includes(ABSENT))
  t.notOk(
    candidateValues(KEY, { state: 'unknown', mayBeAbsent: false }, conditions, alone(KEY)).values.includes(ABSENT)
  )
})

t.test('a value that is known to be like a pattern is like it in every case', async (t) => {
  const conditions = conditionsOf([['StringLike', ['s3.*', 'ec2.a']]], KEY)
  const found = candidateValues(
    KEY,
    { state: 'unknown', mayBeAbsent: false, like: ['s3.*.com', 'ec2.?'] },
    conditions,
    alone(KEY)
  )
  const texts = found.values.flatMap((value) => (value.state === 'known' ? value.values : []))
  t.ok(found.exact)
  t.ok(
    texts.every((text) => /^(s3\..*\.com|ec2\..)$/.test(text)),
    texts.join()
  )
  t.ok(
    ['ec2.a', /^ec2\.[^a]$/, /^s3\./].every((wanted) =>
      texts.some((text) => (typeof wanted === 'string' ? text === wanted : wanted.test(text)))
    ),
    texts.join()
  )
  const age = 'aws:multifactorauthage'
  t.notOk(
    candidateValues(
      age,
      { state: 'unknown', mayBeAbsent: false, like: ['1?'] },
      conditionsOf([['NumericLessThan', ['15']]], age),
      alone(age)
    ).exact,
    'which numbers are like a pattern is not reckoned'
  )
  t.notOk(
    candidateValues(KEY, { state: 'unknown', mayBeAbsent: false, like: ['*'] }, conditions, alone(KEY, ['x'])).exact,
    'a variable might need a value outside'
  )
})

t.test('what a variable is compared with is among the values', async (t) => {
  const { values } = candidateValues(
    KEY,
    MAY_BE_ABSENT,
    conditionsOf([['StringEquals', ['5']]], KEY),
    alone(KEY, ['text'])
  )
  t.strictSame(values.flatMap((value) => (value.state === 'known' ? value.values : [])).sort(), ['5', 'other', 'text'])
})

t.test('numbers, dates and addresses beside texts have more ways to fare than are reckoned with', async (t) => {
  const exact = (
    operators: ReadonlyArray<readonly [string, string]>,
    key = KEY,
    texts: readonly string[] = []
  ): boolean =>
    candidateValues(
      key,
      MAY_BE_ABSENT,
      conditionsOf(
        operators.map(([operator, value]) => [operator, [value]]),
        key
      ),
      alone(key, texts)
    ).exact
  t.notOk(
    exact(
      [
        ['IpAddress', '0.0.0.0/0'],
        ['StringLike', '1*']
      ],
      'aws:sourceip'
    ),
    '10.0.0.1 is both'
  )
  t.notOk(
    exact([
      ['NumericLessThan', '5'],
      ['StringNotEquals', '4']
    ]),
    '4.0 is less and another text'
  )
  t.notOk(
    exact([
      ['NumericLessThan', '5'],
      ['DateLessThan', '2020']
    ])
  )
  t.notOk(
    exact([
      ['DateLessThan', '2020'],
      ['StringLike', '2*']
    ])
  )
  t.notOk(
    exact([
      ['BinaryEquals', 'YQ=='],
      ['IpAddress', '::/0']
    ])
  )
  t.notOk(
    candidateValues(KEY, MAY_BE_ABSENT, conditionsOf([['NumericLessThan', ['5']]], KEY), {
      keys: new Set([KEY, 'aws:a']),
      patterns: [],
      folded: false
    }).exact,
    'nor where it is compared with another key'
  )
  t.notOk(exact([['NumericLessThan', '5']], KEY, ['text']), 'nor beside a variable')
  t.ok(
    exact([
      ['NumericLessThan', '5'],
      ['Null', 'true']
    ])
  )
  t.notOk(exact([['NumericLessThan', '1'.repeat(101)]]), 'a number of more than 100 digits')
  t.ok(exact([['NumericLessThan', '1'.repeat(100)]]))
  t.notOk(exact([['NumericLessThan', `0.${'1'.repeat(101)}`]]))
})

t.test('keys that are true or false whenever they are sent, and keys of several values', async (t) => {
  const like = (key: string): readonly ContextValue[] =>
    candidateValues(key, MAY_BE_ABSENT, conditionsOf([['StringEquals', ['x']]], key), alone(key)).values
  for (const name of [
    'aws:SecureTransport',
    'aws:MultiFactorAuthPresent',
    'aws:PrincipalIsAWSService',
    'aws:ViaAWSService',
    'aws:IsMcpServiceAction',
    'kms:GrantIsForAWSResource',
    'kms:BypassPolicyLockoutSafetyCheck',
    'kms:MultiRegion'
  ]) {
    t.strictSame(like(name.toLowerCase()), [ABSENT, known('true'), known('false')], name)
  }
  for (const name of [
    'kms:EncryptionContextKeys',
    'kms:GrantOperations',
    'kms:ResourceAliases',
    'aws:TagKeys',
    'aws:PrincipalOrgPaths',
    'aws:SourceOrgPaths',
    'aws:ResourceOrgPaths',
    'aws:VpceOrgPaths',
    'aws:CalledVia',
    'aws:PrincipalServiceNamesList'
  ]) {
    const values = like(name.toLowerCase())
    t.ok(
      values.length === 4 &&
        values.every((value) => value.state === 'absent' || (value.state === 'known' && value.list)),
      name
    )
  }
  const lists = (values: readonly ContextValue[]): number =>
    values.filter((value) => value.state === 'known' && value.list).length
  t.equal(lists(like('s3:prefix')), 0, 'any other has one')
  const linked = { keys: new Set(['s3:prefix', 'aws:tagkeys']), patterns: [], folded: false }
  t.equal(
    lists(
      candidateValues(
        's3:prefix',
        MAY_BE_ABSENT,
        conditionsOf([['ForAnyValue:StringEquals', ['x']]], 'aws:tagkeys'),
        linked
      ).values
    ),
    0,
    'whatever is asked of one that it is compared with'
  )
  const secure = { keys: new Set([KEY, 'aws:securetransport']), patterns: [], folded: false }
  const texts = candidateValues(KEY, MAY_BE_ABSENT, [], secure).values.flatMap((value) =>
    value.state === 'known' ? value.values : []
  )
  t.ok(texts.includes('true') && texts.includes('false'), 'what is compared with a boolean may be one')
})

t.test('the empty text, where a variable is compared with it', async (t) => {
  const isTried = (key: string): boolean => {
    const { values } = candidateValues(key, MAY_BE_ABSENT, conditionsOf([['StringLike', ['a*']]], key), alone(key, ['']))
    return values.some((value) => value.state === 'known' && value.values[0] === '')
  }
  t.ok(isTried('aws:principaltag/a'), 'a tag may be empty')
  t.notOk(isTried(KEY), 'AWS sends no other key empty')
  const set = conditionsOf(
    [
      ['ForAllValues:NumericLessThan', ['5']],
      ['ForAnyValue:NumericLessThan', ['5']]
    ],
    'aws:principaltag/a'
  )
  t.equal(
    uncovered(set, 'aws:principaltag/a', [ABSENT, known('4'), known('6'), known('text'), known('')]),
    undefined,
    'it is no value for a set operator, other texts are'
  )
})

t.test('a key of another service may have one value or several', async (t) => {
  const conditions = conditionsOf(
    [
      ['ForAnyValue:StringEquals', ['a']],
      ['StringEquals', ['a']],
      ['StringEquals', ['b']]
    ],
    's3:listed'
  )
  t.equal(
    uncovered(conditions, 's3:listed', [ABSENT, known('a'), known('b'), known('c'), known(['a']), known(['c'])]),
    undefined
  )
})

t.test('a tag may be empty, and be no boolean; the keys of AWS are not', async (t) => {
  const like = conditionsOf(
    [
      ['StringLike', ['?*']],
      ['StringLike', ['*']]
    ],
    'aws:principaltag/a'
  )
  t.equal(uncovered(like, 'aws:principaltag/a', [known(''), known('a')]), undefined)
  const bool = conditionsOf(
    [
      ['Bool', ['true']],
      ['Bool', ['false']]
    ],
    'aws:principaltag/a'
  )
  t.equal(uncovered(bool, 'aws:principaltag/a', [known('true'), known('FALSE'), known('text'), known('')]), undefined)
  const beside = conditionsOf(
    [
      ['Bool', ['true']],
      ['StringLike', ['*E']]
    ],
    'aws:principaltag/a'
  )
  t.equal(uncovered(beside, 'aws:principaltag/a', [known('true'), known('TRUE'), known('E'), known('x')]), undefined)
  const values = candidateValues(KEY, MAY_BE_ABSENT, conditionsOf([['StringLike', ['?*']]], KEY), alone(KEY)).values
  t.ok(values.every((value) => value.state !== 'known' || value.values[0] !== ''))
})

t.test('patterns that are too many to tell apart', async (t) => {
  const conditions = conditionsOf(
    [['StringLike', Array.from({ length: 26 }, (_, i) => `*${String.fromCharCode(97 + i).repeat(4)}*`)]],
    KEY
  )
  t.strictSame(candidateValues(KEY, MAY_BE_ABSENT, conditions, alone(KEY)), { values: [], exact: false })
})
