import { spawnSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { performance } from 'node:perf_hooks'

/**
 * Cold start of the built command beside bare Node.js, one after the other, so that both meet the same load:
 * `npm run bench:command -- --runs 21`.
 */
const COMMAND = 'dist/src/cli.js'
const PLAN = ['verify-documents', '--operations', 'datasetGroup', '--from']
const SUBJECTS: ReadonlyArray<readonly [name: string, args: readonly string[]]> = [
  ['bare Node.js (`node -e 0`)', ['-e', '0']],
  ['`--version`', [COMMAND, '--version']],
  ['`--help`', [COMMAND, '--help']],
  ['`requirements`', [COMMAND, 'requirements']],
  ['`verify-documents` of a Terraform plan', [COMMAND, ...PLAN, 'test/fixtures/plans/known.json']],
  ['`verify-documents` of a CDK folder', [COMMAND, ...PLAN, 'test/fixtures/plans/cdk.out']]
]

const at = process.argv.indexOf('--runs')
const runs = at === -1 ? 21 : Number(process.argv[at + 1])

function wallMs (args: readonly string[]): number {
  const begun = performance.now()
  const { error } = spawnSync(process.execPath, args, { stdio: 'ignore' })
  if (error !== undefined) throw error
  return performance.now() - begun
}

const times = new Map<string, number[]>(SUBJECTS.map(([name]) => [name, []]))
for (let run = 0; run <= runs; run++)
  // The first round fills the file cache.
  for (const [name, args] of SUBJECTS) if (run > 0) times.get(name)?.push(wallMs(args))
  else wallMs(args)

const medianOf = (values: readonly number[] = []): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN
const bare = medianOf(times.get(SUBJECTS[0]?.[0] ?? ''))
console.log(`Node.js ${process.version}, ${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)}, median of ${runs} runs\n`)
console.log('| Command | Wall time (ms) | Over bare Node.js (ms) |\n| --- | --- | --- |')
for (const [name, values] of times) {
  const median = medianOf(values)
  console.log(`| ${name} | ${median.toFixed(0)} | ${(median - bare).toFixed(0)} |`)
}
