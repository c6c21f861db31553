import { Agent } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { trustPolicyRequests } from '../routes/examples/usages.js'
import { startFakeAws } from '../test/fake-aws.js'
import { expensiveBodies, type ExpensiveBody } from './expensive-bodies.js'
import { MALFORMED_REQUESTS } from './malformed-requests.js'
import { startLatencyProbe, type Probe } from './latency-probe.js'
import { exchange } from './raw-socket.js'
import { numbersOf, report } from './report.js'
import { send } from './http-client.js'
import { handlesOf, residentMiB, startService } from './service.js'
import { withFakeAws } from './production-settings.js'
import { markdownTable, ms, quantile } from './statistics.js'

/** Clients that misbehave, and what others notice of it: `npm run test:clients`. */
const { idle, slow, limit, repeat, burst, burstLimit, write } = numbersOf({
  idle: 2_000,
  slow: 200,
  limit: 100,
  repeat: 3,
  burst: 48,
  burstLimit: 300
})

/** So many of the bodies that others notice most come in bursts, too. */
const HEAVIEST = 8

const fake = await startFakeAws()
const service = await startService({ environment: withFakeAws(fake.url) })
const { port } = service
const probe: Probe = startLatencyProbe(port)
const faults: string[] = []
const worst = (times: readonly number[]): number => Math.max(0, ...times)
await setTimeout(1_000)
const quiet = probe.take()

async function oddRequests (): Promise<string> {
  const rows = []
  for (const { kind, requests } of MALFORMED_REQUESTS) {
    const outcomes = await Promise.all(
      requests.map(async ({ what, bytes, then, withinMs, fault }) => {
        const ended = await exchange(port, bytes, {
          ...(then === undefined ? {} : { then }),
          ...(withinMs === undefined ? {} : { withinMs })
        })
        const found = fault(ended)
        if (found !== undefined) faults.push(`${what}: ${found}`)
        return `${what}: ${ended.status === 0 ? 'closed' : ended.status}`
      })
    )
    const times = probe.take()
    rows.push([kind, outcomes.join('; '), ms(worst(times))])
  }
  return markdownTable(['what is odd', 'how it ended', 'longest wait of others'], rows)
}

/** Connections that never finish what they began; each gets its bytes one by one. */
async function slowClients (): Promise<string> {
  const open = (first: string): Socket => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    socket.write(first)
    return socket
  }
  // In small groups: who opens thousands at once keeps itself waiting, and measures that.
  const several = async (count: number, first: string): Promise<Socket[]> => {
    const sockets: Socket[] = []
    while (sockets.length < count) {
      sockets.push(...Array.from({ length: Math.min(20, count - sockets.length) }, () => open(first)))
      await setTimeout(5)
    }
    return sockets
  }
  const headers = await several(slow, 'POST /policies/key HTTP/1.1\r\nHost: a\r\n')
  const bodies = await several(
    slow,
    [
      'POST /policies/key HTTP/1.1',
      'Host: a',
      'x-caller: slow-client',
      'x-scopes: policies:generate',
      'Content-Type: application/json',
      'Content-Length: 1000',
      '',
      '{'
    ].join('\r\n')
  )
  const silent = await several(idle, '')
  const closedAfter = new Map<Socket, number>()
  const begin = performance.now()
  for (const socket of [...headers, ...bodies, ...silent])
    socket.resume().once('close', () => {
      closedAfter.set(socket, performance.now() - begin)
    })
  for (let second = 0; second < 45; second++) {
    await setTimeout(1_000)
    for (const socket of [...headers, ...bodies]) if (socket.writable) socket.write('a')
  }
  const times = probe.take()
  const outcome = (sockets: readonly Socket[]): string => {
    const after = sockets.flatMap((socket) => closedAfter.get(socket) ?? [])
    return `${after.length} of ${sockets.length} closed${after.length === 0 ? '' : `, after ${(quantile(after, 0) / 1_000).toFixed(0)} to ${(quantile(after, 1) / 1_000).toFixed(0)} s`}`
  }
  const rows = [
    ['headers, a byte a second', outcome(headers)],
    ['bodies, a byte a second', outcome(bodies)],
    ['nothing at all', outcome(silent)]
  ]
  if ([...headers, ...bodies].some((socket) => !closedAfter.has(socket)))
    faults.push('slow requests are still open after 45 s')
  if (worst(times) > limit + quantile(quiet, 1))
    faults.push(`others waited ${ms(worst(times))} while slow clients were there`)
  const summary = `${idle + 2 * slow} connections at once: open files ${handlesOf(service.pid)}, memory ${residentMiB(service.pid).toFixed(0)} MiB; others waited ${ms(quantile(times, 0.99))} (p99), ${ms(worst(times))} at most.`
  for (const socket of silent) socket.destroy()
  return `${summary}\n\n${markdownTable(['what comes', 'how it ended within 45 s'], rows)}`
}

/** How long one body keeps everybody else waiting: the least of several, for the machine does other things, too. */
async function heavyBodies (): Promise<{ section: string; heaviest: ExpensiveBody[] }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const rows: Array<[path: string, what: string, kB: number, status: number, own: number, held: number]> = []
  const bodies = expensiveBodies()
  for (const { path, what, body } of bodies) {
    const runs: Array<readonly [status: number, own: number, held: number]> = []
    for (
      let run = 0;
      run < repeat &&
      (runs.length === 0 ||
        quantile(
          runs.map(([, , held]) => held),
          0
        ) >
          limit / 4);
      run++
    ) {
      probe.take()
      const { status, ms: own } = await send(
        port,
        { method: 'POST', path, headers: { 'content-type': 'application/json' }, body },
        agent,
        120_000
      ).catch(() => ({ status: 0, ms: NaN }))
      await setTimeout(10)
      runs.push([status, own, worst(probe.take())])
    }
    const [status, own] = runs[0] ?? [0, NaN]
    const held = quantile(
      runs.map(([, , held]) => held),
      0
    )
    process.stderr.write(`${path}, ${what}: ${status}, ${ms(own)}, others ${ms(held)}\n`)
    rows.push([path, what, Math.round(Buffer.byteLength(body) / 1_000), status, own, held])
    if (status === 0 || status >= 500) faults.push(`${path}, ${what}: answered ${status}`)
    if (held > limit) faults.push(`${path}, ${what}: others waited ${ms(held)}`)
  }
  agent.destroy()
  const heaviest = rows
    .sort((a, b) => b[5] - a[5])
    .slice(0, HEAVIEST)
    .flatMap(([path, what]) => bodies.find((body) => body.path === path && body.what === what) ?? [])
  const shown = rows
    .slice(0, 25)
    .map(([path, what, kB, status, own, held]) => [path, what, kB, status, ms(own), ms(held)])
  return {
    heaviest,
    section: `${rows.length} bodies; the 25 that others noticed most:\n\n${markdownTable(['route', 'body', 'kB', 'answer', 'its own time', 'longest wait of others'], shown)}`
  }
}

/** One caller sends many of a body at once; what another one with small generations notices. */
async function bursts (bodies: readonly ExpensiveBody[]): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: burst })
  const neighbour = startLatencyProbe(port, {
    method: 'POST',
    path: '/policies/trust',
    headers: { 'content-type': 'application/json', 'x-caller': 'neighbour' },
    body: JSON.stringify(trustPolicyRequests.oneRole.value)
  })
  const rows: string[][] = []
  for (const { path, what, body } of bodies) {
    await setTimeout(1_000)
    neighbour.take()
    const statuses = await Promise.all(
      Array.from(
        { length: burst },
        async () =>
          (
            await send(
              port,
              { method: 'POST', path, headers: { 'content-type': 'application/json' }, body },
              agent,
              120_000
            ).catch(() => ({ status: 0 }))
          ).status
      )
    )
    const times = neighbour.take()
    const statusCounts = [...new Set(statuses)]
      .sort()
      .map((status) => `${status}: ${statuses.filter((other) => other === status).length}`)
      .join(', ')
    process.stderr.write(`${burst} of ${path}, ${what}: ${statusCounts}; ${ms(quantile(times, 0.99))}, ${ms(worst(times))}\n`)
    rows.push([
      path,
      what,
      String(Math.round(Buffer.byteLength(body) / 1_000)),
      statusCounts,
      ms(quantile(times, 0.5)),
      ms(worst(times)),
      `${residentMiB(service.pid).toFixed(0)} MiB`
    ])
    if (worst(times) > burstLimit)
      faults.push(`${burst} of ${path}, ${what}: another caller waited ${ms(worst(times))}`)
  }
  const { failed } = await neighbour.stop()
  if (failed > 0) faults.push(`${failed} requests of another caller were not answered`)
  agent.destroy()
  return `${burst} of one body at once, by one caller; beside it another one requests trust policies, one after the other:\n\n${markdownTable(['route', 'body', 'kB', 'answers', 'p50 of the other', 'its longest wait', 'memory'], rows)}`
}

const parts = [await oddRequests(), await slowClients()]
const { heaviest, section } = await heavyBodies()
parts.push(section, await bursts(heaviest))
const { failed } = await probe.stop()
if (failed > 0) faults.push(`${failed} requests of others were not answered`)
const { code } = await service.stop()
if (code !== 0) faults.push(`the service ended with ${String(code)}`)
await fake.close()
report(
  'clients',
  `Others, before it began: p99 ${ms(quantile(quiet, 0.99))}. Faults: ${faults.length}.\n\n${parts.join('\n\n')}`,
  faults,
  write
)
