import closeWithGrace from 'close-with-grace'
import { buildApp } from '../src/app.js'
import { createPolicySource } from '../src/aws/policy-source.js'
import { loadConfig } from '../src/config/config.js'
import { fragmentOf } from '../src/page/state/deep-link.js'
import { EMPTY } from '../src/page/state/usage-form.js'
import { type BucketScenario, connectS3, seedBucketScenario } from './bucket-scenario.js'
import { findMoto, type Moto, startMoto } from './moto-server.js'
import { connect, seedScenarios } from './scenarios.js'

/** The whole service beside an emulated KMS, IAM and S3 that holds six scenarios: `npm run demo`. */
const command = findMoto()
if (command === undefined) {
  process.stderr.write('The demo needs moto_server on PATH, an emulator of AWS: pip install "moto[server]"\n')
  process.exitCode = 1
} else {
  await demonstrate(command)
}

async function demonstrate (command: string): Promise<void> {
  const config = loadConfig(process.env)
  process.stdout.write('Starting moto_server …\n')
  const moto = await startMoto(command)
  try {
    await serve(moto, config)
  } catch (error) {
    await moto.stop()
    if (!isPortInUse(error)) throw error
    process.stderr.write(`Port ${config.port} is in use. Take another one: PORT=${config.port + 1} npm run demo\n`)
    process.exit(1)
  }
}

function isPortInUse (error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

async function serve (moto: Moto, config: ReturnType<typeof loadConfig>): Promise<void> {
  useDemoCredentials()
  const [aws, s3] = [connect(moto.url), connectS3(moto.url)]
  const scenarios = [...(await seedScenarios(aws)), await seedBucketScenario(aws, s3)]
  const policySource = createPolicySource({ ...config.aws, endpoint: moto.url })
  const verifyExamples = Object.fromEntries(
    scenarios.map(({ name, summary, usage }) => [name, { summary, value: { usage } }])
  )
  const app = await buildApp({ config, policySource, verifyExamples })
  closeWithGrace({ delay: config.drainMs, logger: false }, async ({ err }) => {
    if (err !== undefined) process.stderr.write(`${err.stack ?? err.message}\n`)
    await app.close()
    policySource.close()
    await moto.stop()
  })
  const url = await app.listen({ host: config.host, port: config.port })
  process.stdout.write(instructions(url, scenarios))
}

/**
 * Replaces the user's own AWS credentials, which must not leave the machine, by those that the emulator accepts.
 */
function useDemoCredentials (): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) Reflect.deleteProperty(process.env, name)
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'demo',
    AWS_SECRET_ACCESS_KEY: 'demo',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true'
  })
}

function instructions (url: string, scenarios: readonly BucketScenario[]): string {
  const links = scenarios.map(({ summary, verdict, usage }) => `# ${summary}: ${verdict}\n${url}/${linkOf(usage)}\n`)
  return `
Open one of these in a browser and press "Verify":

${links.join('\n')}
Open ${url}/docs for the API: choose POST /verify, then an example, "Try it out" and "Execute".
Control-C ends the service and moto_server.
`
}

/** The fragment with which the page opens its live view, with the form filled in. */
function linkOf ({ operations, roleArns, kmsKeyArns = [], locations = [] }: BucketScenario['usage']): string {
  const uris = locations.map(({ uri }) => uri)
  const lists = { roles: roleArns.join('\n'), keys: kmsKeyArns.join('\n'), locations: uris.join('\n') }
  return fragmentOf('live', { ...EMPTY, operations, ...lists })
}
