import fc from 'fast-check'
import t from 'tap'
import { compareDecimals, parseDecimal } from '../../../../src/iam/condition/values.js'

function compare (left: string, right: string): number {
  const [a, b] = [parseDecimal(left), parseDecimal(right)]
  if (a === undefined || b === undefined) throw new Error(`no number: ${left}, ${right}`)
  return Math.sign(compareDecimals(a, b))
}

t.test('integers of any length compare by value', async (t) => {
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), (a, b) => compare(String(a), String(b)) === (a < b ? -1 : a > b ? 1 : 0))
    )
  })
})

t.test('fractions, signs and zeros', async (t) => {
  for (const [left, right, order] of [
    ['1.5', '1.50', 0],
    ['-0', '0', 0],
    ['+3', '3', 0],
    ['007', '7', 0],
    ['0.1', '0.09', 1],
    ['1.05', '1.5', -1],
    ['-1.5', '-1.4', -1],
    ['-1', '1', -1],
    ['1', '-1', 1],
    ['10', '9', 1],
    ['0.0', '-0.00', 0],
    ['12.3', '123', -1],
    ['-0.5', '0.5', -1],
    ['-0.5', '-0.25', -1]
  ] as const)
    t.equal(compare(left, right), order, `${left} to ${right}`)
})

t.test('what is not a number', async (t) => {
  for (const text of [
    '',
    ' ',
    '1 ',
    '1abc',
    'abc',
    '1e3',
    '0x10',
    '1.',
    '.5',
    '1.2.3',
    '--1',
    'NaN',
    'Infinity',
    '1,000',
    '１'
  ])
    t.equal(parseDecimal(text), undefined, JSON.stringify(text))
})
