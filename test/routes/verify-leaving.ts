import { request as httpRequest, type IncomingMessage } from 'node:http'
import t from 'tap'
import { createPolicySource } from '../../src/aws/policy-source.js'
import { answers, emptyWorld, startFakeAws } from '../fake-aws.js'
import { useFakeCredentials } from '../fake-aws/credentials.js'
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
  const source = createPolicySource({ timeoutMs: 5_000, maxAttempts: 1, concurrency: 3, endpoint: fake.url })
  t.teardown(async () => { source.close(); await fake.close() })
  const { app } = await startApp(t, { policySource: source })
  const request = httpRequest({ port: await listen(app), host: '127.0.0.1', method: 'POST', path: '/verify', headers: { accept: 'application/x-ndjson', 'content-type': 'application/json' } })
  request.on('error', () => {}).end(JSON.stringify({ usage, waitUpTo: 60 }))
  const response = await new Promise<IncomingMessage>((resolve) => { request.once('response', resolve) })
  const kmsCalls = (): number => fake.calls.filter(({ service }) => service === 'kms').length
  t.ok(kmsCalls() < all, 'the head of the answer is sent while most is still to be read')
  response.destroy()
  await new Promise((resolve) => setTimeout(resolve, 200))
  const before = kmsCalls()
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.equal(kmsCalls(), before)
  t.ok(before < all, `${before} of ${all}`)
})
