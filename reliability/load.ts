import { setTimeout } from 'node:timers/promises'
import { Connection } from './connection.js'
import { median, quantile } from './statistics.js'

/** Requests as bytes, sent over and over on some connections; at a rate, or as fast as they are answered. */
export interface LoadOptions {
  port: number
  /** Sent in turn, so that a mix keeps its shares. */
  requests: readonly string[]
  connections: number
  seconds: number
  /** Twelve digits of the requests that are others in each, so that no two are the same. */
  vary?: string
  /** Requests a second; without it each connection sends when it has its answer. */
  rate?: number
  /**
   * What is sent in so many seconds before, while connections are new, is neither timed nor part of `answered`;
   * `statuses` and `broken` tell of it, too.
   */
  settle?: number
}

export interface LoadResult {
  answered: number
  perSecond: number
  statuses: Record<string, number>
  /** Requests whose connection ended before their answer. */
  broken: number
  p50: number
  p99: number
  /**
   * The median of what the slowest hundredth takes in each tenth of a second: what the machine does now and then is
   * in few of them, what the server does in all.
   */
  p99OfTenths: number
  slowest: number
  /** What part of a processor the generator itself took: near 1 it measures itself. */
  ownLoad: number
}

export function post (path: string, body: unknown, headers: Readonly<Record<string, string>>): string {
  const text = JSON.stringify(body)
  const lines = Object.entries({
    host: '127.0.0.1',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
    ...headers
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`
}

export function get (path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** Goes on from one load to the next. */
let account = 200_000_000_000

/**
 * An iteration that is this much late was delayed by the machine. What was due meanwhile is sent at the same rate,
 * too: all at once it would be a burst that is not part of the test.
 */
const STOPPED_MS = 1

/** How long an answer is waited for when the time is over. */
const TIMEOUT_MS = 15_000

class Load {
  readonly times: number[] = []
  /** When each of them was sent. */
  readonly sentAt: number[] = []
  readonly statuses: Record<string, number> = {}
  broken = 0
  inFlight = 0
  readonly #open = new Set<Connection>()
  readonly #options: LoadOptions
  readonly #idle: Connection[] = []
  /** When each request was due that found no free connection. */
  readonly #waiting: number[] = []
  #next = 0
  #over = false
  #ended = false
  #countedFrom = 0

  constructor (options: LoadOptions) {
    this.#options = options
  }

  async run (): Promise<void> {
    const { connections, rate, settle = 0 } = this.#options
    const seconds = this.#options.seconds + settle
    this.#idle.push(...(await Promise.all(Array.from({ length: connections }, async () => await this.#connect()))))
    let begin = performance.now()
    if (settle > 0) this.#countedFrom = begin + settle * 1_000
    if (rate === undefined)
      for (const connection of this.#idle.splice(0)) connection.send(this.#request(), performance.now())
    let due = 0
    let last = begin
    await new Promise<void>((resolve) => {
      const turn = (): void => {
        const now = performance.now()
        if (rate !== undefined && now - last > STOPPED_MS) begin += now - last
        last = now
        const elapsed = now - begin
        if (elapsed >= seconds * 1_000) {
          resolve()
          return
        }
        if (rate === undefined) {
          void setTimeout(5).then(turn)
          return
        }
        for (; due < (elapsed * rate) / 1_000; due++) this.#send(performance.now())
        setImmediate(turn)
      }
      turn()
    })
    this.#over = true
    // Wait for the responses to what was sent: some tests are about these.
    for (const patience = performance.now() + TIMEOUT_MS; this.inFlight > 0 && performance.now() < patience;)
      await setTimeout(5)
    this.broken += this.inFlight
    this.#ended = true
    for (const connection of this.#open) connection.close()
  }

  answered (connection: Connection, status: string, sentAt: number, isLast: boolean): void {
    if (this.#ended) return
    this.inFlight--
    const now = performance.now()
    if (sentAt >= this.#countedFrom) {
      this.times.push(now - sentAt)
      this.sentAt.push(sentAt)
    }
    this.statuses[status] = (this.statuses[status] ?? 0) + 1
    if (this.#over) return
    // Another takes its place when it is closed.
    if (isLast) {
      connection.close()
      return
    }
    const dueAt = this.#waiting.shift()
    if (this.#options.rate === undefined) connection.send(this.#request(), now)
    else if (dueAt !== undefined) connection.send(this.#request(), dueAt)
    else this.#idle.push(connection)
  }

  /** Its request is lost; another connection takes its place. */
  lost (connection: Connection | undefined): void {
    if (this.#ended) return
    if (connection !== undefined) {
      this.#open.delete(connection)
      const index = this.#idle.indexOf(connection)
      if (index !== -1) this.#idle.splice(index, 1)
      if (connection.isSending) {
        this.broken++
        this.inFlight--
      }
    }
    if (!this.#over) void this.#replace()
  }

  async #replace (): Promise<void> {
    const connection = await this.#connect().catch(() => undefined)
    if (connection === undefined) {
      await setTimeout(20)
      this.lost(undefined)
    } else if (this.#over) connection.close()
    else if (this.#options.rate === undefined) connection.send(this.#request(), performance.now())
    else this.#idle.push(connection)
  }

  async #connect (): Promise<Connection> {
    const connection = await Connection.open(this.#options.port, this)
    this.#open.add(connection)
    return connection
  }

  #request (): string {
    const request = this.#options.requests[this.#next++ % this.#options.requests.length] ?? ''
    return this.#options.vary === undefined ? request : request.replaceAll(this.#options.vary, String(account++))
  }

  /** A request that has to wait for a connection has begun nevertheless: its time counts from when it was due. */
  #send (dueAt: number): void {
    const connection = this.#idle.pop()
    if (connection === undefined) this.#waiting.push(dueAt)
    else connection.send(this.#request(), dueAt)
  }
}

/** Runs the load in this process. */
export async function load (options: LoadOptions): Promise<LoadResult> {
  const [begin, cpu] = [performance.now(), process.cpuUsage()]
  const running = new Load(options)
  await running.run()
  const wall = performance.now() - begin
  const { user, system } = process.cpuUsage(cpu)
  const { times, sentAt, statuses, broken } = running
  return {
    answered: times.length,
    perSecond: times.length / options.seconds,
    statuses,
    broken,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    p99OfTenths: p99OfTenths(times, sentAt),
    slowest: quantile(times, 1),
    ownLoad: (user + system) / 1_000 / wall
  }
}

/** Milliseconds of each part of the load that has a p99 of its own. */
const TENTH_MS = 100

function p99OfTenths (times: readonly number[], sentAt: readonly number[]): number {
  const tenths = new Map<number, number[]>()
  times.forEach((time, index) => {
    const tenth = Math.floor((sentAt[index] ?? NaN) / TENTH_MS)
    const others = tenths.get(tenth)
    if (others === undefined) tenths.set(tenth, [time])
    else others.push(time)
  })
  return median([...tenths.values()].map((timesOfTenth) => quantile(timesOfTenth, 0.99)))
}
