import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeResponses } from '../reliability/http-routes.js'
import { SERVER_CORE } from '../reliability/load-generator.js'
import { numbersOf } from '../reliability/report.js'
import { BUILT_SERVER, startService } from '../reliability/service.js'
import { circumstances, markdownTable, median, ms } from '../reliability/statistics.js'

/** From the spawn to the first answer, by turns with a bare Fastify: `npm run bench:start`. */
const { rounds } = numbersOf({ rounds: 21 })
const BAR = 2

const answersFile = join(mkdtempSync(join(tmpdir(), 'bench-')), 'answers.json')
const first = await startService(SERVER_CORE)
await writeResponses(first.port, answersFile)
await first.stop()

async function startedInMs (command: readonly string[]): Promise<number> {
  const server = await startService({ ...SERVER_CORE, command })
  await server.stop()
  return server.startedInMs
}

const pairs: Array<readonly [number, number]> = []
for (let round = 0; round < rounds; round++)
  pairs.push([await startedInMs(BUILT_SERVER), await startedInMs(['bench/baseline-fastify.js', answersFile])])
const ratio = median(pairs.map(([service, bare]) => service / bare))
const [service, bare] = [median(pairs.map(([time]) => time)), median(pairs.map(([, time]) => time))]
const met = ratio <= BAR
const table = markdownTable(
  ['what', 'service', 'bare Fastify', 'measured', 'bar', 'met'],
  [['spawn to first 200', ms(service), ms(bare), ratio.toFixed(2), `≤ ${BAR}`, met ? 'yes' : '**no**']]
)
const text = `${circumstances()}; \`npm run bench:start\`; medians of ${rounds} by turns.\n\n${table}\n`
process.stdout.write(text)
mkdirSync('docs/measurements/results', { recursive: true })
writeFileSync(
  'docs/measurements/results/start.json',
  `${JSON.stringify({ circumstances: circumstances(), service, bare, ratio, bar: BAR, met }, null, 2)}\n`
)
writeFileSync('docs/measurements/results/start.md', `# Start, measured\n\n${text}`)
process.exitCode = met ? 0 : 1
