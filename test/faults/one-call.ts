import t from 'tap'
import { answers } from '../fake-aws.js'
import {
  CALLS,
  DEADLINE_MS,
  HANG_MS,
  TO_REPORT_MS,
  verifyIn,
  worldsFor,
  wrongWith
} from '../verification/fault-fixtures.js'

const inWorlds = await worldsFor(t)
const [whole] = (await inWorlds([0], async (fake) => await verifyIn(fake))).flatMap(({ report }) => report ?? [])
if (whole === undefined) throw new Error('without a failure there is a report')

t.test('verification: no call fails, the verdict is pass and everything is evaluated', async (t) => {
  t.match(whole, { verdict: 'pass' })
  t.same(whole.notEvaluated, [])
})

/** Answers that begin and do not end are waited for until the request is over. */
const ENDLESS_MS = 6_000
const FAILURES = [
  ...answers.failures.map((failure) => ({
    ...failure,
    conditions: failure.answer === answers.hang ? { config: { timeoutMs: HANG_MS } } : {}
  })),
  ...[
    { name: 'trickle', answer: answers.trickle },
    { name: 'stall', answer: answers.stall }
  ].map((endless) => ({ ...endless, cause: 'timeout' as const, conditions: { deadlineMs: ENDLESS_MS } }))
]

t.test(
  'verification: one call fails, the report comes in time, its part is unknown and nothing else changes',
  { timeout: 400_000 },
  async (t) => {
    const causes = new Set(answers.oneFailurePerCause.map(({ name }) => name))
    const tasks = FAILURES.flatMap((failure) =>
      CALLS.filter(({ operation }) => causes.has(failure.name) || operation === 'GetRolePolicy').map((call) => ({
        failure,
        call
      }))
    )
      // Those that take long first.
      .sort((a, b) => Number(b.failure.cause === 'timeout') - Number(a.failure.cause === 'timeout'))
    const wrong = await inWorlds(tasks, async (fake, { failure: { answer, conditions }, call }) =>
      wrongWith(
        await verifyIn(
          fake,
          (fake) => {
            fake.always(call.operation, answer)
          },
          conditions
        ),
        whole,
        call,
        'deadlineMs' in conditions ? conditions.deadlineMs : DEADLINE_MS
      )
    )
    tasks.forEach(({ failure, call }, index) => {
      t.same(wrong[index], [], `${call.operation} ${failure.name}`)
    })
  }
)

t.test(
  'verification: AssumeRole fails, the response is a report unless STS did not respond',
  { timeout: 300_000 },
  async (t) => {
    const expected: Record<string, number> = {
      accessDenied: 200,
      badName: 200,
      malformed: 200,
      expiredToken: 503,
      unknownCredentials: 503,
      empty: 503,
      hang: 504,
      trickle: 504,
      stall: 504
    }
    const sent = await inWorlds(
      FAILURES,
      async (fake, { answer, conditions }) =>
        await verifyIn(
          fake,
          (fake) => {
            fake.always('AssumeRole', answer)
          },
          conditions
        )
    )
    FAILURES.forEach(({ name, conditions }, index) => {
      const { status, report, tookMs } = sent[index] ?? { status: 0, report: undefined, tookMs: Infinity }
      t.equal(status, expected[name] ?? 502, name)
      t.ok(
        tookMs < ('deadlineMs' in conditions ? conditions.deadlineMs : DEADLINE_MS) + TO_REPORT_MS,
        `${name}: ${tookMs} ms`
      )
      if (expected[name] === 200) t.equal(report?.verdict, 'indeterminate', name)
    })
  }
)
