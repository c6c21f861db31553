import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildServer, start } from './built-server.js'
import { USAGE } from './helper.js'

await buildServer()

const ROLE = { AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/Service', AWS_REGION: 'us-east-1' }

/** A server that accepts connections and never responds, as a URL. */
async function startSilent (t: Test): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** The response to a verification that may read AWS for a second: in both forms, since each has its own way to fail. */
async function verifyWith (t: Test, environment: Record<string, string>) {
  const { port } = await start(t, { VERIFY_DEADLINE_MS: '1000', ...environment })
  return await Promise.all(
    ['application/json', 'application/x-ndjson'].map(async (accept) => {
      const response = await fetch(`http://127.0.0.1:${port}/verify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify({ usage: USAGE }),
        // Far beyond the deadline and its second: a test does not depend on how busy the machine is.
        signal: AbortSignal.timeout(20_000)
      })
      const type = response.headers.get('content-type')
      return { status: String(response.status), type, body: await response.json() }
    })
  )
}

/** The SDK gives up after about a second, as this test does: which of the two comes first does not matter. */
const UNAVAILABLE = {
  status: /^50[34]$/,
  type: 'application/problem+json',
  body: { code: /^AWS_(CREDENTIALS_)?UNAVAILABLE$/ }
}

function problem (status: number, code: string) {
  const one = { status: String(status), type: 'application/problem+json', body: { status, code } }
  return [one, one]
}

t.test('credentials: the container endpoint of ECS never responds, 503 or 504 within the deadline', async (t) => {
  const url = await startSilent(t)
  t.match(
    await verifyWith(t, { AWS_REGION: 'us-east-1', AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials` }),
    [UNAVAILABLE, UNAVAILABLE]
  )
})

t.test('credentials: the metadata service of EC2 never responds, 503 or 504 within the deadline', async (t) => {
  const url = await startSilent(t)
  t.match(
    await verifyWith(t, {
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: url
    }),
    [UNAVAILABLE, UNAVAILABLE]
  )
})

t.test('credentials: credential_process never ends, 504 within the deadline', async (t) => {
  const directory = t.testdir({ config: '[default]\nregion = us-east-1\ncredential_process = sleep 60\n' })
  t.match(await verifyWith(t, { AWS_CONFIG_FILE: join(directory, 'config') }), problem(504, 'AWS_UNAVAILABLE'))
})

t.test('credentials: the token file of IRSA does not exist, 503 AWS_CREDENTIALS_UNAVAILABLE', async (t) => {
  t.match(
    // Nothing waits here, so the deadline only has to be out of reach of a busy machine.
    await verifyWith(t, {
      ...ROLE,
      AWS_WEB_IDENTITY_TOKEN_FILE: '/nonexistent/token',
      VERIFY_DEADLINE_MS: '15000'
    }),
    problem(503, 'AWS_CREDENTIALS_UNAVAILABLE')
  )
})

t.test('credentials: STS never responds to the token of IRSA, 504 within the deadline', async (t) => {
  const url = await startSilent(t)
  const token = join(t.testdir({ token: 'token' }), 'token')
  t.match(
    await verifyWith(t, { ...ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: token, AWS_ENDPOINT_URL: url }),
    problem(504, 'AWS_UNAVAILABLE')
  )
})

t.test('credentials: STS never responds to AssumeRole, 504 within the deadline', async (t) => {
  const url = await startSilent(t)
  t.match(
    await verifyWith(t, {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      AWS_ENDPOINT_URL: url,
      ASSUME_ROLES: JSON.stringify({ 111122223333: { roleArn: 'arn:aws:iam::111122223333:role/reader' } })
    }),
    problem(504, 'AWS_UNAVAILABLE')
  )
})
