import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { baselinePathOf, type Route, ROUTES, writeResponses } from '../reliability/http-routes.js'
import { numbersOf } from '../reliability/report.js'
import { residentMiB, startService } from '../reliability/service.js'
import { circumstances, markdownTable, median } from '../reliability/statistics.js'
import { measureProcessorUs } from './http-load.js'

/**
 * The processor time of a request with production settings against a bare Fastify, alternating in one run: `npm run
 * bench:http`.
 */
const { rounds, requests, connections, 'warm-up': warmUp } = numbersOf({
  rounds: 5,
  requests: 4_000,
  connections: 16,
  'warm-up': 10_000
})

const RESULTS = 'docs/measurements/results'

const responsesFile = join(mkdtempSync(join(tmpdir(), 'bench-')), 'responses.json')
const service = await startService()
await writeResponses(service.port, responsesFile)
const baseline = await startService({ command: ['bench/baseline-fastify.js', responsesFile] })
const memoryAtRest = [residentMiB(service.pid), residentMiB(baseline.pid)] as const

async function measure (
  route: Route
): Promise<{ name: string; serviceUs: number; baselineUs: number; ratio: number; target: number }> {
  const { name, path, body, target } = route
  const measurePair = async (amount = requests) => {
    const load = { body, requests: amount, connections }
    return {
      serviceUs: await measureProcessorUs(service.pid, { ...load, port: service.port, path }),
      baselineUs: await measureProcessorUs(baseline.pid, { ...load, port: baseline.port, path: baselinePathOf(route) })
    }
  }
  // Compiles the code of both; not counted.
  await measurePair(warmUp)
  const pairs: Array<Awaited<ReturnType<typeof measurePair>>> = []
  for (let round = 0; round < rounds; round++) pairs.push(await measurePair())
  return {
    name: `${path} (${name})`,
    serviceUs: median(pairs.map(({ serviceUs }) => serviceUs)),
    baselineUs: median(pairs.map(({ baselineUs }) => baselineUs)),
    ratio: median(pairs.map(({ serviceUs, baselineUs }) => baselineUs / serviceUs)),
    target
  }
}

const rows: Array<Awaited<ReturnType<typeof measure>>> = []
for (const route of ROUTES) rows.push(await measure(route))
const memory = { atRest: memoryAtRest, afterwards: [residentMiB(service.pid), residentMiB(baseline.pid)] as const }
await Promise.all([service.stop(), baseline.stop()])

const inMiB = ([one, other]: readonly [number, number]): string =>
  `${one.toFixed(0)} MiB (bare Fastify ${other.toFixed(0)})`
const table = markdownTable(
  ['request', 'service', 'bare Fastify', 'part of bare Fastify', 'target', 'met'],
  rows.map(({ name, serviceUs, baselineUs, ratio, target }) => [
    name,
    `${serviceUs.toFixed(0)} µs`,
    `${baselineUs.toFixed(0)} µs`,
    ratio.toFixed(2),
    `≥ ${target}`,
    ratio >= target ? 'yes' : '**no**'
  ])
)
const text = [
  `${circumstances()}; \`npm run bench:http\`.`,
  `Processor time of one request, all threads; every body differs in account, role, key and Sids. ${connections} connections, ` +
    `medians of ${rounds} rounds of ${requests} requests each, alternating, after ${warmUp} to compile the code; log at info to a file.`,
  table,
  `Memory at rest: ${inMiB(memory.atRest)}; after all requests: ${inMiB(memory.afterwards)}.`
].join('\n\n')
process.stdout.write(`${text}\n`)
mkdirSync(RESULTS, { recursive: true })
writeFileSync(`${RESULTS}/http.json`, `${JSON.stringify({ circumstances: circumstances(), rows, memory }, null, 2)}\n`)
writeFileSync(`${RESULTS}/http.md`, `# HTTP, measured\n\n${text}\n`)
process.exitCode = rows.every(({ ratio, target }) => ratio >= target) ? 0 : 1
