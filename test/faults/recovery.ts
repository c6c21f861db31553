import t from 'tap'
import { answers, type FakeAws } from '../fake-aws.js'
import type { Answer } from '../fake-aws/answers.js'
import { BOUNDARY, KEY, ROLE } from '../fake-aws/aws-fixture.js'
import { CALLS, HANG_MS, verifyIn, worldsFor, wrongWith } from '../verification/fault-fixtures.js'

const inWorlds = await worldsFor(t)
const [whole] = (await inWorlds([0], async (fake) => await verifyIn(fake))).flatMap(({ report }) => report ?? [])
if (whole === undefined) throw new Error('without a failure there is a report')
const RETRYING = { config: { maxAttempts: 3 } }

t.test('verification: a call fails once and then succeeds, the verdict is pass', { timeout: 400_000 }, async (t) => {
  const passing = Object.entries({
    throttled: answers.throttled,
    serverError: answers.serverError,
    htmlError: answers.htmlError,
    reset: answers.reset
  })
  const tasks = passing.flatMap(([name, answer]) =>
    [...CALLS.map(({ operation }) => operation), 'AssumeRole'].map((operation) => ({ name, answer, operation }))
  )
  const sent = await inWorlds(
    tasks,
    async (fake, { operation, answer }) =>
      await verifyIn(
        fake,
        (fake) => {
          fake.next(operation, answer)
        },
        RETRYING
      )
  )
  tasks.forEach(({ name, operation }, index) => {
    const { report, calls } = sent[index] ?? {}
    t.match(report, { verdict: 'pass' }, `${operation} ${name}`)
    t.same(report?.notEvaluated, [])
    t.ok((calls?.[operation] ?? 0) >= 2, 'the call was sent again')
  })
})

/** The first call succeeds, all later ones fail. */
const afterOnce = (answer: Answer): Answer => {
  let calls = 0
  return (call, real) => (calls++ === 0 ? real() : answer(call, real))
}
const grants = Array.from({ length: 3 }, (_, index) => ({
  GrantId: `g-${index}`,
  GranteePrincipal: ROLE,
  Operations: ['Decrypt']
}))
/** Every list in pages of one entry, the first of them empty. */
function inPages (fake: FakeAws): void {
  const { world } = fake
  Object.assign(world, { pageSize: 1, emptyPages: 1 })
  const key = world.keys[KEY]
  const role = world.roles.Personalize
  if (key !== undefined) key.grants = grants
  if (role !== undefined)
    Object.assign(role, {
      inline: { ...role.inline, Other: '{"Version":"2012-10-17","Statement":[]}' },
      attached: [...(role.attached ?? []), BOUNDARY]
    })
}

t.test('verification: lists have many pages, all of them are read', async (t) => {
  const { report, calls } = await inWorlds([0], async (fake) => await verifyIn(fake, inPages)).then(
    ([only]) => only ?? { report: undefined, calls: {} }
  )
  t.match(report, { verdict: 'pass' })
  t.same(report?.notEvaluated, [])
  t.match(calls, { ListGrants: 4, ListRolePolicies: 3, ListAttachedRolePolicies: 3, ListParents: 4 })
})

t.test(
  'verification: a later page of a list fails, the list is not evaluated and its first items still count',
  { timeout: 400_000 },
  async (t) => {
    const LISTS = CALLS.filter(({ operation }) => operation.startsWith('List') && operation !== 'ListPoliciesForTarget')
    const [paged] = (await inWorlds([0], async (fake) => await verifyIn(fake, inPages))).flatMap(
      ({ report }) => report ?? []
    )
    if (paged === undefined) throw new Error('the world in pages makes a report')
    const tasks = answers.oneFailurePerCause.flatMap((failure) => LISTS.map((call) => ({ failure, call })))
    const wrong = await inWorlds(tasks, async (fake, { failure, call }) => {
      const spoil = (fake: FakeAws): void => {
        inPages(fake)
        fake.always(call.operation, afterOnce(failure.answer))
      }
      return wrongWith(
        await verifyIn(fake, spoil, failure.answer === answers.hang ? { config: { timeoutMs: HANG_MS } } : {}),
        paged,
        call
      )
    })
    tasks.forEach(({ failure, call }, index) => {
      t.same(wrong[index], [], `${call.operation} ${failure.name}`)
    })
  }
)

t.test(
  'verification: twice encoded documents, 5,000 grants, a wrong clock or slow calls, the verdict is pass',
  { timeout: 300_000 },
  async (t) => {
    const twice: Answer = (_call, real) => {
      const reply = real()
      return {
        ...reply,
        body: reply.body.replace(
          /(Document>)([^<]*)(<)/g,
          (_all, open: string, text: string, close: string) => `${open}${encodeURIComponent(text)}${close}`
        )
      }
    }
    const many = Array.from({ length: 5_000 }, (_, index) => ({
      GrantId: `g-${index}`,
      GranteePrincipal: `arn:aws:iam::444455556666:role/R${index}`,
      Operations: ['Decrypt', 'Encrypt'],
      Constraints: { EncryptionContextSubset: { index: String(index) } }
    }))
    const spoils: Record<string, (fake: FakeAws) => void> = {
      'encoded twice': (fake) => {
        for (const operation of ['GetRole', 'GetRolePolicy', 'GetPolicyVersion']) fake.always(operation, twice)
      },
      grants: ({ world }) => {
        const key = world.keys[KEY]
        if (key !== undefined) key.grants = many
      },
      'an hour ahead': ({ world }) => {
        world.clockAheadMs = 3_600_000
      },
      'an hour behind': ({ world }) => {
        world.clockAheadMs = -3_600_000
      },
      slow: (fake) => {
        for (const { operation } of CALLS) fake.always(operation, answers.after(300))
      }
    }
    const sent = await inWorlds(Object.values(spoils), async (fake, spoil) => await verifyIn(fake, spoil, RETRYING))
    for (const [index, name] of Object.keys(spoils).entries()) {
      t.match(sent[index]?.report, { verdict: 'pass' }, name)
      t.same(sent[index]?.report?.notEvaluated, [], name)
    }
    t.equal(sent[1]?.calls['ListGrants'], 50)
  }
)
