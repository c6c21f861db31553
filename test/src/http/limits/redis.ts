import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { connectRedis } from '../../../../src/http/limits/redis-connection.js'

/** What a Redis of version 7 answers to a command, as far as a client asks before its first own one. */
function answerTo (command: string): string {
  if (/hello/i.test(command)) return '*2\r\n$5\r\nproto\r\n:3\r\n'
  if (/info\r/i.test(command)) return '$19\r\nredis_version:7.4.0\r\n'
  return '+OK\r\n'
}

/** A Redis on loopback that takes connections, but may fall silent, as a process does that is stopped. */
async function redis (t: Test) {
  const state = { isSilent: false }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket
      .on('error', () => {})
      .setEncoding('utf8')
      .on('data', (text: string) => {
        if (state.isSilent) return
        for (const command of text.split(/\*\d+\r\n/).slice(1)) socket.write(answerTo(command))
      })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  return { state, url: `redis://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}` }
}

/** Unlike `once` of Node.js it waits through errors. */
async function event (connection: Redis, name: 'ready' | 'close'): Promise<void> {
  await new Promise<void>((resolve) => {
    connection.once(name, () => {
      resolve()
    })
  })
}

t.test(
  'a Redis that falls silent is left: commands fail at once, not each after its time, until it speaks again',
  async (t) => {
    const { state, url } = await redis(t)
    const errors: string[] = []
    const connection = connectRedis(url, ({ message }) => {
      errors.push(message)
    })
    t.teardown(() => {
      connection.disconnect()
    })
    await event(connection, 'ready')
    t.equal(await connection.set('a', '1'), 'OK')
    state.isSilent = true
    const closed = event(connection, 'close')
    await t.rejects(connection.set('a', '1'), /timed out/)
    await Promise.race([
      closed,
      setTimeout(2_000).then(() => {
        throw new Error('the connection is kept')
      })
    ])
    for (let times = 0; times < 10; times++) {
      await t.rejects(connection.set('a', '1'), /enableOfflineQueue/)
      await setTimeout(50)
    }
    t.ok(errors.some((message) => message.includes('Socket timeout')))
    state.isSilent = false
    await event(connection, 'ready')
    t.equal(await connection.set('a', '1'), 'OK')
  }
)
