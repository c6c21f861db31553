import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { record } from './compatibility/json.js'
import { lockfileFaults, packagesOf } from './supply-chain/lockfile.js'

const [lockfile, manifest] = await Promise.all(
  ['package-lock.json', 'package.json'].map(async (path) => record(JSON.parse(await readFile(path, 'utf8'))))
)
const faults = lockfileFaults(record(lockfile), record(manifest))
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
else console.log(`lockfile: ${packagesOf(record(lockfile)).length} packages, each with the SHA-512 of its contents`)
