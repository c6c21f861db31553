import { type Location, OPERATIONS, VerifiableUsage } from '../../schemas/usage.js'
import { type Report, type VerifyDocumentsBody, VerifyDocumentsRequest } from '../../schemas/verification.js'
import type { Plan } from '../extract/extract.js'
import { isObject, type JsonObject } from '../json/json.js'
import { verifyDocuments } from '../verify/verify-documents.js'
import { CommandError, exitStatus } from './exit.js'
import { readData } from './input.js'
import { targetsOf, type ReportOptions, writeReport } from './output.js'
import { requestReport, serviceUrl } from './remote.js'
import { note } from './terminal.js'
import type { UsageOptions } from './usage-options.js'
import { usageOfOptions } from './usage.js'
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
  const targets = targetsOf(options)
  const service = serviceUrl(options)
  const { report, artifact } =
    options.from === undefined
      ? await ofRequest(file, options, service)
      : await ofPlan(file, options.from, options, service)
  await writeReport(report, targets, { ...options, defaultArtifact: artifact === '-' ? undefined : artifact })
  return exitStatus(report, options.failOn ?? [])
}

/** A report, and the file with the policies that it is about. */
interface Verified {
  report: Report
  artifact: string
}

async function ofRequest (
  file: string | undefined,
  options: VerifyDocumentsOptions,
  service: URL | undefined
): Promise<Verified> {
  if (file === undefined)
    throw new CommandError('no documents: name a file, - for standard input, or --from a plan or template')
  if (options.usage !== undefined || usageOfOptions(options) !== undefined)
    throw new CommandError('a request contains its usage; options for the usage need --from')
  const request = await validated(VerifyDocumentsRequest, await readData(file), file)
  return { report: await reportOn(request, service), artifact: file }
}

async function reportOn (request: VerifyDocumentsBody, service: URL | undefined): Promise<Report> {
  return service === undefined
    ? verifyDocuments(request)
    : await requestReport(service, 'verify/documents', request, RESPONSE_TIMEOUT_MS)
}

async function ofPlan (
  file: string | undefined,
  from: string,
  options: VerifyDocumentsOptions,
  service: URL | undefined
): Promise<Verified> {
  if (file !== undefined) throw new CommandError('give a request or --from, not both')
  const usage = await usageFor(options)
  const [{ readPlan }, { documentsRequest, plannedDocuments }, { verifyPlanned }] = await Promise.all([
    import('./read-plan.js'),
    import('../extract/extract.js'),
    import('../verify/verify-planned.js')
  ])
  const { accountId, region } = settingsOf(usage)
  const { plan, file: artifact } = await readPlan(from, { ...options, accountId, region })
  const documents = plannedDocuments(plan, await selectedUsage(plan, usage, options.usage ?? from))
  const request = service === undefined ? undefined : documentsRequest(documents)
  if (service !== undefined && request === undefined)
    note('Parts of the policies are not known yet, which the service does not take: they are checked on this machine.')
  const report = request === undefined ? verifyPlanned(documents) : await reportOn(request, service)
  return { report, artifact }
}

/** The usage of the file or of the options, whose keys and roles may be missing or named as the plan names them. */
async function usageFor (options: VerifyDocumentsOptions): Promise<JsonObject> {
  const described = usageOfOptions(options)
  if (options.usage === undefined) return described ?? {}
  if (described !== undefined) throw new CommandError('give the usage as a file or by options, not both')
  const value = await readData(options.usage)
  if (!isObject(value)) throw new CommandError(`${options.usage} is no usage`)
  return value
}

/** Account and Region, given or of the ARNs that are given. */
function settingsOf (usage: JsonObject): { accountId: string | undefined; region: string | undefined } {
  const parts = [usage['kmsKeyArns'], usage['roleArns']]
    .flat()
    .flatMap((arn) => (typeof arn === 'string' && arn.startsWith('arn:') ? [arn.split(':')] : []))
  const own = (name: string): string | undefined => (typeof usage[name] === 'string' ? usage[name] : undefined)
  const first = (index: number): string | undefined =>
    parts.map((arn) => arn[index]).find((part) => part !== undefined && part !== '')
  return { accountId: own('accountId') ?? first(4), region: own('region') ?? first(3) }
}

async function selectedUsage (plan: Plan, usage: JsonObject, path: string): Promise<VerifiableUsage> {
  const { PlanError, selectUsage } = await import('../extract/extract.js')
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])
  if (usage['operations'] === undefined && plan.pairs.length === 0)
    throw new CommandError('which operations are to be checked? Give --operations or --usage')
  const { operations = ['datasetGroup'], locations } = usage
  try {
    const selected = selectUsage(plan, {
      keys: texts(usage['kmsKeyArns']),
      roles: texts(usage['roleArns']),
      operations: OPERATIONS.filter((name) => texts(operations).includes(name)),
      // Others are refused with the rest of the usage.
      ...(isLocations(locations) ? { locations } : {})
    })
    const { kmsKeyArns: _, ...described } = usage
    return { ...await validated(VerifiableUsage, { ...described, operations, ...selected }, path), ...selected }
  } catch (error) {
    if (error instanceof PlanError) throw new CommandError(error.message)
    throw error
  }
}

/** Whether each of them has the text that names its bucket. */
function isLocations (value: unknown): value is Location[] {
  return Array.isArray(value) && value.every((location) => isObject(location) && typeof location['uri'] === 'string')
}
