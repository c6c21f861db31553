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
  t.ok((user + system) / 1_000 < 1_000, 'in processor time that does not count them')
})
