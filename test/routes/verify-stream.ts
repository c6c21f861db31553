import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import type supertest from 'supertest'
import t, { type Test } from 'tap'
import { WORKING } from '../../routes/examples/verification.js'
import type { PolicySource } from '../../src/verify/read/policy-source.js'
import { KEY, listen, ROLE, startApp } from '../helper.js'
import { lineFaults } from '../verification/conforms.js'
import { type Changes, worldOf } from '../verification/scenario.js'

const NDJSON = 'application/x-ndjson'
const { usage, key, role } = WORKING
const ROLES = [ROLE, `${ROLE}2`]
const KEYS = Array.from({ length: 3 }, (_, index) => KEY.replace('1234abcd', `${index}234abcd`))
const many = { ...usage, roleArns: ROLES, kmsKeyArns: KEYS }
const world = worldOf({
  keys: KEYS.map((kmsKeyArn) => ({ ...key, kmsKeyArn })),
  roles: ROLES.map((roleArn) => ({ ...role, roleArn }))
})
const lost = { state: 'notRead', why: 'secret endpoint', cause: 'unavailable' } as const
const outage: Required<Changes> = {
  key: { metadata: lost, keyPolicy: lost, grants: lost },
  role: {
    role: lost,
    trustPolicy: lost,
    permissionsBoundary: lost,
    identityPolicies: { read: [], lost: [{ name: 'all', ...lost }] }
  }
}

type Line = Record<string, unknown> & { type: string }
const linesIn = (text: string): Line[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
const collect = (response: NodeJS.ReadableStream, done: (error: Error | null, body: string) => void): void => {
  let text = ''
  response
    .setEncoding('utf8')
    .on('data', (chunk) => {
      text += String(chunk)
    })
    .on('end', () => {
      done(null, text)
    })
}
const asLines = (request: supertest.Test): supertest.Test =>
  request
    .set('accept', NDJSON)
    .buffer(true)
    .parse((response, done) => {
      if (response instanceof Object) collect(Object(response), done)
    })

t.test('Accept: application/x-ndjson gives a line for each pair, and one line in the log', async (t) => {
  const log: string[] = []
  const { agent } = await startApp(t, {
    policySource: world,
    log: pino(
      { level: 'info' },
      {
        write: (line: string) => {
          log.push(line)
        }
      }
    )
  })
  const answer = await asLines(agent.post('/verify?pretty=true')).send({ usage: many })
  t.equal(answer.status, 200)
  t.equal(answer.headers['content-type'], NDJSON)
  t.ok(answer.headers['x-request-id'])
  t.equal(answer.headers['cache-control'], 'no-store')
  t.notOk(answer.headers['content-length'])
  const lines = linesIn(answer.body)
  t.same(
    lines.map(lineFaults).filter((faults) => faults !== ''),
    []
  )
  t.equal(lines.filter(({ type }) => type === 'report').length, 6)
  t.match(
    lines.at(-1),
    { type: 'summary', verdict: 'fail', pairs: { total: 6 }, reads: { attempts: 1 } },
    "the example's key policy names one role of the two"
  )
  await turn() // a line is written at the end of the iteration of the event loop
  t.match(
    log.map((line) => JSON.parse(line)),
    [{ msg: 'request answered', status: 200, verdict: 'fail', attempts: 1, kmsKeyArns: KEYS }]
  )
  t.equal(log.length, 1)
})

t.test('the Accept header decides, and JSON is the default', async (t) => {
  const { agent } = await startApp(t, { policySource: world })
  const typeFor = async (accept: string): Promise<string | undefined> =>
    (
      await agent
        .post('/verify')
        .set('accept', accept)
        .buffer(true)
        .parse((response, done) => {
          collect(Object(response), done)
        })
        .send({ usage })
    ).headers['content-type']
  for (const accept of [
    '*/*',
    'application/*',
    'application/json',
    'text/csv, application/json;q=0.1',
    `${NDJSON};q=0.5, application/json`,
    `${NDJSON};q=0, */*`
  ])
    t.match(await typeFor(accept), 'application/json', accept)
  for (const accept of [
    NDJSON,
    `${NDJSON}, application/json;q=0.9`,
    `${NDJSON}, */*;q=0.1`,
    `application/json;q=0, ${NDJSON}`
  ])
    t.equal(await typeFor(accept), NDJSON, accept)
  const refused = await agent.post('/verify').set('accept', 'text/csv').send({ usage })
  t.match(refused.body, { code: 'NOT_ACCEPTABLE', status: 406, detail: /json or .* or application\/x-ndjson/ })
  t.equal(
    (await agent.post('/verify/documents').set('accept', NDJSON).send({})).status,
    406,
    'the other operations have no lines'
  )
})

t.test('what is refused before the first line is a problem document with its status', async (t) => {
  const { agent } = await startApp(t, { policySource: worldOf({ keys: [key], roles: [role] }, outage) })
  const cases = [
    [{ usage }, 502, 'AWS_UNAVAILABLE'],
    [{ usage: { ...usage, region: 'eu-north-9' } }, 422, 'INCONSISTENT_USAGE'],
    [{ usage, waitUpTo: 121 }, 400, 'INVALID_REQUEST']
  ] as const
  for (const [body, status, code] of cases) {
    const answer = await agent.post('/verify').set('accept', NDJSON).send(body)
    t.equal(answer.status, status)
    t.equal(answer.headers['content-type'], 'application/problem+json')
    t.equal(answer.body.code, code)
  }
})

t.test('a failure after the first line is the last line, and an error in the log', async (t) => {
  const log: string[] = []
  const broken: PolicySource = {
    ...world,
    readKey: async (arn, signal) => {
      if (arn === KEYS[2]) throw new TypeError('secret fault')
      return await world.readKey(arn, signal)
    }
  }
  const late: PolicySource = {
    ...broken,
    readKey: async (arn, signal) => {
      if (arn === KEYS[2]) await new Promise((resolve) => setTimeout(resolve, 200))
      return await broken.readKey(arn, signal)
    }
  }
  const { agent } = await startApp(t, {
    policySource: late,
    log: pino(
      { level: 'info' },
      {
        write: (line: string) => {
          log.push(line)
        }
      }
    )
  })
  const answer = await asLines(agent.post('/verify')).send({ usage: many })
  t.equal(answer.status, 200)
  const lines = linesIn(answer.body)
  t.equal(lines.filter(({ type }) => type === 'report').length, 4, 'completed reports are sent')
  t.match(lines.at(-1), {
    type: 'problem',
    problem: { code: 'INTERNAL_ERROR', status: 500, instance: answer.headers['x-request-id'] }
  })
  t.equal(lineFaults(lines.at(-1)), '')
  t.notMatch(answer.body, 'secret')
  await turn() // a line is written at the end of the iteration of the event loop
  t.match(
    log.map((line) => JSON.parse(line)),
    [{ msg: 'request failed', code: 'INTERNAL_ERROR', err: { message: 'secret fault' } }]
  )
})

/** Opens a stream and reads no more of it than the test asks for. */
async function open (t: Test, policySource: PolicySource, body: object): Promise<IncomingMessage> {
  const { app } = await startApp(t, { policySource })
  const request = httpRequest({
    port: await listen(app),
    host: '127.0.0.1',
    method: 'POST',
    path: '/verify',
    headers: { accept: NDJSON, 'content-type': 'application/json' }
  })
  request.on('error', () => {})
  request.end(JSON.stringify(body))
  const [response]: unknown[] = await once(request, 'response')
  if (!(response instanceof Object)) throw new TypeError('no response')
  t.teardown(() => request.destroy())
  return Object(response)
}

t.test('the first lines come while AWS is still read, and the reads end when the client leaves', async (t) => {
  const ended: string[] = []
  const hanging: PolicySource = {
    ...world,
    readKey: async (arn, signal) => {
      if (arn === KEYS[0]) return await world.readKey(arn, signal)
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true })
      })
      ended.push(arn)
      return await world.readKey(arn, signal)
    }
  }
  const response = await open(t, hanging, { usage: many, waitUpTo: 60 })
  const [chunk] = await once(response.setEncoding('utf8'), 'data')
  t.match(JSON.parse(String(chunk).split('\n')[0] ?? ''), { type: 'progress', done: 0, total: 6 })
  t.same(ended, [])
  response.destroy()
  for (let tries = 0; ended.length < 2 && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 10))
  t.same(ended, KEYS.slice(1))
})
