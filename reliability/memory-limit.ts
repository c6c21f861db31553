import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { expensiveBodies, type ExpensiveBody } from './expensive-bodies.js'
import { numbersOf, report } from './report.js'
import { GATEWAY_HEADERS } from './production-settings.js'
import { BUILT_SERVER, startService } from './service.js'
import { markdownTable } from './statistics.js'

/**
 * Sends many of the largest bodies at once to a service with as little memory as a container may have: it must not be
 * killed. Needs root and cgroups of version 1 (`/sys/fs/cgroup/memory`) or 2.
 */
const MIB = 1_048_576
const { megabytes, atOnce, seconds, write } = numbersOf({ megabytes: 256, atOnce: 50, seconds: 60 })

const V1 = '/sys/fs/cgroup/memory'
const isV1 = existsSync(V1)
const group = `${isV1 ? V1 : '/sys/fs/cgroup'}/memory-limit-${process.pid}`
mkdirSync(group)
writeFileSync(`${group}/${isV1 ? 'memory.limit_in_bytes' : 'memory.max'}`, String(megabytes * MIB))

const service = await startService({
  command: [`echo $$ > ${group}/cgroup.procs; exec ${process.execPath} ${BUILT_SERVER.join(' ')}`],
  node: 'sh',
  nodeOptions: ['-c']
})

/** Four callers, so that their shares do not keep the whole limit from being used. */
async function send ({ path, body }: ExpensiveBody, index: number): Promise<string> {
  return await new Promise((resolve) => {
    const sending = request(
      {
        port: service.port,
        host: '127.0.0.1',
        method: 'POST',
        path,
        headers: {
          ...GATEWAY_HEADERS,
          'x-caller': `caller-${index % 4}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body)
        }
      },
      (response) => {
        text(response).then(
          () => {
            resolve(String(response.statusCode))
          },
          () => {
            resolve('lost')
          }
        )
      }
    )
    sending.on('error', () => {
      resolve('lost')
    })
    sending.end(body)
  })
}

const LARGE = expensiveBodies().filter(({ body }) => body.length > MIB / 2)
const counts = new Map<string, number>()
const end = performance.now() + seconds * 1_000
let next = 0

/** One after the other, each body in its turn, so that always as many are in flight. */
async function client (index: number): Promise<void> {
  while (performance.now() < end && service.child.exitCode === null && service.child.signalCode === null) {
    const body = LARGE[next++ % LARGE.length]
    if (body === undefined) return
    const status = await send(body, index)
    counts.set(status, (counts.get(status) ?? 0) + 1)
    if (status === '503') await setTimeout(200)
  }
}

/** What the kernel cannot take back, unlike its copies of files that were read and written. */
let ownPeak = 0
const sampling = setInterval(() => {
  const stat = readFileSync(`${group}/memory.stat`, 'utf8')
  ownPeak = Math.max(ownPeak, Number(/^(?:anon|total_rss) (\d+)$/m.exec(stat)?.[1]) / MIB)
}, 20)
await Promise.all(Array.from({ length: atOnce }, async (_, index) => await client(index)))
const peak = Number(readFileSync(`${group}/${isV1 ? 'memory.max_usage_in_bytes' : 'memory.peak'}`, 'utf8')) / MIB
clearInterval(sampling)
const wasKilled = service.child.exitCode !== null || service.child.signalCode !== null
const { code } = await service.stop(60_000)
await setTimeout(500)
rmdirSync(group)

report(
  'memory',
  `${megabytes} MiB, ${atOnce} bodies of ${MIB / 2} to ${MIB} bytes in flight for ${seconds} s; at most ${Math.round(peak)} MiB were in use, files included; the process itself had ${Math.round(ownPeak)}.\n\n${markdownTable(['response', 'requests'], [...counts].sort())}`,
  [...(wasKilled ? ['the service was killed'] : []), ...(code === 0 ? [] : [`the service ended with ${code}`])],
  write
)
