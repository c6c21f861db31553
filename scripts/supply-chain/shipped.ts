import { execFileSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { list, record, type Json } from '../compatibility/json.js'

/** What the build says of itself (`scripts/build.js --list`). */
export interface Built {
  /** Folders of the packages that are built into `dist`, e.g. `node_modules/ajv`. */
  readonly bundled: readonly string[]
  /** Names of the packages that `dist` loads from `node_modules`. */
  readonly loaded: readonly string[]
}

export const readJson = async (path: string): Promise<Json> => record(JSON.parse(await readFile(path, 'utf8')))

/** Builds the sources of the current folder, without writing anything. */
export function readBuilt (): Built {
  const output = execFileSync(process.execPath, ['scripts/build.js', '--list'], { encoding: 'utf8' })
  const { bundled, loaded } = record(JSON.parse(output))
  return { bundled: list(bundled).map(String), loaded: list(loaded).map(String) }
}

const MODULES = 'node_modules/'
export const nameOf = (path: string): string => path.slice(path.lastIndexOf(MODULES) + MODULES.length)

/**
 * The manifest of all that is shipped: what is installed beside `dist`, and what is built into it, whatever the
 * manifest calls it. With it come the packages that these ask for, of which a few are left out of the build.
 */
export function shippedManifest (manifest: Json, lockfile: Json, { bundled }: Built): Json {
  const packages = record(lockfile['packages'])
  // The others are below one that asks for them.
  const atTop = bundled.filter((path) => path.lastIndexOf(MODULES) === 0)
  return {
    ...manifest,
    dependencies: {
      ...record(manifest['dependencies']),
      ...Object.fromEntries(atTop.map((path) => [nameOf(path), record(packages[path])['version']]))
    },
    devDependencies: {}
  }
}

/**
 * The places where manifest and build disagree: what `dist` loads is installed beside it, and nothing else is but what
 * the typed client and the installed packages themselves ask for.
 */
export function placementFaults (manifest: Json, lockfile: Json, { bundled, loaded }: Built, client: string): string[] {
  const packages = record(lockfile['packages'])
  const installed = Object.keys(record(manifest['dependencies']))
  const demanded = installed.flatMap((name) => Object.keys(record(record(packages[`${MODULES}${name}`])['peerDependencies'])))
  const needed = new Set([...loaded, ...demanded, ...installed.filter((name) => client.includes(`from '${name}'`))])
  return [
    ...loaded
      .filter((name) => !installed.includes(name))
      .map((name) => `dist loads ${name}: it belongs to the dependencies`),
    ...installed
      .filter((name) => !needed.has(name))
      .map((name) => `dist does not load ${name}: it belongs to the devDependencies`),
    ...bundled.filter((path) => packages[path] === undefined).map((path) => `${path} is built in and not locked`)
  ]
}

/** Runs something in a folder that has the manifest of what is shipped, and the installed packages. */
export async function withShipped<T> (built: Built, run: (folder: string) => T): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'shipped-'))
  try {
    const [manifest, lockfile] = [await readJson('package.json'), await readJson('package-lock.json')]
    await writeFile(join(folder, 'package.json'), JSON.stringify(shippedManifest(manifest, lockfile, built)))
    await symlink(resolve('node_modules'), join(folder, 'node_modules'))
    return run(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Copies the lockfile to such a folder, without what only develops the service: npm's own options overlook some. */
export function lockShipped (folder: string): void {
  for (const file of ['package-lock.json', '.npmrc']) copyFileSync(file, join(folder, file))
  const prune = ['prune', '--package-lock-only', '--offline', '--no-audit', '--no-fund']
  execFileSync('npm', prune, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
}
