import { once } from 'node:events'
import t, { type Test } from 'tap'
import { type AccessTable, parseAccessTable } from '../../src/access/access-table.js'
import { gatewayAuthentication } from '../../src/access/gateway.js'
import { createCallerSlots } from '../../src/caller-slots.js'
import { loadConfig } from '../../src/config/config.js'
import type { PolicySource } from '../../src/verify/read/policy-source.js'
import { ACCOUNT, startApp } from '../helper.js'
import { DELEGATION, policy, situation } from '../verification/documents.js'
import { worldOf } from '../verification/scenario.js'

const WORKS = situation()
const BROKEN = situation({ key: { keyPolicy: policy(DELEGATION) } })
const config = loadConfig({ AUTH_MODE: 'gateway', TRUST_PROXY: '127.0.0.0/8, ::1' })

function tableOf (callers: object): AccessTable {
  const parsed = parseAccessTable(JSON.stringify({ callers }))
  if ('faults' in parsed) throw new TypeError(parsed.faults.join())
  return parsed.table
}

/**
 * A service with one slot whose policies pass once `state.works` is true; `read` aborts when the first reading of
 * them has begun.
 */
async function start (t: Test) {
  const read = new AbortController()
  const state = { works: false, table: tableOf({ '*': { accounts: [ACCOUNT] } }) }
  const policySource: PolicySource = {
    ...worldOf(BROKEN),
    forRequest: () => {
      const world = worldOf(state.works ? WORKS : BROKEN)
      return {
        ...world,
        readKey: async (arn, signal) => {
          read.abort()
          return await world.readKey(arn, signal)
        }
      }
    }
  }
  const authenticate = config.authentication.mode === 'gateway' ? gatewayAuthentication(config.authentication) : undefined
  const slots = createCallerSlots({ active: 1, activePerCaller: 1, queue: 0 })
  const { agent } = await startApp(t, { config, authenticate, accessTable: () => state.table, policySource, slots })
  const send = async (caller: string, waitUpTo: number, accept = 'application/json') =>
    await agent
      .post('/verify')
      .set({ 'x-caller': caller, 'x-scopes': 'verify:live', accept })
      .buffer(true)
      .parse((response, done) => {
        let text = ''
        response.on('data', (chunk) => {
          text += String(chunk)
        })
        response.on('end', () => {
          done(null, text)
        })
      })
      .send({ usage: BROKEN.usage, waitUpTo })
  return { state, send, begun: once(read.signal, 'abort') }
}

t.test('a verification that waits holds no slot: the only one is free for another caller', async (t) => {
  const { state, send, begun } = await start(t)
  let hasEnded = false
  const waiting = send('a', 120).finally(() => {
    hasEnded = true
  })
  await begun
  for (let status = 503; status !== 200;) status = (await send('b', 0)).status
  t.notOk(hasEnded)
  state.works = true
  t.equal((await waiting).status, 200)
})

for (const accept of ['application/json', 'application/x-ndjson']) {
  t.test(`access revoked while a verification waits: it ends with FORBIDDEN (${accept})`, async (t) => {
    const { state, send, begun } = await start(t)
    const waiting = send('a', 60, accept)
    await begun
    state.table = tableOf({ b: { accounts: [ACCOUNT] } })
    const { status, body } = await waiting
    t.equal(status, accept === 'application/json' ? 403 : 200)
    const last: unknown = JSON.parse(String(body).trim().split('\n').at(-1) ?? '')
    t.match(
      last,
      accept === 'application/json'
        ? { code: 'FORBIDDEN', status: 403 }
        : { type: 'problem', problem: { code: 'FORBIDDEN', status: 403 } }
    )
  })
}
