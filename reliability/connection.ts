import { connect, type Socket } from 'node:net'

/** Who sends on a connection, and is told what comes of it. */
export interface ConnectionOwner {
  underWay: number
  answered (connection: Connection, status: string, sentAt: number): void
  lost (connection: Connection): void
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

/** One kept-alive connection with at most one request under way. */
export class Connection {
  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  #received = ''
  #sentAt: number | undefined

  constructor (socket: Socket, owner: ConnectionOwner) {
    this.#socket = socket
    this.#owner = owner
    socket.setEncoding('latin1').setNoDelay(true)
    socket.on('data', (chunk: string) => { this.#take(chunk) }).on('error', () => undefined).once('close', () => { owner.lost(this) })
  }

  static async open (port: number, owner: ConnectionOwner): Promise<Connection> {
    const socket = connect(port, '127.0.0.1')
    return await new Promise((resolve, reject) => {
      socket.once('error', reject).once('connect', () => { resolve(new Connection(socket.off('error', reject), owner)) })
    })
  }

  get isSending (): boolean {
    return this.#sentAt !== undefined
  }

  send (request: string, dueAt: number): void {
    this.#owner.underWay++
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
    this.#owner.answered(this, answer.status, sentAt)
  }
}
