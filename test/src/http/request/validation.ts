import t from 'tap'
import { startApp, USAGE } from '../../../helper.js'

t.test('validation: small request, every violation is listed', async (t) => {
  const { agent } = await startApp(t)
  const { body } = await agent.post('/policies/key').send({ operations: ['a', 'b'], roleArns: [1, 'x'], more: 1 })
  t.same(body.errors.map(({ pointer }: { pointer: string }) => pointer).sort(), [
    '/more',
    '/operations/0',
    '/operations/1',
    '/roleArns/0',
    '/roleArns/1'
  ])
})

t.test('validation: violation after the part that is searched for the list, is listed nevertheless', async (t) => {
  const { agent } = await startApp(t)
  const usages = Array.from({ length: 50 }, () => USAGE)
  const condition = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [`aws:k${index}`, index === 299 ? 1 : 'v'])
  )
  const answer = await agent
    .post('/verify/documents')
    .send({
      usage: USAGE,
      keys: [{ kmsKeyArn: 'k', keyPolicy: {} }],
      roles: [{ roleArn: 'r', identityPolicies: [] }],
      context: condition
    })
  t.match(answer, { status: 400, body: { errors: [{ pointer: '/context/aws:k299' }] } })
  t.match(
    await agent.post('/policies').send({ usages }),
    { status: 400, body: { errors: { length: 49 } } },
    'every item that repeats'
  )
})

t.test('validation: a million violations, the search stops early', async (t) => {
  const { agent } = await startApp(t)
  const begin = process.cpuUsage()
  const answer = await agent
    .post('/policies/key')
    .send({ ...USAGE, operations: Array.from({ length: 400_000 }, (_, index) => index % 10) })
  const { user, system } = process.cpuUsage(begin)
  t.equal(answer.status, 400)
  t.ok(answer.body.errors.length <= 101)
  t.ok((user + system) / 1_000 < 2_500, 'in processor time that does not count them')
})

const ROLE_EXAMPLE = /For example arn:aws:iam::111122223333:role\/\S+$/
const KEY_EXAMPLE = /for example arn:aws:kms:us-east-1:111122223333:key\/[0-9a-f-]{36}$/
type Listed = Array<{ pointer: string; detail: string }>
const detailOf = (errors: Listed, pointer: string): string | undefined =>
  errors.find((error) => error.pointer === pointer)?.detail

t.test('validation: malformed ARNs, an unknown member and a wrong type are listed together', async (t) => {
  const { agent } = await startApp(t)
  const usage = {
    operations: 'datasetGroup',
    roleArns: ['Personalize', 'arn:aws:iam::444455556666:role/Other', 'arn:aws:iam::111122223333:role/Personalize', 5],
    kmsKeyArns: [
      '1234abcd-12ab-34cd-56ef-1234567890ab',
      'arn:aws:kms:us-east-1:111122223333:alias/personalize',
      'arn:aws:kms:us-east-1:111122223333:key/my-key'
    ],
    colour: 'blue'
  }
  const expected = [
    '/colour',
    '/kmsKeyArns/0',
    '/kmsKeyArns/1',
    '/kmsKeyArns/2',
    '/operations',
    '/roleArns/0',
    '/roleArns/2',
    '/roleArns/3'
  ]
  const bodies: Array<[path: string, body: object, prefix: string]> = [
    ['/policies/key', usage, ''],
    ['/policies', { usages: [USAGE, usage] }, '/usages/1'],
    ['/verify/documents', { usage, keys: [], roles: [] }, '/usage']
  ]
  for (const [path, body, prefix] of bodies) {
    const answer = await agent.post(path).send(body)
    t.match(answer, { status: 400, body: { code: 'INVALID_REQUEST' } }, path)
    const errors: Listed = answer.body.errors
    const inUsage = errors.map(({ pointer }) => pointer).filter((pointer) => !/^\/(keys|roles)$/.test(pointer))
    t.same(inUsage.sort(), expected.map((pointer) => `${prefix}${pointer}`), path)
    t.match(detailOf(errors, `${prefix}/roleArns/0`), ROLE_EXAMPLE)
    t.match(detailOf(errors, `${prefix}/roleArns/2`), /is in account 111122223333, .* runs in 444455556666/)
    for (const index of [0, 1, 2]) t.match(detailOf(errors, `${prefix}/kmsKeyArns/${index}`), KEY_EXAMPLE)
  }
})

t.test('validation: an alias is accepted where it can be resolved, also beside other errors', async (t) => {
  const { agent } = await startApp(t)
  const usage = { ...USAGE, kmsKeyArns: ['arn:aws:kms:us-east-1:111122223333:alias/personalize', 'my-key'] }
  const { body } = await agent.post('/verify').send({ usage, wait: 1 })
  t.same(body.errors.map(({ pointer }: { pointer: string }) => pointer).sort(), ['/usage/kmsKeyArns/1', '/wait'])
})

t.test('validation: a body over a limit is 422 LIMIT_EXCEEDED, whatever its ARNs', async (t) => {
  const { agent } = await startApp(t)
  const roleArns = Array.from({ length: 51 }, (_, index) => `arn:aws:iam::${111122223333 + index}:role/A`)
  const answer = await agent.post('/policies/key').send({ ...USAGE, roleArns })
  t.match(answer, { status: 422, body: { code: 'LIMIT_EXCEEDED', errors: [{ pointer: '/roleArns' }] } })
})
