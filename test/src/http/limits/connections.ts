import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { pino } from 'pino'
import t from 'tap'
import { connectionLimitOf, limitConnections } from '../../../../src/http/limits/connections.js'

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max file size             unlimited            unlimited            bytes
Max open files            1024                 4096                 files
Max locked memory         8388608              8388608              bytes
`

t.test('connection limit: three quarters of the soft limit of open files, none where it is not known', async (t) => {
  t.equal(connectionLimitOf(LIMITS), 768)
  t.equal(connectionLimitOf(LIMITS.replace('1024 ', 'unlimited ')), undefined)
  t.equal(connectionLimitOf(''), undefined)
})

t.test('connection limit: more connections, closed at once and logged once', async (t) => {
  const lines: string[] = []
  const server = createServer()
  limitConnections(server, 1, pino({}, { write: (line: string) => lines.push(line) }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const first = connect(port, '127.0.0.1')
  await once(first, 'connect')
  for (let count = 0; count < 3; count++) {
    const refused = connect(port, '127.0.0.1').on('error', () => undefined)
    await once(refused, 'close')
  }
  t.equal(first.destroyed, false)
  t.match(lines, [/"max":1,.*connections are refused/])
  t.equal(lines.length, 1)
  first.destroy()
  server.close()
})
