import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import process from 'node:process'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { list, record } from './compatibility/json.js'
import { lockShipped, nameOf, placementFaults, readBuilt, readJson, withShipped } from './supply-chain/shipped.js'

/**
 * The bill of materials of what is shipped, installed or built in, as npm itself makes it, held against the schema of
 * CycloneDX, the build and the lockfile, and written to `reports/sbom.cdx.json`.
 */
const PATH = 'reports/sbom.cdx.json'
const [manifest, lockfile] = [await readJson('package.json'), await readJson('package-lock.json')]
const built = readBuilt()
const sbom = await withShipped(built, makeSbom)
// npm names the application after the folder that it lies in.
Object.assign(record(record(sbom['metadata'])['component']), { name: manifest['name'] })

const text = `${JSON.stringify(sbom, null, 2)}\n`
const faults: unknown[] = placementFaults(manifest, lockfile, built, await readFile('client/client.js', 'utf8'))
const invalid = await new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(text)
if (invalid !== null) faults.push(invalid)
const listed = new Set(list(sbom['components']).map((component) => record(component)['purl']))
for (const purl of shippedPackages()) if (!listed.has(purl)) faults.push(`${purl} is not listed`)

for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
else {
  await mkdir('reports', { recursive: true })
  await writeFile(PATH, text)
  console.log(`${PATH}: CycloneDX 1.5, ${listed.size} components; ${built.bundled.length} packages are built into dist`)
}

/** `npm sbom --omit=dev` leaves out what a development dependency needs too; so it sees a lockfile without those. */
function makeSbom (folder: string): Record<string, unknown> {
  lockShipped(folder)
  const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application']
  return record(JSON.parse(execFileSync('npm', args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 })))
}

/** What the lockfile calls installed without development, and what is built in. */
function shippedPackages (): string[] {
  return Object.entries(record(lockfile['packages'])).flatMap(([path, entry]) => {
    const { dev, devOptional, optional, version } = record(entry)
    const isInstalled = dev !== true && devOptional !== true && optional !== true
    if (path === '' || !(isInstalled || built.bundled.includes(path))) return []
    return [`pkg:npm/${nameOf(path).replace('@', '%40')}@${String(version)}`]
  })
}
