import { once } from 'node:events'
import { connect } from 'node:net'
import { numbersOf, report } from './report.js'
import { startService } from './service.js'
import { markdownTable, ms } from './statistics.js'

/**
 * SIGTERM while connections are open that need no response: the service has to end with 0, two seconds later at the
 * latest.
 */
const MAX_MS = 2_000
const { connections, repeats, write } = numbersOf({ connections: 500, repeats: 5 })

const KINDS: Record<string, string> = {
  'nothing sent': '',
  'half of a request line': 'GET /livez HTT',
  'half of the headers': 'GET /livez HTTP/1.1\r\nhost: localhost\r\n',
  'half of a body': 'POST /policies/key HTTP/1.1\r\nhost: localhost\r\nx-caller: trial\r\nx-scopes: policies:generate\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
  'idle after a response': 'GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n'
}

/** The exit status, and the milliseconds from the signal to the end. */
async function stopWith (bytes: string): Promise<{ code: number | null; ms: number }> {
  const service = await startService({ environment: { DRAIN_MS: '30000' } })
  const sockets = Array.from({ length: connections }, () =>
    connect(service.port, '127.0.0.1').on('error', () => undefined)
  )
  await Promise.all(sockets.map(async (socket) => await once(socket, 'connect')))
  for (const socket of sockets) if (bytes !== '') socket.write(bytes)
  // A response shows that the service has seen the connections before it.
  await (await fetch(`http://127.0.0.1:${service.port}/livez`)).arrayBuffer()
  const stopped = await service.stop(60_000)
  for (const socket of sockets) socket.destroy()
  return stopped
}

const faults: string[] = []
const rows: string[][] = []
for (const [kind, bytes] of Object.entries(KINDS)) {
  const times: number[] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    const { code, ms: took } = await stopWith(bytes)
    times.push(took)
    if (code !== 0) faults.push(`${kind}: it ended with ${code}`)
    if (took > MAX_MS) faults.push(`${kind}: it took ${ms(took)}`)
  }
  rows.push([`${connections} connections: ${kind}`, ms(Math.min(...times)), ms(Math.max(...times))])
}
report('shutdown', markdownTable(['open at SIGTERM', 'fastest', 'slowest'], rows), faults, write)
