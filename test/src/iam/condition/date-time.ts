import fc from 'fast-check'
import t from 'tap'
import { parseDateTime } from '../../../../src/iam/condition/values.js'

t.test('ISO 8601, as Date reads it', async (t) => {
  const date = fc.date({
    min: new Date('0100-01-01T00:00:00Z'),
    max: new Date('9999-12-31T00:00:00Z'),
    noInvalidDate: true
  })
  t.doesNotThrow(() => {
    fc.assert(fc.property(date, (time) => parseDateTime(time.toISOString()) === time.getTime()))
  })
})

t.test('the shorter forms of the W3C profile, and zones', async (t) => {
  const noon = Date.UTC(2026, 10, 23, 12)
  for (const [text, time] of [
    ['2026', Date.UTC(2026, 0, 1)],
    ['2026-11', Date.UTC(2026, 10, 1)],
    ['2026-11-23', Date.UTC(2026, 10, 23)],
    ['2026-11-23T12:00Z', noon],
    ['2026-11-23T12:00:00', noon],
    ['2026-11-23t12:00:00z', noon],
    ['2026-11-23T21:00:00+09:00', noon],
    ['2026-11-23T08:30:00-03:30', noon],
    ['2026-11-23T12:00:00.25Z', noon + 250],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2026-11-22T24:00:00Z', Date.UTC(2026, 10, 23)],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)]
  ] as const)
    t.equal(parseDateTime(text), time, text)
})

t.test('epoch seconds', async (t) => {
  t.equal(parseDateTime('0'), 0)
  t.equal(parseDateTime('1790000000'), 1_790_000_000_000)
  t.equal(parseDateTime('1790000000.5'), 1_790_000_000_500)
  t.equal(parseDateTime('-1'), -1_000)
})

t.test('what is no date', async (t) => {
  for (const text of [
    '',
    'yesterday',
    '2026-13-01',
    '2026-00-01',
    '2026-02-30',
    '2023-02-29',
    '2026-01-32',
    '2026-01-00',
    '2026-01-01T25:00:00Z',
    '2026-01-01T12:60:00Z',
    '2026-01-01T12:00:61Z',
    '2026-01-01T12',
    '26-01-01',
    '2026-1-1',
    '2026-01-01 12:00:00',
    '1e9',
    '12345678901234567'
  ])
    t.equal(parseDateTime(text), undefined, text)
})
