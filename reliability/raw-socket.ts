import { connect, type Socket } from 'node:net'

/** Bytes on a socket, and all that comes back until the service closes it or the time is over. */
export interface Exchange {
  status: number
  answers: number
  text: string
  closed: boolean
  ms: number
}

export interface RawOptions {
  withinMs?: number
  then?: (socket: Socket) => void
}

export async function exchange (
  port: number,
  bytes: string | Buffer,
  { withinMs = 15_000, then }: RawOptions = {}
): Promise<Exchange> {
  const socket = connect(port, '127.0.0.1')
  const begin = performance.now()
  let text = ''
  socket
    .setEncoding('latin1')
    .on('data', (chunk: string) => {
      text += chunk
    })
    .on('error', () => undefined)
  socket.write(bytes)
  then?.(socket)
  const closed = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => {
      resolve(false)
    }, withinMs)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve(true)
    })
  })
  socket.destroy()
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)]
    .map(([, status]) => Number(status))
    .filter((status) => status >= 200)
  return { status: statuses[0] ?? 0, answers: statuses.length, text, closed, ms: performance.now() - begin }
}
