import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGenerator, CAN_PIN, SERVER_CORE } from '../reliability/load-generator.js'
import { post, type LoadResult } from '../reliability/load.js'
import { numbersOf } from '../reliability/report.js'
import { processorMs, residentMiB, startService, type Service } from '../reliability/service.js'
import { circumstances, markdownTable, median } from '../reliability/statistics.js'
import { ACCOUNT } from '../routes/examples/usages.js'
import { HEADERS, ROUTES, writeAnswers } from './http-routes.js'

/** The routes with production settings against a bare Fastify, turn by turn in one run: `npm run bench:http`. */
const { rounds, seconds, connections, requests } = numbersOf({ rounds: 9, seconds: 2, connections: 32, requests: 100_000 })

interface Measured extends LoadResult { processorUs: number }
interface Row { what: string, service: string, bare: string, measured: number, bar: string, met: boolean, told: string }

const generator = await startGenerator()
const answersFile = join(mkdtempSync(join(tmpdir(), 'bench-')), 'answers.json')
const first = await startService(SERVER_CORE)
await writeAnswers(first.port, answersFile)
await first.stop()
const startBare = async (): Promise<Service> => await startService({ ...SERVER_CORE, command: ['bench/bare-fastify.js', answersFile] })

/** Before each round at half load: in its first 90 ms, while connections are new, some 500 requests are slow on either server, as many as the slowest hundredth of two seconds. */
const SETTLE_SECONDS = 0.3

interface Way { rate?: number, settle?: number, vary?: string, seconds?: number }

async function measure (server: Service, request: string, way: Way = {}): Promise<Measured> {
  const before = processorMs(server.pid)
  const result = await generator.run({ port: server.port, requests: [request], connections, seconds, ...way })
  if (result.broken > 0 || Object.keys(result.statuses).join() !== '200') throw new Error(`not every answer was 200: ${JSON.stringify(result)}`)
  return { ...result, processorUs: 1_000 * (processorMs(server.pid) - before) / Object.values(result.statuses).reduce((sum, times) => sum + times, 0) }
}

/** Both by turns; whatever else the machine does meets both. */
async function inTurns (of: (server: Service, name: 'service' | 'bare') => Promise<Measured>): Promise<Array<{ service: Measured, bare: Measured }>> {
  const pairs: Array<{ service: Measured, bare: Measured }> = []
  for (let round = 0; round < rounds; round++) pairs.push({ service: await of(service, 'service'), bare: await of(bare, 'bare') })
  return pairs
}

const [service, bare] = [await startService(SERVER_CORE), await startBare()]

async function route ({ path, body, bar }: (typeof ROUTES)[number]): Promise<Row[]> {
  const request = post(path, body, HEADERS)
  for (const server of [service, bare]) await measure(server, request)
  const full = await inTurns(async (server) => await measure(server, request))
  const of = (name: 'service' | 'bare', member: 'perSecond' | 'processorUs' | 'ownLoad'): number => median(full.map((pair) => pair[name][member]))
  const ratio = median(full.map(({ service, bare }) => service.perSecond / bare.perSecond))
  // At a rate the generator runs through other code of its own, which is slow at first.
  for (const server of [service, bare]) await measure(server, request, { rate: of('bare', 'perSecond') / 4 })
  const atRate = async (rateOf: (name: 'service' | 'bare') => number): Promise<Omit<Row, 'what'>> => {
    const pairs = await inTurns(async (server, name) => await measure(server, request, { rate: rateOf(name), settle: SETTLE_SECONDS }))
    const each = (name: 'service' | 'bare', member: 'p99OfTenths' | 'p99'): string => `${median(pairs.map((pair) => pair[name][member])).toFixed(2)} ms`
    const slower = (member: 'p99OfTenths' | 'p99'): number => median(pairs.map(({ service, bare }) => service[member] / bare[member]))
    const told = `${rateOf('service').toFixed(0)} and ${rateOf('bare').toFixed(0)}/s; of all ${seconds} s: ${each('service', 'p99')} and ${each('bare', 'p99')}, ${slower('p99').toFixed(2)}`
    return { service: each('service', 'p99OfTenths'), bare: each('bare', 'p99OfTenths'), measured: slower('p99OfTenths'), bar: '≤ 2', met: slower('p99OfTenths') <= 2, told }
  }
  const half = await atRate((name) => of(name, 'perSecond') / 2)
  const sameRate = Math.min(of('service', 'perSecond'), of('bare', 'perSecond')) / 2
  const same = await atRate(() => sameRate)
  const each = (member: 'perSecond' | 'processorUs', unit: string): [string, string] => [`${of('service', member).toFixed(0)}${unit}`, `${of('bare', member).toFixed(0)}${unit}`]
  // What is asked again is answered from what is kept; here no two requests are the same.
  const others = await inTurns(async (server) => await measure(server, request, { vary: ACCOUNT }))
  const anew = median(others.map(({ service, bare }) => service.perSecond / bare.perSecond))
  const [perSecond, barePerSecond] = each('perSecond', '/s')
  const [us, bareUs] = each('processorUs', ' µs')
  return [
    { what: `${path}: requests`, service: perSecond, bare: barePerSecond, measured: ratio, bar: `≥ ${bar}`, met: ratio >= bar, told: `processor: ${us} a request, bare ${bareUs} (${(of('bare', 'processorUs') / of('service', 'processorUs')).toFixed(2)}); generator busy ${of('bare', 'ownLoad').toFixed(2)}` },
    { what: `${path}: requests, every body another`, service: `${median(others.map(({ service }) => service.perSecond)).toFixed(0)}/s`, bare: `${median(others.map(({ bare }) => bare.perSecond)).toFixed(0)}/s`, measured: anew, bar: 'told only', met: true, told: '' },
    { what: `${path}: p99, each at half of what it can`, ...half },
    { what: `${path}: p99, both at half of what the slower can`, ...same }
  ]
}

/** So short that both have answered about as many when they are compared, and not nearly twice as many as is said. */
const MEMORY_SECONDS = 0.25

async function memory (): Promise<Row[]> {
  const [fresh, bareFresh] = [await startService(SERVER_CORE), await startBare()]
  const request = post('/policies/key', ROUTES[0]?.body, HEADERS)
  const rest = [residentMiB(fresh.pid), residentMiB(bareFresh.pid)] as const
  const after: Array<readonly [number, number]> = []
  for (let times = 0; times < 3; times++) {
    for (const server of [fresh, bareFresh]) for (let sent = 0; sent < requests;) sent += (await measure(server, request, { seconds: MEMORY_SECONDS })).answered
    after.push([residentMiB(fresh.pid), residentMiB(bareFresh.pid)])
  }
  await Promise.all([fresh.stop(), bareFresh.stop()])
  const [once = [NaN, NaN] as const, , thrice = [NaN, NaN] as const] = after
  const mib = (value: number): string => `${value.toFixed(0)} MiB`
  return [
    { what: 'memory at rest', service: mib(rest[0]), bare: mib(rest[1]), measured: rest[0] - rest[1], bar: '≤ +25 MiB', met: rest[0] <= rest[1] + 25, told: '' },
    { what: `memory after ${requests} requests`, service: mib(once[0]), bare: mib(once[1]), measured: once[0] / once[1], bar: '≤ 2', met: once[0] <= 2 * once[1], told: '' },
    { what: `memory after ${3 * requests}, against that`, service: mib(thrice[0]), bare: mib(thrice[1]), measured: thrice[0] / once[0], bar: '≤ 1.1', met: thrice[0] <= 1.1 * once[0], told: '' }
  ]
}

const rows: Row[] = []
for (const each of ROUTES) rows.push(...await route(each))
await Promise.all([service.stop(), bare.stop()])
rows.push(...await memory())
generator.end()

const table = markdownTable(['what', 'service', 'bare Fastify', 'measured', 'bar', 'met', ''], rows.map((row) => [row.what, row.service, row.bare, row.measured.toFixed(2), row.bar, row.bar === 'told only' ? '' : row.met ? 'yes' : '**no**', row.told]))
const text = `${circumstances()}; \`npm run bench:http\`. Server and generator ${CAN_PIN ? 'on a processor each' : 'not held to processors'}, ${connections} connections, medians of ${rounds} rounds of ${seconds} s by turns (at half load after ${SETTLE_SECONDS} s that are not counted), logging at info to a file.\n\n${table}\n`
process.stdout.write(text)
mkdirSync('bench/results', { recursive: true })
writeFileSync('bench/results/http.json', `${JSON.stringify({ circumstances: circumstances(), rows }, null, 2)}\n`)
writeFileSync('bench/results/http.md', `# HTTP, measured\n\n${text}`)
process.exitCode = rows.every(({ met }) => met) ? 0 : 1
