import { execFileSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { list, record } from './compatibility/json.js'

/**
 * The bill of materials of what is shipped, as npm itself makes it, held against the schema of CycloneDX and against
 * the lockfile, and written to `reports/sbom.cdx.json`.
 */
const PATH = 'reports/sbom.cdx.json'
const manifest = record(JSON.parse(await readFile('package.json', 'utf8')))
const sbom = await makeSbom()
// npm names the application after the folder that it lies in.
Object.assign(record(record(sbom['metadata'])['component']), { name: manifest['name'] })

const text = `${JSON.stringify(sbom, null, 2)}\n`
const faults: unknown[] = []
const invalid = await new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(text)
if (invalid !== null) faults.push(invalid)
const listed = new Set(list(sbom['components']).map((component) => record(component)['purl']))
const shipped = await shippedPackages()
for (const purl of shipped) if (!listed.has(purl)) faults.push(`${purl} is not listed`)

for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
else {
  await mkdir('reports', { recursive: true })
  await writeFile(PATH, text)
  console.log(`${PATH}: CycloneDX 1.5, ${listed.size} components`)
}

/** `npm sbom --omit=dev` leaves out what a development dependency needs too; so it sees a lockfile without those. */
async function makeSbom (): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'sbom-'))
  const npm = (...args: string[]): string =>
    execFileSync('npm', args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 })
  try {
    for (const file of ['package-lock.json', '.npmrc']) await copyFile(file, join(folder, file))
    await writeFile(join(folder, 'package.json'), JSON.stringify({ ...manifest, devDependencies: {} }))
    npm('prune', '--package-lock-only', '--offline', '--no-audit', '--no-fund')
    return record(JSON.parse(npm('sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application')))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function shippedPackages (): Promise<string[]> {
  const lockfile = record(JSON.parse(await readFile('package-lock.json', 'utf8')))
  return Object.entries(record(lockfile['packages'])).flatMap(([path, entry]) => {
    const { dev, devOptional, optional, version } = record(entry)
    if (path === '' || dev === true || devOptional === true || optional === true) return []
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    return [`pkg:npm/${name.replace('@', '%40')}@${String(version)}`]
  })
}
