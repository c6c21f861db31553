import { readFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { VerifyRequest } from '../../schemas/live.js'
import type { Report } from '../../schemas/verification.js'
import { type Config, loadConfig } from '../config/config.js'
import { verifyUntilPass } from '../verify/verify.js'
import { exitStatus } from './exit.js'
import { targetsOf, type ReportOptions, writeReport } from './output.js'
import { requestReport, serviceUrl } from './remote.js'
import { startProgress } from './terminal.js'
import type { UsageOptions } from './usage-options.js'
import { isRequest, readUsage } from './usage.js'
import { validated } from './validate.js'

export interface VerifyOptions extends UsageOptions, ReportOptions {
  url?: string
  wait?: number
}

/** So long after the deadline of the service its answer may still come. */
const RESPONSE_MARGIN_MS = 20_000

/** `verify`: reads AWS with the credentials of the caller, or asks a service to. Returns the exit status. */
export async function verifyLive (file: string | undefined, options: VerifyOptions): Promise<number> {
  const targets = targetsOf(options)
  const service = serviceUrl(options)
  const input = await readUsage(file, options)
  const body = isRequest(input) ? input : { usage: input }
  const request = await validated(
    VerifyRequest,
    options.wait === undefined ? body : { ...body, waitUpTo: options.wait },
    file ?? 'the usage of the options'
  )
  const stop = startProgress(service === undefined ? 'Reading AWS' : `Waiting for ${service.host}`)
  const report = await reportOnLive(request, service).finally(stop)
  await writeReport(report, targets, options)
  return exitStatus(report, options.failOn ?? [])
}

/** The report of a running service, or on what the caller's own credentials read. */
async function reportOnLive (request: VerifyRequest, service: URL | undefined): Promise<Report> {
  return service === undefined ? await readAws(request) : await askService(service, request)
}

/** The variables that the command shares with the service; others, such as PORT, say nothing here. */
const VARIABLES = [
  'AWS_TIMEOUT_MS',
  'AWS_MAX_ATTEMPTS',
  'VERIFY_CONCURRENCY',
  'VERIFY_DEADLINE_MS',
  'ASSUME_ROLES',
  'ORGANIZATION_POLICIES'
]

function configuration (): Config {
  const variables = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]))
  return loadConfig(variables, (path) => readFileSync(path, 'utf8'))
}

/** The report of a running service. */
export async function askService (service: URL, request: VerifyRequest): Promise<Report> {
  const { verifyDeadlineMs } = configuration()
  const timeoutMs = (request.waitUpTo ?? 0) * 1_000 + verifyDeadlineMs + RESPONSE_MARGIN_MS
  return await requestReport(service, 'verify', request, timeoutMs)
}

async function readAws (request: VerifyRequest): Promise<Report> {
  const { aws, verifyDeadlineMs: deadlineMs } = configuration()
  const { createPolicySource } = await import('../aws/policy-source.js')
  const policySource = createPolicySource(aws)
  const never = new AbortController().signal
  const clock = {
    now: () => new Date(),
    pause: async (ms: number, signal: AbortSignal) => {
      await pause(ms, undefined, { signal })
    }
  }
  try {
    return await verifyUntilPass(request, { policySource, clock, deadlineMs, signal: never, stopping: never })
  } finally {
    policySource.close()
  }
}
