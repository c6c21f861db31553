import { connect, createServer, type Server } from 'node:net'
import { once } from 'node:events'

/**
 * A balancer of connections, as small as one can be: it takes turns, and goes to the next where one does not listen.
 */
export interface Balancer {
  port: number
  close(): Promise<void>
}

export async function startBalancer (ports: readonly number[]): Promise<Balancer> {
  let turn = 0
  const server: Server = createServer({ pauseOnConnect: true, noDelay: true }, (client) => {
    client.on('error', () => undefined)
    const pass = (tries: number): void => {
      const port = ports[turn++ % ports.length]
      if (port === undefined || tries === 0) {
        client.destroy()
        return
      }
      const upstream = connect({ port, host: '127.0.0.1', noDelay: true })
      upstream.once('error', () => {
        if (upstream.connecting || upstream.bytesRead + upstream.bytesWritten === 0) pass(tries - 1)
        else client.destroy()
      })
      upstream.once('connect', () => {
        client.pipe(upstream).pipe(client)
        client.once('close', () => {
          upstream.destroy()
        })
        upstream.once('close', () => {
          client.destroySoon()
        })
        client.resume()
      })
    }
    pass(ports.length)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the balancer is not listening')
  return {
    port: address.port,
    async close () {
      server.close()
      await once(server, 'close')
    }
  }
}
