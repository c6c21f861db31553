import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { documentRequests } from '../../../routes/examples/verification.js'
import { FORMATS, POLICY_FORMATS } from '../../../src/cli/format-names.js'
import { POLICY_FORMS } from '../../../src/formats/policies/policy-forms.js'
import { REPORT_FORMS } from '../../../src/formats/formats.js'
import { buildServer, ENVIRONMENT, start } from '../../built-server.js'
import { connectMcp } from '../../mcp-client.js'

const execute = promisify(execFile)
const env = { ...ENVIRONMENT, HOME: '/tmp', npm_config_offline: 'true' }

t.test('package: contains the build and the client, and nothing else', async (t) => {
  await buildServer()
  const { stdout } = await execute('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { env })
  const [{ files }]: [{ files: Array<{ path: string; mode: number }> }] = JSON.parse(stdout)
  const paths = files.map(({ path }) => path)
  for (const path of ['dist/src/cli.js', 'dist/src/server.js', 'dist/src/worker.js', 'dist/page/index.html', 'dist/swagger-ui/swagger-ui-bundle.js', 'dist/THIRD-PARTY-NOTICES.txt', 'client/client.js', 'client/client.d.ts', 'openapi/openapi.json', 'LICENSE', 'README.md'])
    t.ok(paths.includes(path), path)
  const allowed = /^(?:dist\/src\/[\w.-]+\.js|dist\/page\/(?:assets\/)?[\w.-]+\.(?:js|css|html|svg|gz)|dist\/swagger-ui\/[\w.-]+|dist\/THIRD-PARTY-NOTICES\.txt|client\/[\w.-]+|openapi\/openapi\.json|LICENSE|README\.md|package\.json)$/
  t.strictSame(paths.filter((path) => !allowed.test(path)), [])
  t.equal(files.find(({ path }) => path === 'dist/src/cli.js')?.mode, 0o755)
})

/** The packed files beside the packages that an installation puts there: none of those that are built in. */
async function installed (t: Test): Promise<string> {
  await buildServer()
  const folder = t.testdir({ package: { node_modules: {} } })
  const { stdout } = await execute('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { env })
  const [{ filename }]: [{ filename: string }] = JSON.parse(stdout)
  await execute('tar', ['-xzf', join(folder, filename), '-C', folder])
  const { packages }: Lockfile = JSON.parse(await readFile('package-lock.json', 'utf8'))
  for (const [path, { dev = false }] of Object.entries(packages)) {
    if (dev || path.lastIndexOf('node_modules/') !== 0) continue
    await mkdir(dirname(join(folder, 'package', path)), { recursive: true })
    await symlink(resolve(path), join(folder, 'package', path))
  }
  return join(folder, 'package')
}

interface Lockfile {
  packages: Record<string, { dev?: boolean }>
}

t.test('package: the command runs from the packed files', async (t) => {
  const folder = await installed(t)
  const { bin, private: isPrivate, scripts } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  t.equal(isPrivate, undefined)
  // Without the option npm would run no `prepack`, and publish what an earlier build left.
  t.match(scripts, { prepack: 'node scripts/build.js --clean', release: 'npm publish --ignore-scripts=false' })
  const command = join(folder, bin['personalize-kms'])
  const requirements = await execute(command, ['requirements', '--format', 'json'], { env, cwd: folder })
  t.match(JSON.parse(requirements.stdout), { requirements: [{ operation: String }] })

  const request = JSON.stringify(documentRequests.servicePrincipalMissing.value)
  await writeFile(join(folder, 'request.json'), request)
  const forms = Object.keys(FORMATS).flatMap((name) => ['--format', `${name}=report.${name}`])
  const failing = execute(command, ['verify-documents', 'request.json', ...forms], { env, cwd: folder })
  await t.rejects(failing, { code: 1 })
  for (const name of Object.keys(FORMATS)) t.ok((await readFile(join(folder, `report.${name}`))).length > 100, name)
  for (const name of Object.keys(POLICY_FORMATS)) {
    const change = ['--format', 'json=report.json', '--remediation-format', `${name}=change.${name}`]
    await t.rejects(execute(command, ['verify-documents', 'request.json', ...change], { env, cwd: folder }), { code: 1 })
    t.ok((await readFile(join(folder, `change.${name}`))).length > 100, name)
  }

  const { child, open, request: ask, call } = connectMcp([command, 'mcp'], env)
  await open()
  t.match((await ask('tools/list')).tools.map(({ name }) => name), ['list_requirements', 'generate_policies'])
  t.match(await call('verify_documents', JSON.parse(request)), { structuredContent: { verdict: 'fail' } })
  child.stdin.end()
  await once(child, 'exit')
})

t.test('package: the service runs from the packed files, with all that only some configurations load', async (t) => {
  const folder = await installed(t)
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_MAX_ATTEMPTS: '1',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1'
  }
  const { port } = await start(t, environment, [process.execPath, join(folder, 'dist/src/server.js')])
  const url = `http://127.0.0.1:${port}`
  for (const path of ['/', '/docs', '/docs/static/swagger-ui-bundle.js', '/docs/static/logo.svg', '/openapi.json'])
    t.equal((await fetch(`${url}${path}`)).status, 200, path)
  const post = async (path: string, body: object): Promise<number> => {
    const headers = { 'content-type': 'application/json' }
    return (await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).status
  }
  t.equal(await post('/verify/documents', documentRequests.works.value), 200)
  const { usage } = documentRequests.works.value
  t.equal(await post('/verify', { usage }), 502, 'the AWS SDK is loaded; no AWS answers')
})

t.test('forms: the command has those of the service, under its own short names', async (t) => {
  const [{ table: _, json: _json, ...forms }, { json: _own, ...policyForms }] = [FORMATS, POLICY_FORMATS]
  t.strictSame(Object.entries(forms).sort(), REPORT_FORMS.map(({ name, extension }) => [name, extension]).sort())
  t.strictSame(Object.values(policyForms).sort(), POLICY_FORMS.map(({ mediaType }) => mediaType).sort())
})
