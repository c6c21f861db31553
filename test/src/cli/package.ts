import { execFile } from 'node:child_process'
import { readFile, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { FORMATS, POLICY_FORMATS } from '../../../src/cli/format-names.js'
import { POLICY_FORMS } from '../../../src/formats/policies/policy-forms.js'
import { REPORT_FORMS } from '../../../src/formats/formats.js'
import { buildServer, ENVIRONMENT } from '../../built-server.js'

const execute = promisify(execFile)
const env = { ...ENVIRONMENT, HOME: '/tmp', npm_config_offline: 'true' }

t.test('package: contains the build and the client, and nothing else', async (t) => {
  await buildServer()
  const { stdout } = await execute('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { env })
  const [{ files }]: [{ files: Array<{ path: string; mode: number }> }] = JSON.parse(stdout)
  const paths = files.map(({ path }) => path)
  for (const path of ['dist/src/cli.js', 'dist/src/server.js', 'dist/src/worker.js', 'dist/page/index.html', 'client/client.js', 'client/client.d.ts', 'openapi/openapi.json', 'LICENSE', 'README.md'])
    t.ok(paths.includes(path), path)
  const allowed = /^(?:dist\/src\/[\w.-]+\.js|dist\/page\/(?:assets\/)?[\w.-]+\.(?:js|css|html|svg|gz)|client\/[\w.-]+|openapi\/openapi\.json|LICENSE|README\.md|package\.json)$/
  t.strictSame(paths.filter((path) => !allowed.test(path)), [])
  t.equal(files.find(({ path }) => path === 'dist/src/cli.js')?.mode, 0o755)
})

t.test('package: the command runs from the packed files', async (t) => {
  await buildServer()
  const folder = t.testdir({ node_modules: {} })
  const { stdout } = await execute('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { env })
  const [{ filename }]: [{ filename: string }] = JSON.parse(stdout)
  await execute('tar', ['-xzf', join(folder, filename), '-C', folder])
  // The dependencies, as an installation puts them.
  await symlink(resolve('node_modules'), join(folder, 'package', 'node_modules'))
  const { bin, private: isPrivate, scripts } = JSON.parse(await readFile(join(folder, 'package', 'package.json'), 'utf8'))
  t.equal(isPrivate, undefined)
  t.match(scripts, { prepack: 'node scripts/build.js --clean' })
  const command = join(folder, 'package', bin['personalize-kms'])
  const requirements = await execute(command, ['requirements', '--format', 'json'], { env, cwd: folder })
  t.match(JSON.parse(requirements.stdout), { requirements: [{ operation: String }] })
})

t.test('forms: the command has those of the service, under its own short names', async (t) => {
  const [{ table: _, json: _json, ...forms }, { json: _own, ...policyForms }] = [FORMATS, POLICY_FORMATS]
  t.strictSame(Object.entries(forms).sort(), REPORT_FORMS.map(({ name, extension }) => [name, extension]).sort())
  t.strictSame(Object.values(policyForms).sort(), POLICY_FORMS.map(({ mediaType }) => mediaType).sort())
})
