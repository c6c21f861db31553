import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { connect, putKeyPolicy, type Scenario, seedScenarios } from '../../demo/scenarios.js'
import { generateKeyPolicy } from '../../src/policies/generate.js'
import { runCommand } from '../built-command.js'
import { buildServer, start } from '../built-server.js'
import { type Moto, withMoto } from '../moto.js'

const EXPECTED = { pass: 0, fail: 1 } as const

interface World {
  scenarios: Scenario[]
  env: Record<string, string>
  cwd: string
}

async function seeded (t: Test, moto: Moto): Promise<World> {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' })
  const scenarios = await seedScenarios(connect(moto.url))
  const env = { AWS_ENDPOINT_URL: moto.url, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  return { scenarios, env, cwd: t.testdir({}) }
}

t.before(buildServer)

withMoto(t, 'verify: reads AWS with the credentials of the caller', async (t, moto) => {
  const { scenarios, env, cwd } = await seeded(t, moto)
  for (const { name, usage } of scenarios) {
    const { status, stdout, stderr } = await runCommand(['verify', '-', '--format', 'json'], { cwd, env, stdin: JSON.stringify(usage) })
    const report = JSON.parse(stdout)
    t.equal(status, EXPECTED[name === 'works' ? 'pass' : 'fail'], name)
    t.match(report, { verdict: name === 'works' ? 'pass' : 'fail', observedAt: String })
    t.equal(stderr, '', 'no progress outside of a terminal')
  }
})

withMoto(t, 'verify: a running service says the same', async (t, moto) => {
  const { scenarios, env, cwd } = await seeded(t, moto)
  const { port } = await start(t, env)
  const service = { PERSONALIZE_KMS_URL: `http://127.0.0.1:${port}` }
  for (const { usage } of scenarios) {
    const args = ['verify', '-', '--format', 'json']
    const stdin = JSON.stringify({ usage })
    const [own, ofService] = await Promise.all([runCommand(args, { cwd, env, stdin }), runCommand(args, { cwd, env: service, stdin })])
    const [{ observedAt: _one, ...first }, { observedAt: _other, ...second }] = [JSON.parse(own.stdout), JSON.parse(ofService.stdout)]
    t.equal(ofService.status, own.status)
    t.strictSame(second, first)
  }
  const refused = await runCommand(['verify', '-', '--url', `http://127.0.0.1:${port}/`], { cwd, stdin: JSON.stringify({ usage: { ...scenarios[0]?.usage, operations: ['dataDeletionJob'] } }) })
  t.match(refused, { status: 3, stdout: '', stderr: /CUSTOMER_KEY_NOT_SUPPORTED: .*HTTP 422[^]*\/usage\/operations\/0/ })
})

withMoto(t, 'verify --wait: the policy is put while it waits', async (t, moto) => {
  const { scenarios, env, cwd } = await seeded(t, moto)
  const usage = scenarios.find(({ name }) => name === 'service-principal-absent')?.usage
  if (usage === undefined) throw new Error('no such scenario')
  await writeFile(join(cwd, 'usage.json'), JSON.stringify(usage))
  const waiting = runCommand(['verify', 'usage.json', '--wait', '60', '--format', 'json'], { cwd, env })
  await putKeyPolicy(connect(moto.url), usage, generateKeyPolicy(usage, { indent: 0 }))
  const { status, stdout } = await waiting
  t.equal(status, 0)
  t.match(JSON.parse(stdout), { verdict: 'pass', reads: { attempts: Number } })
})

t.test('verify --url: the token of the environment, and what is no report', async (t) => {
  const seen: Array<string | undefined> = []
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    if (request.url === '/redirect/verify') response.writeHead(307, { location: 'http://127.0.0.1:65535/' }).end()
    else response.writeHead(200, { 'content-type': 'text/html' }).end('<p>a proxy</p>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const usage = ['--operations', 'datasetGroup', '--role', 'arn:aws:iam::111122223333:role/R', '--key', 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab']
  const env = { PERSONALIZE_KMS_TOKEN: 'a.b.c' }
  const cwd = t.testdir({})
  t.match(await runCommand(['verify', ...usage, '--url', url], { cwd, env }), { status: 3, stdout: '', stderr: /answered 200, and neither a report nor a problem document/ })
  t.match(await runCommand(['verify', ...usage, '--url', `${url}/redirect`], { cwd, env }), { status: 3, stderr: /does not answer/ })
  t.strictSame(seen, ['Bearer a.b.c', 'Bearer a.b.c'])
})
