import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile, symlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import process from 'node:process'
import t, { type Test } from 'tap'
import { record, type Json } from '../../scripts/compatibility/json.js'
import { lockfileFaults } from '../../scripts/supply-chain/lockfile.js'
import { placementFaults, shippedManifest, type Built } from '../../scripts/supply-chain/shipped.js'

const TSX = resolve('node_modules/.bin/tsx')

interface Ended {
  code: unknown
  output: string
}

async function run (cwd: string, command: string, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env: { ...process.env, ...env }, timeout: 300_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr })
    })
  })
}

/**
 * A registry on loopback that knows these advisories, or answers what is asked for them with a status alone, as a
 * mirror without them does with 405.
 */
async function registry (t: Test, advisories: ((name: string) => unknown) | number): Promise<string> {
  const server = createServer((request, response) => {
    const isAudit = request.url?.startsWith('/-/npm/v1/security/') ?? false
    request.resume().once('end', () => {
      if (!isAudit) response.writeHead(404).end('{}')
      else if (typeof advisories === 'number') response.writeHead(advisories, { allow: 'GET,HEAD' }).end()
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(advisories('fastify')))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}/`
}

const advisory =
  (severity: string) =>
    (name: string): unknown => ({
      [name]: [
        {
          id: 1,
          url: 'https://example.com/advisory',
          title: 'a hole',
          severity,
          vulnerable_versions: '<99.0.0',
          cwe: [],
          cvss: { score: 9, vectorString: null }
        }
      ]
    })

// A cache of its own: npm keeps what it worked out of an advisory.
const audit = (t: Test, url: string): Promise<Ended> =>
  run('.', TSX, ['scripts/vulnerabilities.ts'], {
    npm_config_registry: url,
    npm_config_fetch_retries: '0',
    npm_config_cache: t.testdir({})
  })

t.test('npm audit: a finding of severity high fails and is named', async (t) => {
  const { code, output } = await audit(t, await registry(t, advisory('high')))
  t.equal(code, 1, output)
  t.match(output, /fastify .*: high/)
})

t.test('npm audit: a finding below passes, and so does none', async (t) => {
  for (const advisories of [advisory('moderate'), () => ({})]) {
    const { code, output } = await audit(t, await registry(t, advisories))
    t.equal(code, 0, output)
    t.match(output, /nothing of severity high/)
  }
})

t.test('npm audit: registry without advisories, is reported and passes', async (t) => {
  const { code, output } = await audit(t, await registry(t, 405))
  t.equal(code, 0, output)
  t.match(output, /not available here/)
})

t.test('npm audit: advisories that are kept away, fail or are not reached are no absent ones', async (t) => {
  for (const url of [await registry(t, 401), await registry(t, 404), await registry(t, 500), 'http://127.0.0.1:9/']) {
    const { code, output } = await audit(t, url)
    t.equal(code, 1, output)
    t.match(output, /npm audit ended with 1: .*(40[14]|500|ECONNREFUSED)/)
  }
})

t.test('npm audit: what fails for another reason is no absent registry', async (t) => {
  const folder = t.testdir({ 'package.json': '{ "name": "without-lockfile", "version": "1.0.0" }' })
  const { code, output } = await run(folder, TSX, [resolve('scripts/vulnerabilities.ts')])
  t.equal(code, 1, output)
})

t.test('the lockfile: what is not from a registry, or without its SHA-512, is refused', async (t) => {
  const read = async (path: string): Promise<Json> => record(JSON.parse(await readFile(path, 'utf8')))
  const [lock, manifest] = [await read('package-lock.json'), await read('package.json')]
  t.same(lockfileFaults(lock, manifest), [])
  const withEntry = (change: Json): Json => ({
    ...lock,
    packages: { 'node_modules/goods': { version: '1.0.0', integrity: `sha512-${'A'.repeat(86)}==`, ...change } }
  })
  t.same(lockfileFaults(withEntry({}), manifest), [])
  const changes: Json[] = [
    { integrity: undefined },
    { integrity: 'sha1-0123456789012345678901234567' },
    { link: true },
    { version: undefined },
    { resolved: 'git+ssh://git@example.com/goods.git#0123456' },
    { resolved: 'http://example.com/goods.tgz' }
  ]
  for (const change of changes) t.equal(lockfileFaults(withEntry(change), manifest).length, 1, JSON.stringify(change))
  for (const version of [
    'github:example/goods',
    'file:../goods',
    '^1.0.0',
    'latest',
    'https://example.com/goods.tgz'
  ]) {
    t.equal(lockfileFaults(lock, { dependencies: { goods: version } }).length, 1, version)
  }
  t.equal(lockfileFaults({ lockfileVersion: 3, packages: { '': {} } }, manifest).length, 1)
  t.equal(lockfileFaults({ ...lock, lockfileVersion: 2 }, manifest).length, 1)
})

t.test('the lockfile: one version shipped many times is refused', (t) => {
  const entry = { version: '1.0.1', integrity: `sha512-${'A'.repeat(86)}==` }
  const faultsOf = (copies: number, more: Json = {}): string[] => {
    const nested = Array.from({ length: copies }, (_, index) => [`node_modules/user${index}/node_modules/@some/goods`, { ...entry, ...more }])
    const packages = { 'node_modules/@some/goods': { ...entry, version: '1.0.0' }, ...Object.fromEntries(nested) }
    return lockfileFaults({ lockfileVersion: 3, packages }, {})
  }
  t.strictSame(faultsOf(2), [])
  t.strictSame(faultsOf(3), ['@some/goods@1.0.1 is installed 3 times: give it the place at the top'])
  t.strictSame(faultsOf(9, { dev: true }), [], 'nothing of it is shipped')
  t.end()
})

/** A folder whose build contains the given packages, and whose packages are `goods` alone. */
async function shop (t: Test, kind: string, license: string, bundled: readonly string[] = []): Promise<string> {
  const folder = t.testdir({
    'package.json': JSON.stringify({ name: 'shop', version: '1.0.0', license: 'MIT', [kind]: { goods: '1.0.0' } }),
    'package-lock.json': JSON.stringify({ packages: { 'node_modules/goods': { version: '1.0.0' } } }),
    node_modules: { goods: { 'package.json': JSON.stringify({ name: 'goods', version: '1.0.0', license }) } },
    scripts: { 'build.js': `console.log('${JSON.stringify({ bundled, loaded: [] })}')` }
  })
  await symlink(resolve('node_modules/.bin'), join(folder, 'node_modules/.bin'))
  return folder
}

t.test('licenses: what is shipped is permissive; data and texts may help to develop it', async (t) => {
  const licensed = async (kind: string, license: string, bundled?: string[]): Promise<unknown> => {
    const folder = await shop(t, kind, license, bundled)
    return (await run(folder, TSX, [resolve('scripts/check-licenses.ts')])).code
  }
  t.equal(await licensed('dependencies', '(GPL-3.0-only OR MIT)'), 0)
  t.equal(await licensed('devDependencies', 'CC0-1.0'), 0)
  for (const license of ['GPL-3.0-only', 'CC0-1.0', 'SEE LICENSE IN goods'])
    t.not(await licensed('dependencies', license), 0, license)
  t.not(await licensed('devDependencies', 'AGPL-3.0-only'), 0)
  t.not(await licensed('devDependencies', 'CC0-1.0', ['node_modules/goods']), 0, 'built in, so it is shipped')
})

t.test('the build: what dist loads is installed beside it, and nothing else', (t) => {
  const lockfile = {
    packages: {
      'node_modules/loaded': { version: '1.0.0', peerDependencies: { demanded: '1' } },
      'node_modules/built-in': { version: '2.0.0', dev: true },
      'node_modules/built-in/node_modules/nested': { version: '3.0.0', dev: true }
    }
  }
  const dependencies = { loaded: '1.0.0', demanded: '1.0.0', client: '1.0.0' }
  const built = {
    bundled: ['node_modules/built-in', 'node_modules/built-in/node_modules/nested'],
    loaded: ['loaded']
  }
  const faults = (more: Json, change: Partial<Built> = {}): string[] =>
    placementFaults({ dependencies: { ...dependencies, ...more } }, lockfile, { ...built, ...change }, "from 'client'")
  t.strictSame(faults({}), [])
  t.strictSame(faults({ 'built-in': '2.0.0' }), ['dist does not load built-in: it belongs to the devDependencies'])
  t.strictSame(faults({}, { loaded: ['loaded', 'other'] }), ['dist loads other: it belongs to the dependencies'])
  t.strictSame(faults({}, { bundled: ['node_modules/other'] }), ['node_modules/other is built in and not locked'])
  t.strictSame(shippedManifest({ name: 'shop', dependencies, devDependencies: { tool: '1.0.0' } }, lockfile, built), {
    name: 'shop',
    dependencies: { ...dependencies, 'built-in': '2.0.0' },
    devDependencies: {}
  })
  t.end()
})
