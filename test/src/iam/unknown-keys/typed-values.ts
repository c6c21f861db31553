import t from 'tap'
import { isTyped, typedValues } from '../../../../src/iam/unknown-keys/candidate-values.js'

t.test('numbers: each, one between each two, one below and one above', async (t) => {
  for (const [texts, values] of [
    [
      ['5', '7'],
      ['4', '5', '6', '7', '8']
    ],
    [
      ['10', '2', '10.0'],
      ['1', '2', '6', '10', '11']
    ],
    [
      ['-1', '1'],
      ['-2', '-1', '0', '1', '2']
    ],
    [['0.5'], ['-0.5', '0.5', '1.5']],
    [
      ['0.1', '0.2'],
      ['-0.9', '0.1', '0.15', '0.2', '1.2']
    ],
    [['-0.05'], ['-1.05', '-0.05', '0.95']],
    [['100'], ['99', '100', '101']],
    [
      ['90071992547409930', '90071992547409931'],
      ['90071992547409929', '90071992547409930', '90071992547409930.5', '90071992547409931', '90071992547409932']
    ],
    [['0'], ['-1', '0', '1']],
    [[], []]
  ] as const)
    t.strictSame(typedValues('numeric', texts), values, texts.join())
  t.equal(typedValues('numeric', ['1', '1'.repeat(101)]), undefined, 'one that is too long')
  t.equal(typedValues('numeric', ['1'.repeat(50) + '.' + '1'.repeat(51)]), undefined)
  t.ok(typedValues('numeric', ['1'.repeat(50) + '.' + '1'.repeat(50)]))
})

t.test('dates, in epoch seconds', async (t) => {
  for (const [texts, values] of [
    [['2020-01-01'], ['1577836799.0', '1577836800.0', '1577836801.0']],
    [
      ['10', '0'],
      ['-1.0', '0.0', '5.0', '10.0', '11.0']
    ],
    [
      ['0.25', '0.75'],
      ['-0.75', '0.25', '0.5', '0.75', '1.75']
    ],
    [['5000.0'], ['4999.0', '5000.0', '5001.0']],
    [['999999999999999'], ['999999999999998.0', '999999999999999.0']],
    [
      ['1970-01-01T00:00:00Z', '0'],
      ['-1.0', '0.0', '1.0']
    ]
  ] as const)
    t.strictSame(typedValues('date', texts), values, texts.join())
})

t.test('addresses: the first of each block and the first behind it', async (t) => {
  for (const [texts, values] of [
    [['10.0.0.0/8'], ['10.0.0.0', '11.0.0.0']],
    [['10.9.8.7/8'], ['10.0.0.0', '11.0.0.0']],
    [['1.2.3.4'], ['1.2.3.4', '1.2.3.5']],
    [['1.2.3.255'], ['1.2.3.255', '1.2.4.0']],
    [['255.255.255.0/24'], ['255.255.255.0']],
    [['0.0.0.0/0'], []],
    [['::/0'], []],
    [['2001:db8::/32'], ['2001:db8:0:0:0:0:0:0', '2001:db9:0:0:0:0:0:0']],
    [['ffff::/16'], ['ffff:0:0:0:0:0:0:0']],
    [['::1'], ['0:0:0:0:0:0:0:1', '0:0:0:0:0:0:0:2']]
  ] as const) {
    // The first addresses of all may come in two spellings.
    const zero = (address: string): boolean => ['0.0.0.0', '::', '0:0:0:0:0:0:0:0'].includes(address)
    const found = typedValues('ip', texts) ?? []
    t.strictSame(
      found.filter((address) => !zero(address)),
      values,
      texts.join()
    )
    t.ok(found.includes('0.0.0.0') && found.includes('::'), 'what is in none of the blocks')
  }
})

t.test('which families are typed, and how many values are reckoned with', async (t) => {
  t.strictSame(typedValues('boolean', ['true']), ['true', 'false'])
  for (const family of ['numeric', 'date', 'ip', 'boolean'] as const) t.ok(isTyped(family), family)
  for (const family of ['exact', 'ignoreCase', 'like', 'arn', 'binary', 'null'] as const)
    t.notOk(isTyped(family), family)
  t.equal(typedValues('exact', ['a']), undefined)
  const many = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i))
  t.equal(typedValues('numeric', many(1_000))?.length, 2_001)
  t.equal(typedValues('numeric', many(1_001)), undefined)
})
