import t from 'tap'
import {
  type Condition,
  conditionHolds,
  conditionsHold,
  parseConditions
} from '../../../../src/iam/condition/condition.js'
import { OPERATORS } from '../../../../src/iam/condition/operators.js'
import { ABSENT, type ContextValue, known, RequestContext, UNKNOWN } from '../../../../src/iam/match/request-context.js'
import { MAYBE, NO, type Truth, YES } from '../../../../src/iam/match/truth.js'

const KEY = 'aws:PrincipalTag/a'
function read (element: unknown, variables = true): { conditions: Condition[]; issues: string[] } {
  const issues: string[] = []
  const conditions = parseConditions(element, variables, '', ({ pointer, what }) => {
    issues.push(`${pointer}: ${what}`)
  })
  return { conditions, issues }
}

const PRESENT: ContextValue = { state: 'unknown', mayBeAbsent: false }
function hold (
  operator: string,
  values: unknown,
  value: ContextValue,
  more: Record<string, ContextValue> = {}
): { truth: Truth; unknown: string[] } {
  const { conditions, issues } = read({ [operator]: { [KEY]: values } })
  const [condition] = conditions
  if (condition === undefined) throw new Error(issues.join())
  const unknown: string[] = []
  return {
    truth: conditionHolds(condition, new RequestContext([[KEY, value], ...Object.entries(more)]), (key) => {
      unknown.push(key)
    }),
    unknown
  }
}

t.test('every operator of the User Guide, with a value that fits and one that does not', async (t) => {
  const table: Record<string, readonly [policy: string, fits: string, differs: string]> = {
    StringEquals: ['a', 'a', 'A'],
    StringEqualsIgnoreCase: ['aB', 'Ab', 'a'],
    StringLike: ['a*?', 'abc', 'a'],
    ArnEquals: ['arn:aws:s3:::a*', 'arn:aws:s3:::ab', 'arn:aws:s3:::b'],
    ArnLike: ['arn:*:s3:::a', 'arn:aws-cn:s3:::a', 'arn:aws:s3:x::a'],
    NumericEquals: ['1.0', '1', '1.01'],
    DateEquals: ['2026-11-23', '2026-11-23T00:00:00Z', '2026-11-24'],
    IpAddress: ['10.0.0.0/8', '10.1.2.3', '11.0.0.0']
  }
  for (const [name, [policy, fits, differs]] of Object.entries(table)) {
    const negated = name.startsWith('Ip') ? `Not${name}` : name.replace(/^(String|Arn|Numeric|Date)/, '$1Not')
    for (const [value, expected] of [
      [fits, YES],
      [differs, NO]
    ] as const) {
      t.equal(hold(name, policy, known(value)).truth, expected, `${name} ${value}`)
      t.equal(hold(negated, policy, known(value)).truth, expected === YES ? NO : YES, `${negated} ${value}`)
    }
    t.equal(hold(name, policy, ABSENT).truth, NO)
    t.equal(hold(negated, policy, ABSENT).truth, YES)
  }
  for (const [name, policy, fits, differs] of [
    ['NumericLessThan', '5', ['4'], ['5', '6', 'x']],
    ['NumericLessThanEquals', '5', ['4', '5'], ['6']],
    ['NumericGreaterThan', '5', ['6'], ['5', '4', 'x']],
    ['NumericGreaterThanEquals', '5', ['5', '6'], ['4']],
    ['DateLessThan', '100', ['99'], ['100', '101', 'x']],
    ['DateLessThanEquals', '100', ['99', '100'], ['101']],
    ['DateGreaterThan', '100', ['101'], ['100', '99', 'x']],
    ['DateGreaterThanEquals', '100', ['100', '101'], ['99']],
    ['Bool', 'TRUE', ['true', 'True'], ['false', 'x']],
    ['BinaryEquals', 'QQ==', ['QQ=='], ['qq==']],
    ['IpAddress', '10.0.0.1', ['10.0.0.1'], ['10.0.0.2', 'x', '::1']]
  ] as const) {
    for (const value of fits) t.equal(hold(name, policy, known(value)).truth, YES, `${name} ${value}`)
    for (const value of differs) t.equal(hold(name, policy, known(value)).truth, NO, `${name} ${value}`)
  }
  t.equal(OPERATORS.size, 27)
})

t.test('parseConditions: values that an operator cannot read, reported, and the condition is left out', async (t) => {
  for (const [operator, values] of [
    ['NumericEquals', 'x'],
    ['DateEquals', 'x'],
    ['Bool', 'yes'],
    ['Bool', 'xtrue'],
    ['Bool', 'truex'],
    ['Bool', '${aws:a}'],
    ['BinaryEquals', '!'],
    ['BinaryEquals', 'a=b'],
    ['BinaryEquals', 'a==='],
    ['BinaryEquals', '!QQ=='],
    ['IpAddress', '10.0.0.0/33'],
    ['ArnLike', 'arn:aws:s3'],
    ['ArnEquals', '*'],
    ['Null', 'maybe'],
    ['StringEquals', null],
    ['StringEquals', ['a', {}]],
    ['StringEquals', [['a']]],
    ['StringLike', '${'],
    ['StringEquals', '${bucket}']
  ] as const) {
    t.match(
      read({ [operator]: { [KEY]: values } }),
      { conditions: [], issues: [new RegExp(`^/${operator}/aws:PrincipalTag~1a: `)] },
      `${operator} ${JSON.stringify(values)}`
    )
  }
  t.match(read({ StringEquals: { a: [], 'b:c': 5, 'd:e': true } }).conditions, [
    { key: 'a', values: [] },
    { key: 'b:c', values: [{ text: '5' }] },
    { key: 'd:e', values: [{ text: 'true' }] }
  ])
  t.match(
    read({ StringEquals: { [KEY]: '${' } }, false),
    { issues: [], conditions: [{ values: [{ text: '${' }] }] },
    'without variables it is text'
  )
})

t.test('names of operators', async (t) => {
  t.match(read({ 'forallVALUES:stringLIKEifexists': { [KEY]: 'a' } }).conditions, [
    {
      operatorName: 'forallVALUES:stringLIKEifexists',
      set: 'forAllValues',
      ifExists: true,
      keyName: KEY,
      key: KEY.toLowerCase()
    }
  ])
  t.match(read({ 'ForAnyValue:Bool': { [KEY]: 'true' } }).conditions, [{ set: 'forAnyValue', ifExists: false }])
  t.match(read({ StringEqualsIfExists: { [KEY]: 'a' }, Bool: { [KEY]: 'true' } }).conditions, [
    { set: undefined, ifExists: true },
    { set: undefined, ifExists: false }
  ])
  for (const name of [
    'NullIfExists',
    'ForAllValues:NullIfExists',
    'ForAllValues:',
    'IfExists',
    'StringEqual',
    'ForSomeValues:StringEquals',
    '',
    '__proto__',
    'constructor'
  ]) {
    t.equal(read(JSON.parse(`{${JSON.stringify(name)}:{"a:b":"c"}}`)).issues.length, 1, name)
  }
  for (const element of [null, [], 'x', 5])
    t.strictSame(read(element), { conditions: [], issues: [': Condition is not an object'] })
  t.match(read({ [`x${'y'.repeat(200)}`]: {} }).issues, [/^.{200,330}$/], 'a name of any length is cut')
})

t.test('the state of the key decides, row by row', async (t) => {
  for (const [operator, absent, unknown, present] of [
    ['StringEquals', NO, MAYBE, MAYBE],
    ['StringNotEquals', YES, MAYBE, MAYBE],
    ['StringEqualsIfExists', YES, MAYBE, MAYBE],
    ['StringNotEqualsIfExists', YES, MAYBE, MAYBE],
    ['ForAllValues:StringEquals', YES, MAYBE, MAYBE],
    ['ForAnyValue:StringEquals', NO, MAYBE, MAYBE],
    ['ForAnyValue:StringNotEquals', NO, MAYBE, MAYBE],
    ['ForAnyValue:StringEqualsIfExists', YES, MAYBE, MAYBE]
  ] as const) {
    t.match(hold(operator, 'a', ABSENT), { truth: absent, unknown: [] }, operator)
    t.match(hold(operator, 'a', UNKNOWN), { truth: unknown, unknown: [KEY.toLowerCase()] }, operator)
    t.match(hold(operator, 'a', PRESENT), { truth: present, unknown: [KEY.toLowerCase()] }, operator)
  }
  for (const [asked, absent, there] of [
    ['true', YES, NO],
    ['false', NO, YES],
    [['true', 'false'], YES, YES]
  ] as const) {
    t.equal(hold('Null', asked, ABSENT).truth, absent)
    t.match(hold('Null', asked, PRESENT), { truth: there, unknown: [] }, 'that it is there is known')
    t.equal(hold('Null', asked, known('a')).truth, there)
    t.match(hold('Null', asked, UNKNOWN), { truth: MAYBE, unknown: [KEY.toLowerCase()] })
  }
})

t.test('several values, on either side', async (t) => {
  t.equal(hold('StringEquals', ['a', 'b'], known('b')).truth, YES)
  t.equal(hold('StringNotEquals', ['a', 'b'], known('b')).truth, NO)
  t.equal(hold('StringNotEquals', ['a', 'b'], known('c')).truth, YES)
  t.equal(hold('StringEquals', ['a'], known(['a'])).truth, NO, 'a list needs a set operator')
  t.equal(hold('StringNotEquals', ['a'], known(['b'])).truth, NO)
  for (const [values, all, any, anyNot] of [
    [['a'], YES, YES, NO],
    [['a', 'b'], YES, YES, NO],
    [['a', 'c'], NO, YES, YES],
    [['c'], NO, NO, YES]
  ] as const) {
    t.equal(hold('ForAllValues:StringEquals', ['a', 'b'], known(values)).truth, all)
    t.equal(hold('ForAnyValue:StringEquals', ['a', 'b'], known(values)).truth, any)
    t.equal(hold('ForAnyValue:StringNotEquals', ['a', 'b'], known(values)).truth, anyNot)
  }
})

t.test('values with variables', async (t) => {
  const V = '${kms:ViaService}'
  t.equal(hold('StringEquals', V, known('x'), { 'kms:ViaService': known('x') }).truth, YES)
  t.equal(hold('StringEquals', V, known('x'), { 'kms:ViaService': known('y') }).truth, NO)
  t.equal(hold('StringEquals', V, known('x')).truth, NO, 'without value: equals nothing')
  t.equal(hold('StringNotEquals', V, known('x')).truth, YES)
  t.match(hold('StringEquals', V, known('x'), { 'kms:ViaService': UNKNOWN }), {
    truth: MAYBE,
    unknown: ['kms:viaservice']
  })
  t.match(hold('StringNotEquals', V, known('x'), { 'kms:ViaService': UNKNOWN }), { truth: MAYBE })
  t.match(hold('StringEquals', ['x', V], known('x'), { 'kms:ViaService': UNKNOWN }), { truth: YES, unknown: [] })
  t.strictSame(
    hold('StringEquals', `${V}\${aws:PrincipalAccount}`, UNKNOWN, {
      'kms:ViaService': UNKNOWN,
      'aws:PrincipalAccount': known('1')
    }).unknown,
    [KEY.toLowerCase(), 'kms:viaservice'],
    'every key that it depends on is reported, and no other'
  )
  t.strictSame(
    hold('StringEquals', `${V}\${aws:PrincipalAccount}`, known('x'), {
      'kms:ViaService': UNKNOWN,
      'aws:PrincipalAccount': known('1')
    }).unknown,
    ['kms:viaservice']
  )
  t.equal(hold('StringLike', `${V}*`, known('xyz'), { 'kms:ViaService': known('x') }).truth, YES)
  t.equal(hold('StringEqualsIgnoreCase', V, known('X'), { 'kms:ViaService': known('x') }).truth, YES)
  t.equal(hold('ArnLike', V, known('arn:aws:s3:::a'), { 'kms:ViaService': known('arn:aws:s3:::a') }).truth, YES)
  t.equal(hold('ArnLike', V, known('x'), { 'kms:ViaService': known('x') }).truth, NO, 'what is no ARN equals none')
  t.equal(hold('ArnNotLike', V, known('x'), { 'kms:ViaService': known('x') }).truth, YES)
})

// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
t.test('conditionsHold: an empty list, allows nothing, and what it denies is not certain', (t) => {
  for (const [operator, inDeny] of [
    ['StringEquals', MAYBE],
    ['StringNotEquals', MAYBE],
    ['Null', MAYBE],
    ['ForAnyValue:StringEquals', NO]
  ] as const) {
    const { conditions } = read({ [operator]: { [KEY]: [] } })
    const holds = (ofAllow: boolean): unknown =>
      conditionsHold(conditions, new RequestContext([[KEY, known('a')]]), () => {}, ofAllow)
    t.equal(holds(true), NO, operator)
    t.equal(holds(false), inDeny, operator)
  }
  t.end()
})

t.test('conditionsHold: several conditions, all must hold, and a settled result depends on no key', async (t) => {
  const all = (second: string, context: Record<string, ContextValue>): { truth: Truth; unknown: string[] } => {
    const unknown: string[] = []
    const { conditions } = read({ StringEquals: { 'aws:a': 'a', 'aws:b': second } })
    return {
      truth: conditionsHold(conditions, new RequestContext(Object.entries(context)), (key) => {
        unknown.push(key)
      }),
      unknown
    }
  }
  t.match(all('b', { 'aws:a': known('a'), 'aws:b': known('b') }), { truth: YES })
  t.match(all('b', { 'aws:a': known('a'), 'aws:b': known('c') }), { truth: NO })
  t.match(all('b', { 'aws:a': known('a'), 'aws:b': UNKNOWN }), { truth: MAYBE, unknown: ['aws:b'] })
  t.match(all('b', { 'aws:a': UNKNOWN, 'aws:b': known('c') }), { truth: NO })
  t.match(all('b', { 'aws:a': known('c'), 'aws:b': UNKNOWN }), { truth: NO, unknown: [] })
  t.equal(
    conditionsHold([], new RequestContext([]), () => {}),
    YES
  )
})
