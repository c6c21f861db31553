import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createPolicySource } from '../../../src/aws/policy-source.js'
import { verify } from '../../../src/verify/verify.js'
import { startFakeAws } from '../../fake-aws.js'
import { useFakeCredentials } from '../../fake-aws/credentials.js'
import { immediateRetry } from '../../fake-aws/immediate-retry.js'
import { USAGE } from '../../fake-aws/aws-fixture.js'

const fake = await startFakeAws()
t.teardown(async () => {
  await fake.close()
})

const NO_KEYS = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }

async function verifyWith (variables: Record<string, string>, deadlineMs: number): Promise<unknown> {
  const restore = useFakeCredentials({ ...NO_KEYS, ...variables })
  const policySource = createPolicySource({
    timeoutMs: 60_000,
    maxAttempts: 1,
    concurrency: 8,
    endpoint: fake.url,
    retryStrategy: immediateRetry
  })
  try {
    return await verify({ usage: USAGE }, { policySource, now: new Date(), signal: AbortSignal.timeout(deadlineMs) })
  } finally {
    policySource.close()
    restore()
  }
}

t.test(
  'verify: credential_process never ends, the response is 504 within the deadline',
  { timeout: 300_000 },
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'credentials-'))
    const [fifo, config] = [join(directory, 'fifo'), join(directory, 'config')]
    execFileSync('mkfifo', [fifo])
    writeFileSync(config, `[default]\ncredential_process = cat ${fifo}\n`)
    // Nothing but this ends the processes: without a bound the verification would wait until the test is over.
    t.teardown(() => {
      closeSync(openSync(fifo, 'r+'))
      rmSync(directory, { recursive: true })
    })
    await t.rejects(verifyWith({ AWS_CONFIG_FILE: config }, 300), { code: 'AWS_UNAVAILABLE', statusCode: 504 })
  }
)

t.test('verify: the token file of the role does not exist, the credentials are unavailable', async (t) => {
  const variables = {
    AWS_WEB_IDENTITY_TOKEN_FILE: join(t.testdir(), 'missing'),
    AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/Service'
  }
  await t.rejects(verifyWith(variables, 120_000), { code: 'AWS_CREDENTIALS_UNAVAILABLE', statusCode: 503 })
})

t.test('verify: STS never responds to the web identity, the response is 504 within the deadline', async (t) => {
  const file = join(t.testdir({ token: 'token' }), 'token')
  fake.always('AssumeRoleWithWebIdentity', () => ({ status: 200, contentType: 'text/xml', body: '', end: 'hang' }))
  const variables = {
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/Service',
    AWS_ENDPOINT_URL: fake.url
  }
  await t.rejects(verifyWith(variables, 300), { code: 'AWS_UNAVAILABLE', statusCode: 504 })
})
