import { request, type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { GATEWAY_HEADERS } from './production-settings.js'

export interface Sent {
  method: string
  path: string
  headers: OutgoingHttpHeaders
  body?: string | Buffer | undefined
}
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
  ms: number
}

/** One request over a live socket, as the gateway would pass it on. Rejects only where no answer came. */
export async function send (
  port: number,
  { method, path, headers, body }: Sent,
  agent: Agent,
  timeoutMs = 20_000
): Promise<Answer> {
  const begin = performance.now()
  return await new Promise((resolve, reject) => {
    const sending = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent,
        headers: { ...GATEWAY_HEADERS, ...lengthOf(body), ...headers },
        timeout: timeoutMs
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer
          .on('data', (chunk: Buffer) => {
            chunks.push(chunk)
          })
          .once('error', reject)
          .once('end', () => {
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: Buffer.concat(chunks).toString(),
              ms: performance.now() - begin
            })
          })
      }
    )
    sending.once('timeout', () => {
      sending.destroy(new Error(`no answer to ${method} ${path} within ${timeoutMs} ms`))
    })
    // A request that is refused before its body was read ends with its connection: the answer is what counts.
    sending.once('error', reject)
    sending.end(body)
  })
}

/** Node leaves the length out where a method seldom has a body: what follows would then be another request. */
function lengthOf (body: string | Buffer | undefined): OutgoingHttpHeaders {
  return body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
}
