import { execFileSync } from 'node:child_process'
import { lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'

/**
 * What an installation takes, of revisions beside each other: `npm run bench:install -- --runs 3 4155cb1 HEAD`. Each is
 * installed from the cache of npm, alternately, with and without what only develops the service.
 */
const given = process.argv.slice(2)
const at = given.indexOf('--runs')
const runs = at === -1 ? 3 : Number(given[at + 1])
const revisions = given.filter((_, index) => at === -1 || (index !== at && index !== at + 1))
const KINDS = [
  ['shipped', ['--omit=dev']],
  ['with development', []]
] as const

interface Measured {
  times: number[]
  packages: number
  bytes: number
}

async function install (
  revision: string,
  flags: readonly string[]
): Promise<{ ms: number; packages: number; bytes: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'install-'))
  try {
    for (const name of ['package.json', 'package-lock.json', '.npmrc'])
      await writeFile(join(folder, name), execFileSync('git', ['show', `${revision}:${name}`], { maxBuffer: 1 << 28 }))
    const begun = performance.now()
    execFileSync('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund', ...flags], { cwd: folder, stdio: 'pipe' })
    return { ms: performance.now() - begun, ...(await contents(join(folder, 'node_modules'))) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Bytes of the files, and how many packages they are. */
async function contents (folder: string): Promise<{ packages: number; bytes: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await lstat(join(parentPath, name))).size))
  const isPackage = ({ parentPath, name }: { parentPath: string; name: string }): boolean =>
    name === 'package.json' && /node_modules\/(@[^/]+\/)?[^/@]+$/.test(parentPath)
  return { packages: files.filter(isPackage).length, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN
const measured = new Map<string, Measured>()
for (let run = 0; run <= runs; run++)
  for (const [kind, flags] of KINDS)
    for (const revision of revisions) {
      const { ms, ...rest } = await install(revision, flags)
      const row = `${revision} | ${kind}`
      // The first round fills the cache.
      const times = run === 0 ? [] : [...(measured.get(row)?.times ?? []), ms]
      measured.set(row, { times, ...rest })
    }

console.log(`Node.js ${process.version}, median of ${runs} runs\n`)
console.log('| Revision | Installation | Packages | MB | Time (s) |\n| --- | --- | --- | --- | --- |')
for (const [row, { times, packages, bytes }] of measured)
  console.log(`| ${row} | ${packages} | ${(bytes / 1e6).toFixed(1)} | ${(median(times) / 1_000).toFixed(1)} |`)
