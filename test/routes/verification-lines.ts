import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import type { PairLine } from '../../schemas/verification-line.js'
import { sendLines } from '../../src/http/answer/ndjson.js'
import { listen } from '../helper.js'

const BIG = 'x'.repeat(100_000)
const ALL = 2_000

/** A source of far more than sockets buffer, and a client that has read the head of the answer only. */
async function start (t: Test): Promise<{ response: IncomingMessage; made: () => number; ended: Promise<void> }> {
  let made = 0
  let end = (): void => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  async function* lines (): AsyncGenerator<PairLine> {
    try {
      for (; made < ALL; made++)
        yield {
          type: 'summary',
          verdict: 'pass',
          verdicts: { documented: 'pass', effective: 'pass' },
          pairs: { total: made, pass: 0, fail: 0, indeterminate: 0 },
          observedAt: BIG,
          reads: { attempts: 1 }
        }
    } finally {
      end()
    }
  }
  const app = Fastify()
  app.get('/', async (request, reply) => await sendLines(lines(), request, reply, ''))
  const request = httpRequest({ port: await listen(app), host: '127.0.0.1' })
    .on('error', () => {})
    .end()
  t.teardown(async () => {
    request.destroy()
    await app.close()
  })
  const response = await new Promise<IncomingMessage>((resolve) => {
    request.once('response', resolve)
  })
  response.pause()
  return { response, made: () => made, ended }
}

/** The count when it no longer grows. */
async function atRest (made: () => number): Promise<number> {
  for (let before = -1; before < made();) {
    before = made()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return made()
}

t.test('lines are made no faster than the client takes them', async (t) => {
  const { response, made } = await start(t)
  const held = await atRest(made)
  t.ok(held < ALL / 2, `${held} of ${ALL}`)
  let bytes = 0
  response
    .on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    .resume()
  await once(response, 'end')
  t.equal(made(), ALL)
  t.ok(bytes > ALL * BIG.length)
})

t.test('no more lines are made for a client that has left', async (t) => {
  const { response, made, ended } = await start(t)
  await atRest(made)
  response.destroy()
  await ended
  t.ok(made() < ALL)
})
