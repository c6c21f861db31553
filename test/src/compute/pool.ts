import t, { type Test } from 'tap'
import { documentRequests } from '../../../routes/examples/verification.js'
import { type ComputePool, type ComputePoolOptions, createComputePool, threadsFor } from '../../../src/compute/pool.js'
import { TASKS } from '../../../src/compute/tasks.js'
import { ServiceError } from '../../../src/errors.js'
import { generateKeyPolicy } from '../../../src/policies/generate.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { KEY, ROLE } from '../../helper.js'

const body = documentRequests.servicePrincipalMissing.value
const denying = {
  Version: '2012-10-17',
  Statement: [{ Sid: 'DenyAll', Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*' }]
}
const usage = { operations: ['datasetGroup' as const], roleArns: [ROLE], kmsKeyArns: [KEY] }

function startPool (t: Test, options: Partial<ComputePoolOptions> = {}): ComputePool {
  // Sources that are not built load slowly: no limit of this test depends on it.
  const pool = createComputePool({ threads: 1, taskTimeoutMs: 600_000, queueTimeoutMs: 600_000, ...options })
  t.teardown(async () => {
    await pool.close()
  })
  return pool
}

t.test('one thread: results, refusals and limits', { timeout: 600_000 }, async (t) => {
  const pool = startPool(t, { queue: 64 })
  for (const indent of [0, 2]) {
    const report = verifyDocuments(body)
    t.same(await pool.run('verifyDocuments', { body, indent }), {
      text: JSON.stringify(report, null, indent),
      verdict: report.verdict,
      verdicts: report.verdicts
    })
  }
  const input = { body: { ...usage, existingKeyPolicy: denying }, indent: 0 }
  await t.rejects(
    pool.run('generateKeyPolicy', input),
    refusalOf(() => TASKS.generateKeyPolicy.compute(input))
  )

  const order: string[] = []
  const ask = async (callerId: string): Promise<void> => {
    await pool.run('verifyDocuments', { body, indent: 0 }, callerId)
    order.push(callerId)
  }
  await Promise.all([
    ...Array.from({ length: 10 }, async () => {
      await ask('a')
    }),
    ask('b')
  ])
  t.ok(order.indexOf('b') < 3, `another caller waits for its turn alone: ${order.join()}`)

  const outcomes = await Promise.allSettled(
    Array.from({ length: 80 }, async () => await pool.run('verifyDocuments', { body, indent: 0 }))
  )
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  t.equal(refused.length, 80 - 1 - 64, 'one runs, 64 wait')
  t.ok(refused.every(({ reason }) => reason instanceof ServiceError && reason.code === 'OVERLOADED'))
})

t.test('150 generations of the most pairs at once, of one caller: all wait, none is refused', async (t) => {
  const pool = startPool(t)
  const many = (arn: string): string[] => Array.from({ length: 14 }, (_, index) => `${arn.slice(0, -2)}${index + 10}`)
  const body = { ...usage, roleArns: many(ROLE), kmsKeyArns: many(KEY) }
  t.notOk(TASKS.generateKeyPolicy.isInline({ body, indent: 0 }))
  const { text } = TASKS.generateKeyPolicy.compute({ body, indent: 0 })
  const responses = await Promise.all(
    Array.from({ length: 150 }, async () => await pool.run('generateKeyPolicy', { body, indent: 0 }, 'portal'))
  )
  t.ok(responses.every((response) => response.text === text))
})

/** What a computation on this thread is refused with. */
function refusalOf (compute: () => unknown): Pick<ServiceError, 'code' | 'statusCode' | 'message' | 'faults'> {
  try {
    compute()
  } catch (error) {
    if (error instanceof ServiceError)
      return { code: error.code, statusCode: error.statusCode, message: error.message, faults: error.faults }
  }
  throw new TypeError('not refused')
}

t.test('generation without existing policies: runs without a thread', async (t) => {
  const pool = startPool(t, { taskTimeoutMs: 0, queueTimeoutMs: 0 })
  t.equal(
    (await pool.run('generateKeyPolicy', { body: usage, indent: 0 })).text,
    JSON.stringify(generateKeyPolicy(usage, { indent: 0 }))
  )
  t.ok(TASKS.generatePolicies.isInline({ body: { usages: [usage] }, indent: 0 }))
})

t.test('what evaluates policies of the request: never runs inline', async (t) => {
  t.notOk(TASKS.verifyDocuments.isInline({ body, indent: 0 }))
  const locations = Array.from({ length: 10 }, (_, index) => ({ uri: `s3://amzn-s3-demo-bucket/${index}/` }))
  const tenPairs = { operations: ['datasetImportJob' as const], roleArns: [ROLE], locations }
  t.ok(TASKS.generatePolicies.isInline({ body: { usages: [tenPairs, tenPairs] }, indent: 0 }), '20 pairs')
  t.notOk(TASKS.generatePolicies.isInline({ body: { usages: [usage, tenPairs, tenPairs] }, indent: 0 }), '21 pairs')
  const withoutKey = {
    operations: tenPairs.operations,
    roleArns: Array.from({ length: 20 }, (_, index) => `${ROLE}${index}`)
  }
  t.ok(TASKS.generatePolicies.isInline({ body: { usages: [withoutKey] }, indent: 0 }), '20 roles with a new key')
  t.notOk(TASKS.generatePolicies.isInline({ body: { usages: [usage, withoutKey] }, indent: 0 }), '20 and a pair')
  t.notOk(
    TASKS.generateBucketPolicy.isInline({ body: { ...tenPairs, roleArns: [ROLE, `${ROLE}2`, `${ROLE}3`] }, indent: 0 }),
    '30 pairs'
  )
  t.notOk(TASKS.generateKeyPolicy.isInline({ body: { ...usage, existingKeyPolicy: denying }, indent: 0 }))
  t.notOk(TASKS.generateRolePolicy.isInline({ body: { ...usage, existingRolePolicy: denying }, indent: 0 }))
  t.notOk(
    TASKS.generatePolicies.isInline({ body: { usages: [usage, { ...usage, existingKeyPolicy: denying }] }, indent: 0 })
  )
})

t.test('time limit of a task: it is refused as too complex', async (t) => {
  await t.rejects(startPool(t, { taskTimeoutMs: 0 }).run('verifyDocuments', { body, indent: 0 }), {
    code: 'TOO_COMPLEX',
    statusCode: 422
  })
})

t.test('no thread free in time: the task is refused as overload', { timeout: 600_000 }, async (t) => {
  const pool = startPool(t, { queueTimeoutMs: 0 })
  const first = pool.run('verifyDocuments', { body, indent: 0 })
  await t.rejects(pool.run('verifyDocuments', { body, indent: 0 }), { code: 'OVERLOADED' })
  await first
})

t.test('threads: fit into the memory and the processors', async (t) => {
  const MIB = 1_048_576
  t.same(threadsFor(0, 8), { threads: 4, threadMegabytes: 256 })
  t.same(threadsFor(0, 1), { threads: 2, threadMegabytes: 256 }, 'one body may keep one of them busy')
  t.same(threadsFor(384 * MIB, 8), { threads: 1, threadMegabytes: 153 })
  t.same(threadsFor(1_024 * MIB, 8), { threads: 4, threadMegabytes: 102 })
  t.same(threadsFor(128 * MIB, 8), { threads: 1, threadMegabytes: 96 })
})
