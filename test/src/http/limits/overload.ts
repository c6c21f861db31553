import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { loadConfig } from '../../../../src/config/config.js'
import { startApp, USAGE } from '../../../helper.js'

t.test('a process beyond its memory refuses work, and still answers probes', async (t) => {
  const { agent } = await startApp(t, { memoryBytes: 1 })
  t.equal((await agent.post('/policies/key').send(USAGE)).status, 200, 'it has not settled yet')
  await setTimeout(4_300)
  t.match(await agent.post('/policies/key').send(USAGE), {
    status: 503,
    body: { code: 'OVERLOADED' },
    headers: { 'retry-after': /^\d+$/, 'content-type': 'application/problem+json' }
  })
  t.equal((await agent.get('/livez')).status, 200)
  t.equal((await agent.get('/openapi.json')).status, 200)
})

t.test('it refuses nothing where the limit is off', async (t) => {
  const { agent } = await startApp(t, {
    memoryBytes: 1,
    config: loadConfig({ MAX_MEMORY_PERCENT: '0', MAX_EVENT_LOOP_DELAY_MS: '0' })
  })
  await setTimeout(4_300)
  t.equal((await agent.post('/policies/key').send(USAGE)).status, 200)
})
