import t from 'tap'
import { loadConfig } from '../../src/config/config.js'
import type { PolicySource } from '../../src/verify/read/policy-source.js'
import { listen, startApp } from '../helper.js'
import { DELEGATION, policy, situation } from '../verification/documents.js'
import { worldOf } from '../verification/scenario.js'

const WORKS = situation()
const LOST = { state: 'notRead', why: 'AWS is silent', cause: 'timeout' } as const
const LOST_ROLE = {
  role: LOST,
  trustPolicy: LOST,
  permissionsBoundary: LOST,
  identityPolicies: { read: [], lost: [{ name: 'all', ...LOST }] }
}
const BROKEN = situation({ key: { keyPolicy: policy(DELEGATION) } })

/** Policies that work from the second reading on. */
function justApplied (): PolicySource & { readings: () => number } {
  let readings = 0
  return { ...worldOf(WORKS), readings: () => readings, forRequest: () => worldOf(readings++ === 0 ? BROKEN : WORKS) }
}

t.test('POST /verify waits for what was just applied, longer than a connection may be silent', async (t) => {
  const { app, agent } = await startApp(t, { policySource: justApplied() })
  app.server.setTimeout(400)
  const answer = await agent.post('/verify').send({ usage: WORKS.usage, waitUpTo: 30 })
  t.equal(answer.status, 200)
  t.match(answer.body, { verdict: 'pass', reads: { attempts: 2 } })
})

t.test('without waitUpTo it is read once', async (t) => {
  const policySource = justApplied()
  const { agent } = await startApp(t, { policySource })
  t.match((await agent.post('/verify').send({ usage: WORKS.usage })).body, { verdict: 'fail', reads: { attempts: 1 } })
  t.equal(policySource.readings(), 1)
})

t.test('a service that stops answers with what it has read', async (t) => {
  const { app } = await startApp(t, { policySource: worldOf(BROKEN) })
  const port = await listen(app)
  const answering = fetch(`http://127.0.0.1:${port}/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ usage: WORKS.usage, waitUpTo: 60 })
  })
  await new Promise((resolve) => setTimeout(resolve, 300))
  await app.close()
  const answer = await answering
  t.equal(answer.status, 200)
  t.match(await answer.json(), { verdict: 'fail', reads: { attempts: 1 } })
})

t.test(
  'a service that stops reads no longer than its drain time allows, and the stream says what it has',
  async (t) => {
    const silent = {
      ...worldOf(WORKS),
      readRole: async (roleArn: string, signal: AbortSignal) => {
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve)
        })
        return await worldOf(WORKS, { role: LOST_ROLE }).readRole(roleArn, signal)
      }
    }
    for (const accept of ['application/json', 'application/x-ndjson']) {
      const { app } = await startApp(t, { config: loadConfig({ DRAIN_MS: '2000' }), policySource: silent })
      const answering = fetch(`http://127.0.0.1:${await listen(app)}/verify`, {
        method: 'POST',
        headers: { accept, 'content-type': 'application/json' },
        body: JSON.stringify({ usage: WORKS.usage, waitUpTo: 60 })
      })
      await new Promise((resolve) => setTimeout(resolve, 300))
      const stopped = performance.now()
      await app.close()
      const tookMs = performance.now() - stopped
      t.ok(tookMs > 900, `${tookMs} ms`)
      const answer = await answering
      t.equal(answer.status, 200)
      t.match(await answer.text(), '"indeterminate"', accept)
    }
  }
)

t.test('the limits of both members', async (t) => {
  const { agent } = await startApp(t, { policySource: worldOf(WORKS) })
  const answer = await agent.post('/verify').send({ usage: WORKS.usage, waitUpTo: 121, maxAgeSeconds: -1 })
  t.equal(answer.status, 400)
  t.same(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort(), ['/maxAgeSeconds', '/waitUpTo'])
  t.equal(
    (await agent.post('/verify').send({ usage: WORKS.usage, waitUpTo: 0.5, maxAgeSeconds: '60' })).body.errors.length,
    2
  )
  t.equal((await agent.post('/verify').send({ usage: WORKS.usage, waitUpTo: 120, maxAgeSeconds: 300 })).status, 200)
})
