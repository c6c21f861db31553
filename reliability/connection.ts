import { connect, type Socket } from 'node:net'

/** Sends on connections, and is notified of the results. */
export interface ConnectionOwner {
  inFlight: number
  /** `isLast`: the server takes no more requests on this connection. */
  answered(connection: Connection, status: string, sentAt: number, isLast: boolean): void
  lost(connection: Connection): void
}

const LENGTH = /\r\ncontent-length: (\d+)/i
const CLOSE = /\r\nconnection: close\r\n/i
const READ_BYTES = 65_536

/** The end of the first answer among bytes, and its status; undefined while it is not whole. */
function answerIn (bytes: Buffer): { end: number; status: string; isLast: boolean } | undefined {
  const body = bytes.indexOf('\r\n\r\n') + 4
  if (body === 3) return undefined
  const head = bytes.toString('latin1', 0, body)
  const status = head.slice(9, 12)
  const end = body + (status === '204' || status === '304' ? 0 : Number(LENGTH.exec(head)?.[1] ?? 0))
  return bytes.length < end ? undefined : { end, status, isLast: CLOSE.test(head) }
}

/** One kept-alive connection with at most one request in flight. */
export class Connection {
  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  /** What of an answer came before. */
  #received: Buffer | undefined
  #sentAt: number | undefined

  constructor (socket: Socket, owner: ConnectionOwner) {
    this.#socket = socket
    this.#owner = owner
    socket.setNoDelay(true)
    socket
      .on('error', () => undefined)
      .once('close', () => {
        owner.lost(this)
      })
  }

  static async open (port: number, owner: ConnectionOwner): Promise<Connection> {
    let connection: Connection | undefined
    // Read into one buffer: a buffer for each read would add garbage collection to the times.
    const onread = {
      buffer: Buffer.allocUnsafe(READ_BYTES),
      callback: (length: number, buffer: Uint8Array) => {
        connection?.take(Buffer.from(buffer.buffer, buffer.byteOffset, length))
        return true
      }
    }
    const socket = connect({ port, host: '127.0.0.1', onread })
    return await new Promise((resolve, reject) => {
      socket.once('error', reject).once('connect', () => {
        resolve((connection = new Connection(socket.off('error', reject), owner)))
      })
    })
  }

  get isSending (): boolean {
    return this.#sentAt !== undefined
  }

  send (request: string, dueAt: number): void {
    this.#owner.inFlight++
    this.#sentAt = dueAt
    this.#socket.write(request)
  }

  close (): void {
    this.#socket.destroy()
  }

  /** What was read; the next read overwrites it. */
  take (bytes: Buffer): void {
    const received = this.#received === undefined ? bytes : Buffer.concat([this.#received, bytes])
    const answer = answerIn(received)
    const sentAt = this.#sentAt
    if (answer === undefined || sentAt === undefined) {
      this.#received = received === bytes ? Buffer.from(bytes) : received
      return
    }
    this.#received = answer.end < received.length ? Buffer.from(received.subarray(answer.end)) : undefined
    this.#sentAt = undefined
    this.#owner.answered(this, answer.status, sentAt, answer.isLast)
  }
}
