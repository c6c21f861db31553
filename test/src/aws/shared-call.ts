import t from 'tap'
import { createCall } from '../../../src/aws/call.js'
import { createScope, operationsOver, type Scope } from '../../../src/aws/shared-call.js'
import { noopObserver, type Observer } from '../../../src/telemetry/observer.js'

const PLACE = { region: 'us-east-1', accountId: undefined }
const ARN = 'arn:aws:iam::111122223333:role/r'
const never = new AbortController().signal

/** An operation whose answers the test gives, one by one. */
function controlled (now?: () => number) {
  const asked: Array<{
    input: object
    signal: AbortSignal
    answer: (value: object) => void
    fail: (error: Error) => void
  }> = []
  const define = operationsOver(createCall({ timeoutMs: 60_000, maxAttempts: 1, concurrency: 50 }), undefined, now)
  const operation = define<{ name: string }, object>(
    'iam',
    'GetRole',
    (_place, input, { abortSignal }) =>
      new Promise((resolve, reject) => {
        asked.push({ input, signal: abortSignal, answer: resolve, fail: reject })
      })
  )
  const ask = async (
    name: string,
    scope: Scope = createScope(never),
    place: typeof PLACE | { region: string; accountId: string } = PLACE
  ) => await operation(place, ARN, { name }, scope)
  const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve))
  return { asked, ask, settled }
}

t.test('equal calls in flight are one call; others are not', async (t) => {
  const { asked, ask, settled } = controlled()
  const calls = [
    ask('a'),
    ask('a'),
    ask('b'),
    ask('a', createScope(never), { region: 'us-east-1', accountId: '444455556666' })
  ]
  await settled()
  t.equal(asked.length, 3)
  asked.forEach(({ answer }, index) => {
    answer({ index })
  })
  t.same(
    (await Promise.all(calls)).map((outcome) => outcome.ok && outcome.value),
    [{ index: 0 }, { index: 0 }, { index: 1 }, { index: 2 }]
  )
  void ask('a')
  await settled()
  t.equal(asked.length, 4, 'a call after the response is sent again')
})

t.test('one who leaves does not end the call for another; the last one does', async (t) => {
  const { asked, ask, settled } = controlled()
  const [first, second] = [new AbortController(), new AbortController()]
  const calls = [ask('a', createScope(first.signal)), ask('a', createScope(second.signal))]
  await settled()
  first.abort()
  t.match(await calls[0], { ok: false, cause: 'timeout', why: /given up/ })
  t.equal(asked[0]?.signal.aborted, false)
  second.abort()
  t.match(await calls[1], { ok: false, cause: 'timeout' })
  await settled()
  t.equal(asked[0]?.signal.aborted, true)
  const again = ask('a')
  await settled()
  t.equal(asked.length, 2, 'one who comes after is not tied to a call that was given up')
  asked[1]?.answer({ fresh: true })
  t.match(await again, { ok: true, value: { fresh: true } })
})

t.test('a request that has ended asks nothing', async (t) => {
  const { asked, ask, settled } = controlled()
  t.match(await ask('a', createScope(AbortSignal.abort(), { maxAgeSeconds: 60 })), { ok: false, cause: 'timeout' })
  await settled()
  t.equal(asked.length, 0)
})

t.test('a failure: shared by the waiting requests, not cached', async (t) => {
  const { asked, ask, settled } = controlled()
  const cached = () => createScope(never, { maxAgeSeconds: 60 })
  const both = [ask('a', cached()), ask('a', cached())]
  await settled()
  asked[0]?.fail(new Error('no'))
  t.match(await Promise.all(both), [{ ok: false }, { ok: false }])
  void ask('a', createScope(never, { maxAgeSeconds: 60 }))
  await settled()
  t.equal(asked.length, 2)
})

t.test('operations: the request accepts the age of a cached response, it is used and reported', async (t) => {
  let now = Date.parse('2026-11-20T10:00:00Z')
  const { asked, ask, settled } = controlled(() => now)
  const first = ask('a')
  await settled()
  asked[0]?.answer({ n: 1 })
  await first
  const allowing = createScope(never, { maxAgeSeconds: 60 })
  t.match(await ask('a', allowing), { ok: true, value: { n: 1 } })
  t.same(allowing.cached, [{ what: 'GetRole', arn: ARN, readAt: '2026-11-20T10:00:00.000Z', ageSeconds: 0 }])
  t.equal(asked.length, 1)

  now += 30
  const strict = createScope(never, { maxAgeSeconds: 0.01 })
  const fresh = ask('a', strict)
  await settled()
  t.equal(asked.length, 2, 'it is too old for this one')
  asked[1]?.answer({ n: 2 })
  t.match(await fresh, { value: { n: 2 } })
  t.same(strict.cached, [])
  const later = createScope(never, { maxAgeSeconds: 60 })
  t.match(await ask('a', later), { value: { n: 2 } }, 'and the newer one takes its place')
})

t.test('operations: the clock was set back, a cached response is not used', async (t) => {
  let now = 1_000_000
  const { asked, ask, settled } = controlled(() => now)
  const first = ask('a')
  await settled()
  asked[0]?.answer({})
  await first
  now -= 1
  void ask('a', createScope(never, { maxAgeSeconds: 60 }))
  await settled()
  t.equal(asked.length, 2)
})

t.test('operations: a request makes, joins or saves calls, those that are not saved are counted', async (t) => {
  const { asked, ask, settled } = controlled()
  let calls = 0
  const scope = createScope(never, {
    maxAgeSeconds: 60,
    onCall: () => {
      calls++
    }
  })
  const both = [ask('a', scope), ask('a', scope)]
  await settled()
  asked[0]?.answer({})
  await Promise.all(both)
  await ask('a', scope)
  t.equal(calls, 2)
})

t.test('what is kept is bounded, in number and in size', async (t) => {
  const { asked, ask, settled } = controlled()
  const answerTo = async (name: string, value: object): Promise<void> => {
    const call = ask(name)
    await settled()
    asked.at(-1)?.answer(value)
    await call
  }
  const isKept = async (name: string): Promise<boolean> => {
    const before = asked.length
    const scope = createScope(never, { maxAgeSeconds: 600 })
    void ask(name, scope)
    await settled()
    return asked.length === before
  }
  await answerTo('large', { text: 'x'.repeat(3_000_000) })
  t.equal(await isKept('large'), false)
  for (let index = 0; index <= 1_000; index++) await answerTo(`n${index}`, { index })
  t.equal(await isKept('n0'), false)
  t.equal(await isKept('n1000'), true)
  for (let index = 0; index < 5; index++) await answerTo(`s${index}`, { text: 'x'.repeat(500_000) })
  t.same([await isKept('s4'), await isKept('s0')], [true, false])
})

t.test('observer: every call with its outcome, and every call that was saved', async (t) => {
  const observed: string[] = []
  const observer: Observer = {
    ...noopObserver,
    awsCalled: ({ api, operation, outcome, attempts }) => {
      observed.push(`${api} ${operation} ${outcome} ${attempts}`)
    },
    awsCallSaved: ({ kind, operation }) => {
      observed.push(`${kind} ${operation}`)
    }
  }
  const define = operationsOver(createCall({ timeoutMs: 60_000, maxAttempts: 1, concurrency: 50, observer }), observer)
  const failing = (name: string, $metadata: object): Promise<never> =>
    Promise.reject(Object.assign(new Error('from AWS'), { name, $metadata, $fault: 'client' }))
  const operation = define<{ name: string }, object>('iam', 'GetRole', (_place, { name }) =>
    name === 'there'
      ? Promise.resolve({ $metadata: { attempts: 2 } })
      : failing(name, { httpStatusCode: 400, attempts: 3 })
  )
  const ask = async (name: string) => await operation(PLACE, ARN, { name }, createScope(never, { maxAgeSeconds: 60 }))
  await Promise.all([ask('there'), ask('there')])
  await ask('there')
  for (const name of ['ThrottlingException', 'NoSuchEntityException', 'AccessDenied']) await ask(name)
  t.same(observed, [
    'inFlight GetRole',
    'iam GetRole ok 2',
    'answer GetRole',
    'iam GetRole throttled 3',
    'iam GetRole notFound 3',
    'iam GetRole accessDenied 3'
  ])
})
