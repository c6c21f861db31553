import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { expensiveBodies } from '../reliability/expensive-bodies.js'
import { handlesOf } from '../reliability/service.js'
import { buildServer, SERVER, start } from './built-server.js'
import { freePort } from './helper.js'

await buildServer()

const REQUEST = 'GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n'

/** A connection that is kept alive after a response; undefined if the service refused it. */
async function keepAlive (port: number): Promise<Socket | undefined> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  socket.write(REQUEST)
  return await new Promise((resolve) => {
    socket
      .once('data', () => {
        resolve(socket)
      })
      .once('close', () => {
        resolve(undefined)
      })
  })
}

t.test('connections: 1,100 are kept alive where 1,024 files may be open, the service lives and recovers', async (t) => {
  const metricsPort = await freePort()
  const { child, port, log, exit } = await start(t, { METRICS_PORT: String(metricsPort) }, [
    'sh',
    '-c',
    `ulimit -n 1024; exec ${process.execPath} ${SERVER}`
  ])
  const all = await Promise.all(Array.from({ length: 1_100 }, async () => await keepAlive(port)))
  const open = all.flatMap((socket) => socket ?? [])
  t.teardown(() => {
    for (const socket of open) socket.destroy()
  })
  t.equal(open.length, 768, 'three quarters of the limit')
  t.ok(handlesOf(child.pid ?? 0) < 1_000, 'files can still be opened')
  // Longer than the time between two samples of the memory.
  await setTimeout(3_000)
  t.equal(child.exitCode, null)
  t.match(log(), 'connections are refused')
  const [first, ...others] = open
  if (first === undefined) return
  first.write(REQUEST)
  t.match(String((await once(first, 'data'))[0]), 'HTTP/1.1 200')
  t.equal((await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).status, 200, 'metrics can be scraped')

  for (const socket of others) socket.destroy()
  const long = expensiveBodies().find(({ what }) => what === '50 keys × 4 roles, sound')
  let response: Response | undefined
  while (response === undefined) {
    response = await fetch(`http://127.0.0.1:${port}/verify/documents`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: long?.body ?? ''
    }).catch(() => undefined)
  }
  t.equal(response.status, 200, 'a new connection, and a worker thread')
  await response.arrayBuffer()
  child.kill('SIGTERM')
  t.same(await exit, { code: 0, signal: null })
})

t.test('connections: nothing limits them and no file can be opened, the service lives and recovers', async (t) => {
  // Preloaded, so that the limit of connections is not reached: what is left is that no file can be opened.
  const preload = 'data:text/javascript,import { Server } from \'node:net\'; Object.defineProperty(Server.prototype, \'maxConnections\', { set () {} })'
  const { child, port, exit } = await start(t, {}, [
    'sh',
    '-c',
    `ulimit -n 1024; exec ${process.execPath} --import "${preload}" ${SERVER}`
  ])
  const sockets = Array.from({ length: 1_100 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  while (handlesOf(child.pid ?? 0) < 1_023) await setTimeout(50)
  await setTimeout(3_000)
  t.equal(child.exitCode, null)
  for (const socket of sockets) socket.destroy()
  let status: number | undefined
  while (status === undefined) {
    status = await fetch(`http://127.0.0.1:${port}/livez`).then(
      (response) => response.status,
      () => undefined
    )
  }
  t.equal(status, 200)
  child.kill('SIGTERM')
  t.same(await exit, { code: 0, signal: null })
})
