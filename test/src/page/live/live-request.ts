import t from 'tap'
import { isReport, readAnswer } from '../../../../src/page/live/live-request.js'

const problem = { title: 'x', status: 401, detail: 'x', code: 'UNAUTHENTICATED', errors: [], instance: 'id' }

t.test('readAnswer: a refusal with what the service requires', (t) => {
  const cases: ReadonlyArray<readonly [number, Record<string, string>, object]> = [
    [401, { 'www-authenticate': 'Bearer' }, { needs: { scheme: 'bearer' } }],
    [401, { 'www-authenticate': 'Bearer error="invalid_token"' }, { needs: { scheme: 'bearer' } }],
    [401, { 'www-authenticate': 'Gateway' }, { needs: { scheme: 'gateway' } }],
    [
      403,
      { 'www-authenticate': 'Bearer error="insufficient_scope", scope="verify:live"' },
      { needs: { scheme: 'bearer', missingScope: 'verify:live' } }
    ],
    [
      403,
      { 'www-authenticate': 'Gateway error="insufficient_scope", scope="verify:live"' },
      { needs: { scheme: 'gateway', missingScope: 'verify:live' } }
    ],
    [403, {}, {}],
    [429, { 'retry-after': '17' }, { retryAfterSeconds: 17 }],
    [503, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, {}],
    [422, {}, {}]
  ]
  for (const [status, headers, expected] of cases) {
    const body = { ...problem, status }
    t.strictSame(readAnswer(status, new Headers(headers), body, isReport), { problem: body, ...expected }, `${status} ${JSON.stringify(headers)}`)
  }
  t.end()
})

t.test('readAnswer: a report; nothing where the answer is not of this service', (t) => {
  const report = { verdict: 'pass', findings: [] }
  t.strictSame(readAnswer(200, new Headers(), report, isReport), { body: report })
  for (const body of [null, 'text', {}, { error: 'Bad gateway' }, []]) {
    t.equal(readAnswer(502, new Headers(), body, isReport), undefined)
    t.equal(readAnswer(200, new Headers(), body, isReport), undefined)
  }
  t.end()
})
