import { VerifyRequest } from '../../schemas/live.js'
import type { Report } from '../../schemas/verification.js'
import { verifyUntilPass } from '../verify/verify.js'
import { CommandError, exitStatus } from './exit.js'
import { clock, configuration, RESPONSE_MARGIN_MS, type VerifyOptions } from './live.js'
import { targetsOf, writeReport } from './output.js'
import { requestReport, serviceUrl } from './remote.js'
import { startProgress } from './terminal.js'
import { isRequest, readUsage } from './usage.js'
import { validated } from './validate.js'

/** `verify`: reads AWS with the credentials of the caller, or asks a service to. Returns the exit status. */
export async function verifyLive (file: string | undefined, options: VerifyOptions): Promise<number> {
  const targets = targetsOf(options)
  const service = serviceUrl(options)
  const { datasetGroup: datasetGroupArn, include, newest } = options
  if (datasetGroupArn !== undefined) {
    const { verifyDatasetGroup } = await import('./dataset-group.js')
    return await verifyDatasetGroup({ datasetGroupArn, file, options, targets, service })
  }
  if (include !== undefined || newest !== undefined)
    throw new CommandError('--include and --newest go with --dataset-group')
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
  try {
    return await verifyUntilPass(request, { policySource, clock, deadlineMs, signal: never, stopping: never })
  } finally {
    policySource.close()
  }
}
