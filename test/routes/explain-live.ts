import t, { type Test } from 'tap'
import type { Explanation } from '../../schemas/explanation.js'
import { WORKING } from '../../routes/examples/verification.js'
import type { PolicySource } from '../../src/verify/read/policy-source.js'
import { ACCOUNT, startApp, unreadable } from '../helper.js'
import { worldOf } from '../verification/scenario.js'

const { usage, key, role } = WORKING
const failureReason = 'Failed to create a dataset import job. Insufficient privileges for accessing data in Amazon S3.'

async function explainLive (t: Test, policySource: PolicySource, request: object): Promise<Explanation> {
  const { agent } = await startApp(t, { policySource })
  const { status, body } = await agent.post('/explain').send({ usage, live: true, ...request })
  t.equal(status, 200)
  return body
}

const statusOf = (explanation: Explanation, code: string) =>
  explanation.causes.find((cause) => cause.code === code)?.status

t.test('live: the policies allow everything, their causes are excluded and the path comes before them', async (t) => {
  const explanation = await explainLive(t, worldOf({ keys: [key], roles: [role] }), { failureReason })
  t.equal(explanation.report?.verdict, 'pass')
  for (const code of ['KEY_POLICY_MISSES_PERSONALIZE', 'ROLE_POLICY_MISSES_KMS', 'ROLE_NOT_ASSUMABLE', 'KEY_UNUSABLE'])
    t.equal(statusOf(explanation, code), 'excluded', code)
  t.equal(statusOf(explanation, 'PATH_WRONG'), 'notChecked')
  const codes = explanation.causes.map(({ code }) => code)
  t.ok(codes.indexOf('PATH_WRONG') < codes.indexOf('KEY_POLICY_MISSES_PERSONALIZE'))
  t.match(explanation.next, [/no policy shows: the path/])
})

t.test('live: the key policy lacks the service principal, that cause is confirmed and comes first', async (t) => {
  const delegation = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }]
  }
  const world = worldOf({ keys: [{ ...key, keyPolicy: delegation }], roles: [role] })
  const explanation = await explainLive(t, world, { failureReason })
  t.match(explanation.causes[0], { code: 'KEY_POLICY_MISSES_PERSONALIZE', status: 'confirmed' })
  t.equal(statusOf(explanation, 'KEY_POLICY_DENIES') ?? 'absent', 'absent')
  t.ok(explanation.report?.remediation?.keyPolicies.length)
  t.match(explanation.next, [/report\.remediation/])
})

t.test('live: the key is pending deletion, the finding confirms it', async (t) => {
  const metadata = { ...key.metadata, KeyState: 'PendingDeletion' }
  const world = worldOf({ keys: [{ ...key, metadata }], roles: [role] })
  const explanation = await explainLive(t, world, { failureReason })
  t.match(explanation.causes[0], { code: 'KEY_UNUSABLE', status: 'confirmed', findingIds: [/./] })
})

t.test('live: the text names one role of the usage, only that one is verified', async (t) => {
  const [roleArn = ''] = usage.roleArns
  const other = `${roleArn}Other`
  const message = `User: arn:aws:sts::${ACCOUNT}:assumed-role/${roleArn.slice(roleArn.lastIndexOf('/') + 1)}/s is not authorized to perform: kms:Decrypt on resource: ${usage.kmsKeyArns?.[0]} because no identity-based policy allows the kms:Decrypt action`
  const request = { message, usage: { ...usage, roleArns: [other, roleArn] } }
  const explanation = await explainLive(t, worldOf({ keys: [key], roles: [role] }), request)
  t.same(explanation.report?.summary.pairs.map(({ roleArn }) => roleArn), [roleArn])
  t.equal(statusOf(explanation, 'ROLE_POLICY_MISSES_KMS'), 'excluded')
})

t.test('explain: the request does not fit, each fault has its pointer', async (t) => {
  const { agent } = await startApp(t, { policySource: unreadable })
  const cases: Array<[body: object, status: number, pointers: string[]]> = [
    [{}, 400, ['']],
    [{ message: 'a', failureReason: 'b' }, 400, ['/message', '/failureReason']],
    [{ message: '' }, 400, ['/message']],
    [{ message: 'x'.repeat(20_001) }, 400, ['/message']],
    [{ message: 'a', guess: true }, 400, ['/guess']],
    [{ message: 'a', live: true }, 422, ['/live']],
    [{ message: 'a', live: true, usage: { operations: usage.operations, roleArns: usage.roleArns } }, 422, ['/usage']]
  ]
  for (const [body, status, pointers] of cases) {
    const answer = await agent.post('/explain').send(body)
    t.equal(answer.status, status)
    t.same(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer), pointers)
  }
})

t.test('explain: Markdown by Accept, the same bytes again, no markup of the text in it', async (t) => {
  const { agent } = await startApp(t, { policySource: unreadable })
  const message = '<script>@team</script> User: `x` is not authorized to perform: kms:Decrypt on resource: *'
  const ask = async () => await agent.post('/explain').set('accept', 'text/markdown').send({ message })
  const [first, second] = [await ask(), await ask()]
  t.match(first.headers, { 'content-type': /^text\/markdown/, etag: /./ })
  t.equal(first.text, second.text)
  t.match(first.text, /^## /)
  t.equal((await agent.post('/explain').set('accept', 'text/html').send({ message })).status, 406)
})

t.test('explain: hostile texts take milliseconds', async (t) => {
  const { agent } = await startApp(t, { policySource: unreadable })
  const parts = ['User: ', 'is not authorized to perform: ', 'arn:aws', '.', 'fix bucket policy on ', '\\"', ' on resource: "', 's3://a ', 'with an explicit deny in a ', ': arn:']
  for (const part of parts) {
    const message = part.repeat(Math.floor(20_000 / part.length))
    const before = process.cpuUsage()
    t.equal((await agent.post('/explain').send({ message })).status, 200, part)
    // Backtracking would take minutes.
    t.ok(process.cpuUsage(before).user < 20_000_000, part)
  }
})
