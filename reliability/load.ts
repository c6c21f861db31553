import { connect, type Socket } from 'node:net'
import { quantile } from './statistics.js'

/** Requests as bytes, sent over and over on some connections; at a rate, or as fast as they are answered. */
export interface LoadOptions {
  port: number
  /** Sent in turn, so that a mix keeps its shares. */
  requests: readonly string[]
  connections: number
  seconds: number
  /** Requests a second; without it each connection sends when it has its answer. */
  rate?: number
}

export interface LoadResult {
  answered: number
  perSecond: number
  statuses: Record<string, number>
  /** Requests whose connection ended before their answer. */
  broken: number
  p50: number
  p99: number
  slowest: number
  /** What part of a processor the generator itself took: near 1 it measures itself. */
  ownLoad: number
}

export function post (path: string, body: unknown, headers: Readonly<Record<string, string>>): string {
  const text = JSON.stringify(body)
  const lines = Object.entries({ host: '127.0.0.1', 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)), ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`
}

export function get (path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

const LENGTH = /\r\ncontent-length: (\d+)/i

/** The end of the first answer in a text of single bytes, and its status; undefined while it is not whole. */
function answerIn (text: string): { end: number, status: string } | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head === -1) return undefined
  const status = text.slice(9, 12)
  const end = head + 4 + (status === '204' || status === '304' ? 0 : Number(LENGTH.exec(text.slice(0, head))?.[1] ?? 0))
  return text.length < end ? undefined : { end, status }
}

class Load {
  readonly times: number[] = []
  readonly statuses: Record<string, number> = {}
  broken = 0
  readonly #options: LoadOptions
  readonly #idle: Connection[] = []
  /** When each request was due that found no free connection. */
  readonly #waiting: number[] = []
  #next = 0
  #ended = false

  constructor (options: LoadOptions) {
    this.#options = options
  }

  async run (): Promise<void> {
    const { connections, port, seconds, rate } = this.#options
    const open = await Promise.all(Array.from({ length: connections }, async () => await Connection.open(port, this)))
    this.#idle.push(...open)
    const begin = performance.now()
    if (rate === undefined) for (const connection of this.#idle.splice(0)) connection.send(this.#request(), performance.now())
    let due = 0
    await new Promise<void>((resolve) => {
      const turn = (): void => {
        const elapsed = performance.now() - begin
        if (elapsed >= seconds * 1_000) { resolve(); return }
        if (rate === undefined) { setTimeout(turn, 5); return }
        for (; due < elapsed * rate / 1_000; due++) this.#send(performance.now())
        setImmediate(turn)
      }
      turn()
    })
    this.#ended = true
    for (const connection of open) connection.close()
  }

  answered (connection: Connection, status: string, sentAt: number): void {
    if (this.#ended) return
    const now = performance.now()
    this.times.push(now - sentAt)
    this.statuses[status] = (this.statuses[status] ?? 0) + 1
    const dueAt = this.#waiting.shift()
    if (this.#options.rate === undefined) connection.send(this.#request(), now)
    else if (dueAt !== undefined) connection.send(this.#request(), dueAt)
    else this.#idle.push(connection)
  }

  /** Its request is lost; another connection takes its place. */
  lost (wasSending: boolean): void {
    if (this.#ended) return
    if (wasSending) this.broken++
    Connection.open(this.#options.port, this).then((connection) => {
      if (this.#ended) connection.close()
      else if (this.#options.rate === undefined) connection.send(this.#request(), performance.now())
      else this.#idle.push(connection)
    }, () => { setTimeout(() => { this.lost(false) }, 20) })
  }

  #request (): string {
    return this.#options.requests[this.#next++ % this.#options.requests.length] ?? ''
  }

  /** A request that has to wait for a connection has begun nevertheless: its time counts from when it was due. */
  #send (dueAt: number): void {
    const connection = this.#idle.pop()
    if (connection === undefined) this.#waiting.push(dueAt)
    else connection.send(this.#request(), dueAt)
  }
}

class Connection {
  readonly #socket: Socket
  readonly #load: Load
  #received = ''
  #sentAt: number | undefined

  constructor (socket: Socket, load: Load) {
    this.#socket = socket
    this.#load = load
    socket.setEncoding('latin1').setNoDelay(true)
    socket.on('data', (chunk: string) => { this.#take(chunk) }).on('error', () => undefined).once('close', () => { load.lost(this.#sentAt !== undefined) })
  }

  static async open (port: number, load: Load): Promise<Connection> {
    const socket = connect(port, '127.0.0.1')
    return await new Promise((resolve, reject) => {
      socket.once('error', reject).once('connect', () => { resolve(new Connection(socket.off('error', reject), load)) })
    })
  }

  send (request: string, dueAt: number): void {
    this.#sentAt = dueAt
    this.#socket.write(request)
  }

  close (): void {
    this.#socket.destroy()
  }

  #take (chunk: string): void {
    this.#received += chunk
    const answer = answerIn(this.#received)
    const sentAt = this.#sentAt
    if (answer === undefined || sentAt === undefined) return
    this.#received = this.#received.slice(answer.end)
    this.#sentAt = undefined
    this.#load.answered(this, answer.status, sentAt)
  }
}

/** Runs the load in this process. */
export async function load (options: LoadOptions): Promise<LoadResult> {
  const [begin, cpu] = [performance.now(), process.cpuUsage()]
  const running = new Load(options)
  await running.run()
  const wall = performance.now() - begin
  const { user, system } = process.cpuUsage(cpu)
  const { times, statuses, broken } = running
  return { answered: times.length, perSecond: times.length / options.seconds, statuses, broken, p50: quantile(times, 0.5), p99: quantile(times, 0.99), slowest: quantile(times, 1), ownLoad: (user + system) / 1_000 / wall }
}
