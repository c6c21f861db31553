import { Agent, METHODS } from 'node:http'
import fc from 'fast-check'
import { startFakeAws } from '../test/fake-aws.js'
import { at, type Operation } from './openapi-document.js'
import { consistentRequest, httpRequest, rawBody, type Consistent } from './fuzz-requests.js'
import { fitting, mutated, operationsWithBody } from './arbitraries.js'
import { faultsOf, parsed } from './oracle.js'
import { numbersOf, report } from './report.js'
import { send, type Answer, type Sent } from './http-client.js'
import { startService } from './service.js'
import { withFakeAws } from './production-settings.js'
import { markdownTable, ms, quantile } from './statistics.js'

/** Requests made from the API document over a live socket: `npm run test:fuzz -- --requests 20000 --seed 1`. */
const { requests, seed, write } = numbersOf({ requests: 20_000, seed: Math.trunc(Math.random() * 2 ** 31) })

const fake = await startFakeAws()
const service = await startService({ environment: withFakeAws(fake.url) })
const agent = new Agent({ keepAlive: true, maxSockets: 4 })
const tally = new Map<string, { sent: number; statuses: Map<number, number>; times: number[] }>()
process.stdout.write(`seed ${seed}\n`)

/** Sends, holds the answer against all that is promised, and what `expect` says besides. */
async function hold (kind: string, sent: Sent, expect: (answer: Answer) => string[] = () => []): Promise<void> {
  const answer = await send(service.port, sent, agent)
  const row = tally.get(kind) ?? { sent: 0, statuses: new Map<number, number>(), times: [] }
  tally.set(kind, row)
  row.sent++
  row.statuses.set(answer.status, (row.statuses.get(answer.status) ?? 0) + 1)
  row.times.push(answer.ms)
  const faults = [...faultsOf(sent, answer), ...expect(answer)]
  if (faults.length > 0)
    throw new Error(
      `${faults.join('; ')}\n${JSON.stringify({ ...sent, body: String(sent.body).slice(0, 2_000) })}\n-> ${answer.status} ${answer.body.slice(0, 500)}`
    )
}

/** Without `waitUpTo`: these policies do not pass, however long the service waits. */
const withoutWaiting = (body: unknown): unknown =>
  typeof at(body, 'waitUpTo') === 'number' ? { ...Object(body), waitUpTo: 0 } : body
/** Names that are refused wherever they stand; the schema does not know of it. */
const FORBIDDEN_NAMES = /"(__proto__|constructor)":/

/** What the schema refuses is refused, what it takes is answered, or refused for what no schema says. */
function byTheSchema (operation: Operation, body: unknown): (answer: Answer) => string[] {
  const fits = operation.fitsRequest(body)
  const mayBeRefused = FORBIDDEN_NAMES.test(JSON.stringify(body))
  return ({ status, body: text }) => {
    const code = at(parsed(text), 'code')
    if (!fits) return status >= 400 && status < 500 ? [] : [`answered ${status}, though the body violates the schema`]
    return [200, 204, 409, 422].includes(status) || (mayBeRefused && status === 400)
      ? []
      : [`${status} ${String(code)}, though the body fits the schema`]
  }
}

const json = { 'content-type': 'application/json' }
const anyOperation = fc.constantFrom(...operationsWithBody)
const bodyOf = (
  of: (operation: Operation) => fc.Arbitrary<unknown>
): fc.Arbitrary<{ operation: Operation; body: unknown }> =>
  anyOperation.chain((operation) => of(operation).map((body) => ({ operation, body: withoutWaiting(body) })))
const postBody =
  (kind: string) =>
    async ({ operation, body }: { operation: Operation; body: unknown }): Promise<void> => {
      await hold(
        kind,
        { method: 'POST', path: operation.path, headers: json, body: JSON.stringify(body) },
        byTheSchema(operation, body)
      )
    }
const answered = async ({ path, body }: Consistent): Promise<void> => {
  await hold(
    'consistent usages',
    { method: 'POST', path, headers: json, body: JSON.stringify(body) },
    ({ status, body: text }) =>
      status === 200 || status === 204
        ? []
        : [`answered ${status} ${text.slice(0, 200)}, though the usage is consistent`]
  )
}

const share = (part: number): { numRuns: number; seed: number } => ({ numRuns: Math.ceil(requests * part), seed })

const trials = [
  async () => {
    await fc.assert(
      fc.asyncProperty(
        bodyOf(({ requestSchema }) => fitting(requestSchema)),
        postBody('bodies that fit the schema')
      ),
      share(0.2)
    )
  },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        bodyOf(({ examples }) => mutated(examples)),
        postBody('examples, mutated')
      ),
      share(0.35)
    )
  },
  async () => {
    await fc.assert(fc.asyncProperty(consistentRequest, answered), share(0.15))
  },
  async () => {
    await fc.assert(
      fc.asyncProperty(rawBody, async (sent) => {
        await hold('bodies that are no JSON, or lose something as JSON', sent, ({ status }) =>
          status >= 400 ? [] : [`answered ${status}, though the body is broken`]
        )
      }),
      share(0.1)
    )
  },
  async () => {
    await fc.assert(
      fc.asyncProperty(httpRequest(METHODS), async (sent) => {
        await hold('methods, paths, queries, headers', sent)
      }),
      share(0.2)
    )
  }
]
const faults: string[] = []
/** The smallest request that fails, and where fast-check finds it again. */
const messageOf = (error: unknown): string =>
  error instanceof Error
    ? `${error.cause instanceof Error ? error.cause.message : error.message}\n${/\{ seed: .*\}/.exec(error.message)?.[0] ?? ''}`
    : String(error)
for (const trial of trials)
  await trial().catch((error: unknown) => {
    faults.push(messageOf(error))
  })

agent.destroy()
const { code } = await service.stop()
if (code !== 0) faults.push(`the service ended with ${String(code)}`)
await fake.close()

const shown = (statuses: ReadonlyMap<number, number>): string =>
  [...statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status}: ${count}`)
    .join(', ')
const rows = [...tally].map(([kind, { sent, statuses, times }]) => [
  kind,
  sent,
  shown(statuses),
  ms(quantile(times, 0.99)),
  ms(Math.max(...times)),
  faults.length === 0 ? 0 : ''
])
const total = [...tally.values()].reduce((sum, { sent }) => sum + sent, 0)
report(
  'fuzz',
  `${total} requests, seed ${seed}; faults: ${faults.length}.\n\n${markdownTable(['requests', 'sent', 'answers', 'p99', 'slowest', 'faults'], rows)}`,
  faults,
  write
)
