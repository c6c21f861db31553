import { PassThrough } from 'node:stream'
import pino from 'pino'
import t from 'tap'
import { loggerOptions, redacted } from '../../../src/telemetry/logger.js'

const SECRET = 'wJalrXUtnFEMI/K7MDENG/planted'

function logged (facts: object): Record<string, unknown> {
  const stream = new PassThrough()
  pino(loggerOptions('info'), stream).info(facts, 'a line')
  return JSON.parse(String(stream.read()))
}

t.test('a secret member is cut wherever it stands, and however its name is spelt', async (t) => {
  const holders = [
    { authorization: SECRET },
    { 'X-Api-Key': SECRET, status: 200 },
    { headers: { cookie: SECRET, accept: '*/*' } },
    { a: { b: { c: { d: [{ secretAccessKey: SECRET }, { sessionToken: SECRET }] } } } }
  ]
  for (const holder of holders) {
    const line = JSON.stringify(logged(holder))
    t.notMatch(line, SECRET, line)
    t.match(line, '[redacted]')
  }
})

t.test('redaction: error, only the members that describe it are logged', async (t) => {
  const err = Object.assign(new Error('failed'), {
    code: 'WRONGPASS',
    command: { name: 'auth', args: [SECRET] },
    $response: { headers: { authorization: SECRET } }
  })
  const line = logged({ err })
  t.notMatch(JSON.stringify(line), SECRET)
  t.match(line, { err: { type: 'Error', message: 'failed', code: 'WRONGPASS', stack: /failed/ } })
})

t.test('redaction: other values, are logged unchanged', async (t) => {
  const facts = { path: '/verify', status: 200, ok: true, nothing: null, arns: ['a', 'b'], nested: { verdict: 'pass' } }
  t.match(logged(facts), { ...facts, level: 'info', msg: 'a line', time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ })
  t.match(logged({ err: new TypeError('broken') }), {
    err: { type: 'TypeError', message: 'broken', stack: /TypeError: broken/ }
  })
  t.match(logged({ at: new Date(0) }), { at: '1970-01-01T00:00:00.000Z' })
  const flat = { path: '/', status: 200 }
  t.equal(redacted(flat), flat, 'flat facts are not copied')
})

t.test('what refers to itself ends', async (t) => {
  const circle: Record<string, unknown> = { cookie: SECRET }
  circle['self'] = circle
  t.match(logged({ circle }), { circle: { cookie: '[redacted]', self: { cookie: '[redacted]' } } })
})
