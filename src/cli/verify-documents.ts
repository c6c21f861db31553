import type { Report } from '../../schemas/verification.js'
import { VerifyDocumentsRequest } from '../../schemas/verification.js'
import { verifyDocuments } from '../verify/verify-documents.js'
import { CommandError, exitStatus } from './exit.js'
import { readData } from './input.js'
import { formatsOf, type ReportOptions, writeReport } from './output.js'
import { requestReport, serviceUrl } from './remote.js'
import type { UsageOptions } from './usage-options.js'
import { validated } from './validate.js'

export interface VerifyDocumentsOptions extends UsageOptions, ReportOptions {
  url?: string
  from?: string
  usage?: string
  stack?: string
  parameter: string[]
}

const RESPONSE_TIMEOUT_MS = 60_000

/** `verify-documents`: checks the policies of a request, a plan or a template. Returns the exit status. */
export async function verifyDocumentsCommand (
  file: string | undefined,
  options: VerifyDocumentsOptions
): Promise<number> {
  const formats = formatsOf(options)
  const service = serviceUrl(options)
  if (file === undefined) throw new CommandError('no documents: name a file, - for standard input, or --from a plan or template')
  const request = validated(VerifyDocumentsRequest, await readData(file), file)
  const report = await reportOn(request, service)
  await writeReport(report, formats, { ...options, defaultArtifact: file === '-' ? undefined : file })
  return exitStatus(report, options.failOn ?? [])
}

async function reportOn (request: VerifyDocumentsRequest, service: URL | undefined): Promise<Report> {
  return service === undefined
    ? verifyDocuments(request)
    : await requestReport(service, 'verify/documents', request, RESPONSE_TIMEOUT_MS)
}
