import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { Answer } from './fake-aws/answers.js'
import { readCall, type FakeCall, type Reply } from './fake-aws/wire.js'
import { answerFromWorld } from './fake-aws/replies.js'
import { emptyWorld, type FakeWorld } from './fake-aws/world.js'

export * as answers from './fake-aws/answers.js'
export type { Answer } from './fake-aws/answers.js'
export type { FakeCall } from './fake-aws/wire.js'
export { emptyWorld, type FakeBucket, type FakeKey, type FakeOrganization, type FakeRole, type FakeWorld } from './fake-aws/world.js'

/**
 * KMS, IAM, STS, Organizations and S3 over HTTP on loopback, for what an emulator lacks: pages, refusals, throttling,
 * broken answers.
 * It answers from its `world` unless configured otherwise, and keeps every call.
 */
export interface FakeAws {
  readonly url: string
  readonly calls: FakeCall[]
  /** The most calls that were in flight at once. */
  readonly mostAtOnce: number
  /** How many connections were made. */
  readonly connections: number
  world: FakeWorld
  /** The next calls of an operation get these answers, one each; then the world answers again. */
  next(operation: string, ...answers: Answer[]): void
  /** Every call of an operation (that fits `when`) gets this answer. */
  always(operation: string, answer: Answer, when?: (input: FakeCall['input']) => boolean): void
  /** The operations called, with their counts. */
  counts(): Record<string, number>
  reset(): void
  close(): Promise<void>
}

const TRICKLE_MS = 20

export async function startFakeAws (): Promise<FakeAws> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return new LoopbackAws(server)
}

class LoopbackAws implements FakeAws {
  readonly url: string
  readonly calls: FakeCall[] = []
  mostAtOnce = 0
  connections = 0
  world = emptyWorld()
  readonly #server: Server
  readonly #next = new Map<string, Answer[]>()
  readonly #always: Array<{ operation: string; answer: Answer; when: (input: FakeCall['input']) => boolean }> = []
  #inFlight = 0

  constructor (server: Server) {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the fake is not listening')
    this.url = `http://127.0.0.1:${address.port}`
    this.#server = server
    server.on('connection', () => {
      this.connections++
    })
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#serve(request, response)
    })
  }

  next (operation: string, ...answers: Answer[]): void {
    this.#next.set(operation, [...(this.#next.get(operation) ?? []), ...answers])
  }

  always (operation: string, answer: Answer, when: (input: FakeCall['input']) => boolean = () => true): void {
    this.#always.push({ operation, answer, when })
  }

  counts (): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { operation } of this.calls) counts[operation] = (counts[operation] ?? 0) + 1
    return counts
  }

  reset (): void {
    this.calls.length = 0
    this.mostAtOnce = 0
    this.connections = 0
    this.world = emptyWorld()
    this.#next.clear()
    this.#always.length = 0
  }

  async close (): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve (request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#inFlight)
    response.once('close', () => {
      this.#inFlight--
    })
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
    const call = readCall(request, body)
    this.calls.push(call)
    const reply = this.#replyTo(call)
    if (reply.afterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, reply.afterMs))
    await reply.until
    response.setHeader('date', new Date(Date.now() + this.world.clockAheadMs).toUTCString())
    send(response, reply)
  }

  #replyTo (call: FakeCall): Reply {
    const real = (): Reply => answerFromWorld(this.world, call)
    const answer =
      this.#next.get(call.operation)?.shift() ??
      this.#always.find(({ operation, when }) => operation === call.operation && when(call.input))?.answer
    return answer === undefined ? real() : answer(call, real)
  }
}

function send (response: ServerResponse, { status, contentType, body, headers = {}, end }: Reply): void {
  if (end === 'hang') return
  if (end === 'reset') {
    response.destroy()
    return
  }
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    ...headers,
    'x-amzn-requestid': 'df37e965-9967-11e1-a4c3-270EXAMPLE'
  })
  if (end === undefined) {
    response.end(body)
    return
  }
  if (end === 'stall') {
    response.flushHeaders()
    return
  }
  response.write(body.slice(0, body.length / 2))
  if (end === 'cutOff') {
    setTimeout(() => {
      response.destroy()
    }, TRICKLE_MS)
    return
  }
  // never as much as was promised, so the answer never ends
  const drip = setInterval(() => {
    response.write(' ')
  }, TRICKLE_MS)
  const stop = setTimeout(
    () => {
      clearInterval(drip)
    },
    Math.max(0, body.length / 2 - 2) * TRICKLE_MS
  )
  response.once('close', () => {
    clearInterval(drip)
    clearTimeout(stop)
  })
}
