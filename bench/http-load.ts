import autocannon from 'autocannon'
import { HEADERS } from '../reliability/http-routes.js'
import { processorMs } from '../reliability/service.js'
import { ACCOUNT } from '../routes/examples/usages.js'

/** Requests to one path whose bodies all differ. */
export interface Load {
  port: number
  path: string
  body: unknown
  requests: number
  connections: number
}

let count = 0

/** The same request of another team: another account, role, key and other Sids, of the same length each time. */
function differentBody (text: string): string {
  const digits = String(100_000 + (count++ % 900_000))
  return text
    .replaceAll(ACCOUNT, `222${digits}333`)
    .replaceAll(/(role\/(?:[\w-]+\/)*\w+)/g, `$1${digits}`)
    .replaceAll(/key\/[0-9a-f]{6}/g, `key/${digits}`)
    .replaceAll(/"Sid":"(\w+)"/g, `"Sid":"$1${digits}"`)
}

/**
 * Microseconds of processor time that all threads of the process spend on one request; throws unless each response is
 * a 200.
 */
export async function measureProcessorUs (
  pid: number,
  { port, path, body, requests, connections }: Load
): Promise<number> {
  const text = JSON.stringify(body)
  const before = processorMs(pid)
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`,
    amount: requests,
    connections,
    requests: [
      {
        method: 'POST',
        path,
        headers: { ...HEADERS, 'content-type': 'application/json' },
        setupRequest: (request) => ({ ...request, body: differentBody(text) })
      }
    ]
  })
  const spent = processorMs(pid) - before
  if (result['2xx'] !== requests || result.errors > 0)
    throw new Error(`${path}: ${result['2xx']} of ${requests} responses were 200`)
  return (1_000 * spent) / requests
}
