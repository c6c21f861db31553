import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'

const RUN = new URL('../../conformance/run.ts', import.meta.url).pathname
const ROLE = 'arn:aws:iam::111122223333:role/R'
const question = {
  principal: { kind: 'role', value: ROLE },
  action: 'kms:Decrypt',
  resource: { arn: 'arn:aws:kms:us-east-1:111122223333:key/k', accountId: '111122223333' },
  context: {},
  resourcePolicy: {
    Version: '2012-10-17',
    Statement: [{ Sid: 'Use', Effect: 'Allow', Principal: { AWS: ROLE }, Action: 'kms:Decrypt', Resource: '*' }]
  }
}

const MANY_KEYS = Array.from({ length: 20 }, (_, i) => `aws:PrincipalTag/${i}`)

function start (t: { teardown: (end: () => void) => void }): ChildProcessByStdio<Writable, Readable, null> {
  const child = spawn(process.execPath, ['--import', 'tsx', RUN], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 300_000
  })
  t.teardown(() => {
    child.kill()
  })
  return child
}

t.test('one line in, one line out, in order, and nothing else', async (t) => {
  const child = start(t)
  const lines = [
    JSON.stringify({ id: 'a', ...question }),
    '{"id":"b"',
    '{"id":"c","principal":5}',
    '',
    `${JSON.stringify({ id: 4, ...question, action: 'kms:Encrypt' })}\r`,
    '[]',
    JSON.stringify({ id: 'd', ...question, surprise: true }),
    JSON.stringify({ id: 'e', ...question, identityPolicies: [5], grants: [{ Operations: 'Decrypt' }] }),
    JSON.stringify({ id: 'ü€', ...question }),
    JSON.stringify({
      id: 'f',
      ...question,
      unknown: MANY_KEYS,
      resourcePolicy: {
        Version: '2012-10-17',
        Statement: [
          {
            ...question.resourcePolicy.Statement[0],
            Condition: { StringEquals: Object.fromEntries(MANY_KEYS.map((key) => [key, 'x'])) }
          }
        ]
      }
    }),
    `{"__proto__":{"action":"kms:Encrypt"},${JSON.stringify({ id: 'g', ...question }).slice(1)}`,
    `${JSON.stringify({ id: 'h', ...question }).slice(0, -1)},"resourcePolicy":{"Version":"2012-10-17","Statement":[]}}`,
    JSON.stringify({ id: 'i', ...question, padding: 'x'.repeat(2_000_000) }),
    `{"id":"j","resourcePolicy":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  ]
  child.stdin.end(lines.join('\n'))
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const answers: unknown[] = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.equal(code, 0)
  t.match(answers, [
    {
      id: 'a',
      decision: 'allowed',
      matchedStatements: [{ policy: 'resourcePolicy', sid: 'Use', index: 0, effect: 'Allow' }],
      missingContextValues: [],
      unsupported: []
    },
    { id: null, error: String },
    { id: 'c', error: String },
    { id: null, error: String },
    { id: 4, decision: 'implicitDeny' },
    { id: null, error: String },
    { id: 'd', decision: 'allowed' },
    {
      id: 'e',
      decision: 'unknown',
      unsupported: [{ policy: 'identityPolicies/0' }, { policy: 'grants', pointer: '/0' }]
    },
    { id: 'ü€', decision: 'allowed' },
    { id: 'f', decision: 'conditional', missingContextValues: MANY_KEYS, capped: true },
    { id: 'g', decision: 'allowed' },
    { id: 'h', decision: 'unknown', unsupported: [{ policy: 'resourcePolicy/0' }] },
    { id: 'i', decision: 'allowed' },
    { id: 'j', error: String }
  ])
  t.notOk(output.includes('"capped":false'))
  t.equal(answers.length, lines.length)
})

t.test('many lines, of which a slow reader takes all', async (t) => {
  const child = start(t)
  const line = `${JSON.stringify({ id: 1, ...question })}\n`
  child.stdin.end(line.repeat(20_000))
  let answered = 0
  for await (const chunk of child.stdout) {
    answered += String(chunk).split('\n').length - 1
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.equal(answered, 20_000)
})

t.test('bytes that are no UTF-8 cost their own line', async (t) => {
  const child = start(t)
  const good = JSON.stringify({ id: 1, ...question })
  child.stdin.end(
    Buffer.concat([
      Buffer.from([0xff, 0xfe, 10]),
      Buffer.from(`${good}\r\n`),
      Buffer.from([0xc3]),
      Buffer.from(`\n${good}`)
    ])
  )
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  t.equal(code, 0)
  t.match(
    output
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
    [
      { id: null, error: String },
      { id: 1, decision: 'allowed' },
      { id: null, error: String },
      { id: 1, decision: 'allowed' }
    ]
  )
})

t.test('a reader that has enough ends the run without a fault', async (t) => {
  const child = start(t)
  child.stdin.on('error', () => {})
  child.stdin.end(`${JSON.stringify({ id: 1, ...question })}\n`.repeat(50_000))
  await once(child.stdout, 'data')
  child.stdout.destroy()
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
})
