import { setTimeout } from 'node:timers/promises'
import Fastify from 'fastify'
import t from 'tap'
import { overload } from '../../../../src/http/limits/overload.js'
import { keepRequestState } from '../../../../src/http/request-state.js'
import { rateLimits } from '../../../../src/http/limits/rate-limit.js'

const LIMITS = { eventLoopDelayMs: 0, memoryPercent: 90, unitsPerMinute: 1_000_000, withoutRedis: 'memory' as const }

async function startOverloaded (limits: typeof LIMITS) {
  const app = Fastify()
  keepRequestState(app)
  await app.register(rateLimits, { limits, redis: undefined })
  await app.register(overload, { limits, memoryBytes: 1, sampleMs: 5 })
  app.get('/', async () => ({}))
  return app
}

t.test('overload: the process exceeds its memory, requests get 503 and are charged to their caller', async (t) => {
  const app = await startOverloaded(LIMITS)
  t.teardown(() => app.close())
  t.equal((await app.inject('/')).statusCode, 200, 'it has not settled yet')
  let response = await app.inject('/')
  while (response.statusCode === 200) {
    await setTimeout(5)
    response = await app.inject('/')
  }
  t.match(response.json(), { code: 'OVERLOADED', statusCode: 503 })
  const left = (headers: typeof response.headers): number => Number(/r=(\d+)/.exec(String(headers.ratelimit))?.[1])
  t.equal(left((await app.inject('/')).headers), left(response.headers) - 1)
})

t.test('overload: the limit is off, no request is rejected', async (t) => {
  const app = await startOverloaded({ ...LIMITS, memoryPercent: 0 })
  t.teardown(() => app.close())
  for (let times = 0; times < 20; times++) {
    await setTimeout(5)
    t.equal((await app.inject('/')).statusCode, 200)
  }
})

t.test('overload: no file can be opened to read the memory, the process goes on with what it last read', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  let reads = 0
  await app.register(overload, {
    limits: LIMITS,
    memoryBytes: 1_000,
    sampleMs: 5,
    readResident: () => {
      if (++reads > 1) throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' })
      return 950
    }
  })
  app.get('/', async () => ({}))
  while (reads < 4) await setTimeout(5)
  t.equal((await app.inject('/')).statusCode, 503)
})
