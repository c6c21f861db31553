import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { createPolicySource } from '../../src/aws/policy-source.js'
import { createCallerSlots } from '../../src/caller-slots.js'
import { answers, startFakeAws } from '../fake-aws.js'
import { useFakeCredentials } from '../fake-aws/credentials.js'
import { immediateRetry } from '../fake-aws/immediate-retry.js'
import { emptyWorld } from '../fake-aws/world.js'
import { ACCOUNT, KEY, listen, startApp } from '../helper.js'
import { DELEGATION, FOR_SERVICE, policy, TRUST } from '../verification/documents.js'

const KEYS = Array.from({ length: 50 }, (_, index) => KEY.replace('1234abcd', `${10 + index}34abcd`))
const ROLE = `arn:aws:iam::${ACCOUNT}:role/Personalize`
const usage = { operations: ['datasetGroup'], kmsKeyArns: KEYS, roleArns: [ROLE] }

t.test('AWS is read no further for a client that has left', async (t) => {
  t.teardown(useFakeCredentials())
  const fake = await startFakeAws()
  fake.world = {
    ...emptyWorld(),
    keys: Object.fromEntries(KEYS.map((arn) => [arn, { policy: JSON.stringify(policy(DELEGATION, FOR_SERVICE)) }])),
    roles: { Personalize: { arn: ROLE, trustPolicy: JSON.stringify(TRUST) } }
  }
  const all = 3 * KEYS.length
  for (const operation of ['DescribeKey', 'GetKeyPolicy', 'ListGrants']) fake.always(operation, answers.after(50))
  const source = createPolicySource({
    timeoutMs: 60_000,
    maxAttempts: 1,
    concurrency: 3,
    endpoint: fake.url,
    retryStrategy: immediateRetry
  })
  t.teardown(async () => {
    source.close()
    await fake.close()
  })
  const { app } = await startApp(t, { policySource: source })
  const request = httpRequest({
    port: await listen(app),
    host: '127.0.0.1',
    method: 'POST',
    path: '/verify',
    headers: { accept: 'application/x-ndjson', 'content-type': 'application/json' }
  })
  request.on('error', () => {}).end(JSON.stringify({ usage, waitUpTo: 60 }))
  const response = await new Promise<IncomingMessage>((resolve) => {
    request.once('response', resolve)
  })
  const kmsCalls = (): number => fake.calls.filter(({ service }) => service === 'kms').length
  t.ok(kmsCalls() < all, 'the head of the answer is sent while most is still to be read')
  response.destroy()
  // On a busy machine it takes a while until the service knows; if it went on reading, it would come to all.
  let before = -1
  while (before < kmsCalls()) {
    before = kmsCalls()
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  t.ok(before < all, `${before} of ${all}`)
})

/**
 * Sends a verification, leaves before its answer or once it has begun, and gives the lines of the log once there is
 * one for the request.
 */
async function logOfLeaving (t: Test, accept: string, hasBegun: boolean): Promise<unknown[]> {
  const log: string[] = []
  const fake = await startFakeAws()
  fake.world = {
    ...emptyWorld(),
    roles: { Personalize: { arn: ROLE, trustPolicy: JSON.stringify(TRUST) } },
    keys: { [KEY]: { policy: '{}' } }
  }
  for (const operation of ['DescribeKey', 'GetKeyPolicy', 'ListGrants'])
    fake.always(operation, answers.hang, ({ KeyId }) => !hasBegun || KeyId !== KEY)
  const source = createPolicySource({
    timeoutMs: 30_000,
    maxAttempts: 1,
    concurrency: 300,
    endpoint: fake.url,
    retryStrategy: immediateRetry
  })
  t.teardown(async () => {
    source.close()
    await fake.close()
  })
  const { app } = await startApp(t, {
    policySource: source,
    log: pino(
      { level: 'info' },
      {
        write: (line: string) => {
          log.push(line)
        }
      }
    )
  })
  const request = httpRequest({
    port: await listen(app),
    host: '127.0.0.1',
    method: 'POST',
    path: '/verify?pretty=true',
    headers: { accept, 'content-type': 'application/json', 'x-request-id': 'leaving-1' }
  })
  request.on('error', () => {}).end(JSON.stringify({ usage: { ...usage, kmsKeyArns: [KEY, ...KEYS.slice(3)] } }))
  if (hasBegun)
    await new Promise((resolve) => {
      request.once('response', resolve)
    })
  else while (fake.calls.length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
  log.length = 0 // Fastify says where it listens
  request.destroy()
  for (let tries = 0; log.length === 0 && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 10))
  await new Promise((resolve) => setTimeout(resolve, 100))
  return log.map((line) => JSON.parse(line))
}

t.test('a client that leaves has its line in the log, one, whether its answer had begun or not', async (t) => {
  t.teardown(useFakeCredentials())
  const facts = {
    reqId: 'leaving-1',
    method: 'POST',
    path: '/verify',
    route: '/verify',
    ms: Number,
    msg: 'client left before the answer was complete'
  }
  const before = await logOfLeaving(t, 'application/json', false)
  t.match(before, [{ ...facts, status: undefined }])
  t.equal(before.length, 1)
  const during = await logOfLeaving(t, 'application/x-ndjson', true)
  t.match(during, [{ ...facts, status: 200 }])
  t.equal(during.length, 1)
})

t.test('requests that wait behind others on their connection end with it: places, reads and log lines', async (t) => {
  t.teardown(useFakeCredentials())
  const log: string[] = []
  const fake = await startFakeAws()
  fake.world = { ...emptyWorld(), roles: { Personalize: { arn: ROLE, trustPolicy: JSON.stringify(TRUST) } }, keys: {} }
  for (const operation of ['DescribeKey', 'GetKeyPolicy', 'ListGrants']) fake.always(operation, answers.hang)
  const source = createPolicySource({
    timeoutMs: 30_000,
    maxAttempts: 1,
    concurrency: 300,
    endpoint: fake.url,
    retryStrategy: immediateRetry
  })
  t.teardown(async () => {
    source.close()
    await fake.close()
  })
  const slots = createCallerSlots({ active: 10, activePerCaller: 10, queue: 0 })
  const { app } = await startApp(t, {
    policySource: source,
    slots,
    log: pino(
      { level: 'info' },
      {
        write: (line: string) => {
          log.push(line)
        }
      }
    )
  })
  const socket = connect(await listen(app), '127.0.0.1')
  const body = JSON.stringify({ usage: { ...usage, kmsKeyArns: [KEY] } })
  socket.write(
    `POST /verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`.repeat(
      3
    )
  )
  while (slots.load().active < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  socket.destroy()
  for (let tries = 0; slots.load().active > 0 && tries < 200; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  t.same(slots.load(), { active: 0, waiting: 0 })
  t.equal(log.filter((line) => line.includes('client left')).length, 3)
})
