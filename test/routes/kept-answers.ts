import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { keyPolicyRequests, policiesRequests, rolePolicyRequests, trustPolicyRequests } from '../../routes/examples/usages.js'
import { documentRequests } from '../../routes/examples/verification.js'
import { SCOPES } from '../../src/access/caller.js'
import type { Authenticate } from '../../src/access/gateway.js'
import { startApp } from '../helper.js'

const ROUTES = ['/policies/key', '/policies/iam', '/policies/trust', '/policies', '/verify/documents']
const bodies = [keyPolicyRequests, rolePolicyRequests, trustPolicyRequests, policiesRequests, documentRequests].flatMap((examples) => Object.values(examples).map(({ value }) => JSON.stringify(value)))

t.test('a body that comes again is answered as it was, on every route, in every layout, and as if it were the first', async (t) => {
  const { agent } = await startApp(t)
  const ask = async (of: typeof agent, path: string, body: string) => {
    const { status, text, headers: { etag, 'content-type': type } } = await of.post(path).set('content-type', 'application/json').send(body)
    // Of a refusal: all but the id of the request.
    return { status, etag, type, text: text.replace(/"instance":"[^"]*"/, '') }
  }
  const paths = ROUTES.flatMap((route) => [route, `${route}?pretty=true`])
  for (const body of bodies) {
    const { agent: fresh } = await startApp(t)
    for (const path of paths) {
      const first = await ask(fresh, path, body)
      for (const time of ['first', 'second', 'third']) t.strictSame(await ask(agent, path, body), first, `${path}, ${time} time: ${body.slice(0, 80)}`)
    }
  }
})

t.test('its line in the log says the same, and a refusal is looked at anew', async (t) => {
  const lines: string[] = []
  const { agent } = await startApp(t, { log: pino({ level: 'info' }, { write: (line: string) => { lines.push(line) } }) })
  for (const id of ['first', 'second']) await agent.post('/verify/documents').set('x-request-id', id).send(documentRequests.servicePrincipalMissing.value)
  for (const id of ['third', 'fourth']) await agent.post('/policies/key').set('x-request-id', id).send({ ...keyPolicyRequests.datasetGroup.value, region: 'eu-north-9' })
  await turn()
  const told = lines.map((line) => JSON.parse(line)).map(({ time, ms, pid, hostname, ...rest }) => rest)
  const { usage: { kmsKeyArns, roleArns } } = documentRequests.servicePrincipalMissing.value
  for (const [index, reqId] of ['first', 'second'].entries()) t.match(told[index], { reqId, status: 200, verdict: 'fail', kmsKeyArns, roleArns })
  for (const [index, reqId] of ['third', 'fourth'].entries()) t.match(told[index + 2], { reqId, status: 422, code: 'INCONSISTENT_USAGE', roleArns: keyPolicyRequests.datasetGroup.value.roleArns })
})

t.test('the line of a kept answer tells who asked for it this time, and where', async (t) => {
  const lines: string[] = []
  const byWord: Authenticate = ({ headers }) => ({ id: String(headers['x-who']), scopes: new Set(SCOPES) })
  const { agent } = await startApp(t, { authenticate: byWord, log: pino({ level: 'info' }, { write: (line: string) => { lines.push(line) } }) })
  const callers = ['first', 'first', 'second', 'first', 'second', 'second']
  for (const [index, who] of callers.entries()) {
    await agent.post(`/policies/iam${index % 2 === 0 ? '' : '?pretty=false'}`).set('x-who', who).set('x-request-id', `id-${index}`).send(rolePolicyRequests.datasetGroup.value)
  }
  await turn()
  const facts = { level: 30, method: 'POST', path: '/policies/iam', route: '/policies/iam', status: 200, kmsKeyArns: rolePolicyRequests.datasetGroup.value.kmsKeyArns, roleArns: rolePolicyRequests.datasetGroup.value.roleArns, msg: 'request answered' }
  const told = lines.map((line) => JSON.parse(line)).map(({ time, ms, pid, hostname, ...rest }) => {
    t.type(ms, 'number')
    return rest
  })
  t.same(told, callers.map((caller, index) => ({ ...facts, reqId: `id-${index}`, caller })))
})
