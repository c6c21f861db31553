import t, { type Test } from 'tap'
import { documentRequests } from '../../../routes/examples/verification.js'
import { ServiceError } from '../../../src/errors.js'
import { generateKeyPolicy } from '../../../src/policies/generate.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { createWorkshop, threadsFor, type Workshop, type WorkshopOptions } from '../../../src/work/workshop.js'
import { KEY, ROLE } from '../../helper.js'

const request = documentRequests.servicePrincipalMissing.value
const denying = { Version: '2012-10-17', Statement: [{ Sid: 'Nobody', Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*' }] }
const usage = { operations: ['datasetGroup' as const], roleArns: [ROLE], kmsKeyArns: [KEY] }

/** Nothing may be done at once, so that everything goes to a thread. */
function onThreads (t: Test, options: Partial<WorkshopOptions> = {}): Workshop {
  const workshop = createWorkshop({ inlineCharacters: 0, ...options })
  t.teardown(async () => { await workshop.close() })
  return workshop
}

t.test('a thread answers what is answered at once', async (t) => {
  const workshop = onThreads(t)
  t.same(await workshop.do('verifyDocuments', request), verifyDocuments(request))
  t.equal(JSON.stringify(await workshop.do('verifyDocuments', request)), JSON.stringify(await createWorkshop({ inlineCharacters: Infinity }).do('verifyDocuments', request)), 'in the same order')
})

t.test('a thread refuses what is refused at once, with code, status and every fault', async (t) => {
  const refusalOf = async (workshop: Workshop): Promise<unknown> => {
    try {
      return await workshop.do('generateKeyPolicy', { usage: { ...usage, existingKeyPolicy: denying }, indent: 0 })
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      const { code, statusCode, message, faults } = error
      return { code, statusCode, message, faults: [...faults] }
    }
  }
  const refusal = await refusalOf(onThreads(t))
  t.match(refusal, { code: 'EXISTING_POLICY_DENIES', faults: [{ pointer: /Statement\/0/ }] })
  t.same(refusal, await refusalOf(createWorkshop({ inlineCharacters: Infinity })))
})

t.test('what is small is never given to a thread', async (t) => {
  const workshop = createWorkshop({ patienceMs: 0, limitMs: 0 })
  t.same(await workshop.do('generateKeyPolicy', { usage, indent: 0 }), generateKeyPolicy(usage, { indent: 0 }))
})

t.test('what a thread does not end in time is too complex', async (t) => {
  await t.rejects(onThreads(t, { limitMs: 0 }).do('verifyDocuments', request), { code: 'TOO_COMPLEX', statusCode: 422 })
})

t.test('who waits too long is told to come again, and the first one is done', async (t) => {
  const workshop = onThreads(t, { threads: 1, patienceMs: 0 })
  const first = workshop.do('verifyDocuments', request)
  await t.rejects(workshop.do('verifyDocuments', request), { code: 'OVERLOADED' })
  t.same(await first, verifyDocuments(request))
})

t.test('only so many wait for a thread', async (t) => {
  const workshop = onThreads(t, { threads: 1 })
  const outcomes = await Promise.allSettled(Array.from({ length: 80 }, async () => await workshop.do('verifyDocuments', request)))
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  t.ok(refused.length > 0 && refused.length < 80, `${refused.length} of 80`)
  t.ok(refused.every(({ reason }) => reason instanceof ServiceError && reason.code === 'OVERLOADED'))
})

t.test('a caller with many long computations keeps no other one waiting for more than its turn', async (t) => {
  const workshop = onThreads(t, { threads: 1 })
  const order: string[] = []
  const ask = async (caller: string): Promise<void> => { await workshop.do('verifyDocuments', request, caller); order.push(caller) }
  await Promise.all([...Array.from({ length: 10 }, async () => { await ask('a') }), ask('b')])
  t.ok(order.indexOf('b') < 3, order.join())
})

t.test('threads fit into the memory and the processors there are', async (t) => {
  const MIB = 1_048_576
  t.same(threadsFor(0, 8), { threads: 4, threadMegabytes: 256 })
  t.same(threadsFor(0, 1), { threads: 2, threadMegabytes: 256 }, 'one may be kept busy by one body')
  t.same(threadsFor(384 * MIB, 8), { threads: 1, threadMegabytes: 153 })
  t.same(threadsFor(1_024 * MIB, 8), { threads: 4, threadMegabytes: 102 })
  t.same(threadsFor(128 * MIB, 8), { threads: 1, threadMegabytes: 96 })
})
