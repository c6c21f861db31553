import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { FastifyInstance } from 'fastify'
import supertest from 'supertest'
import { type AppDependencies, buildApp } from '../src/app.js'
import type { ComputePool } from '../src/compute/pool.js'
import { TASKS } from '../src/compute/tasks.js'
import { loadConfig } from '../src/config/config.js'
import type { PolicySource } from '../src/verify/read/policy-source.js'

export const ACCOUNT = '111122223333'
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/service-role/PersonalizeServiceRole`
export const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
export const USAGE = { operations: ['datasetGroup'], roleArns: [ROLE], kmsKeyArns: [KEY] }

/** For tests that must not read: a read is then an internal error. */
export const unreadable: PolicySource = {
  readKey: async () => {
    throw new Error('no key is read in this test')
  },
  readRole: async () => {
    throw new Error('no role is read in this test')
  }
}

/**
 * Computes everything on the event loop: a thread takes seconds to load sources that are not built. That threads give
 * the same results has a test of its own.
 */
const inlinePool: ComputePool = {
  async run (task, input) {
    const { compute } = TASKS[task]
    // As JSON, in which a thread is given it.
    return Reflect.apply(compute, undefined, [JSON.parse(JSON.stringify(input))])
  },
  start: async () => {},
  close: async () => {}
}

interface Teardown {
  after(close: () => Promise<void>): void
}

/** The app as the process builds it, and an agent that talks to it; closed at the end of the test. */
export async function startApp (
  t: Teardown,
  dependencies: Partial<AppDependencies> = {}
): Promise<{ app: FastifyInstance; agent: supertest.Agent }> {
  const app = await buildApp({
    // A busy machine must not refuse the requests of a test.
    config: loadConfig({ MAX_EVENT_LOOP_DELAY_MS: '0' }),
    policySource: unreadable,
    computePool: inlinePool,
    ...dependencies
  })
  t.after(async () => await app.close())
  return { app, agent: supertest(app.server) }
}

export async function listen (app: FastifyInstance): Promise<number> {
  return Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
}

/** A port at which no server listens now. */
export async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

export interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** Sends bytes as they are, which no HTTP client would, and reads until the server closes the connection. */
export async function sendRaw (port: number, text: string, later?: Promise<string>): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk
  })
  socket.write(text)
  later?.then(
    (rest) => socket.write(rest),
    () => socket.destroy()
  )
  await once(socket, 'close')
  return parseAnswer(answer)
}

function parseAnswer (answer: string): RawAnswer {
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2)
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    })
  )
  return { status: Number(statusLine.split(' ')[1]), headers, body }
}
