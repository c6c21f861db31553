import { DatasetGroupRequest, type DatasetGroupReport, type GroupLine } from '../../schemas/dataset-group.js'
import { groupReport, isGroupLine } from '../discovery/group-report.js'
import { verifyGroup } from '../discovery/verify-group.js'
import { reportOfGroup } from '../formats/group-report.js'
import { evaluateInline } from '../verify/verify.js'
import { CommandError, exitStatus } from './exit.js'
import { writeReport, type Targets } from './output.js'
import { requestLines } from './remote.js'
import { startProgress } from './terminal.js'
import { clock, configuration, RESPONSE_MARGIN_MS, type VerifyOptions } from './live.js'
import { validated } from './validate.js'
import { usageOfOptions } from './usage.js'

/** What the command is given, and where it goes. */
export interface GroupCommand {
  datasetGroupArn: string
  file: string | undefined
  options: VerifyOptions
  targets: Targets
  service: URL | undefined
}

/**
 * `verify --dataset-group`: finds what the group uses and verifies it, with the credentials of the caller or by a
 * service. Returns the exit status.
 */
export async function verifyDatasetGroup (command: GroupCommand): Promise<number> {
  const { datasetGroupArn, options, targets, service } = command
  assertAlone(command)
  const { include, newest } = options
  const request = await validated(
    DatasetGroupRequest,
    { datasetGroupArn, ...(include === undefined ? {} : { include }), ...(newest === undefined ? {} : { newest }) },
    'what the options say'
  )
  const group = await report(service === undefined ? readAws(request) : askService(service, request))
  const joined = reportOfGroup(group)
  await writeReport(joined, targets, { ...options, json: group })
  return exitStatus(joined, options.failOn ?? [])
}

function assertAlone ({ file, options }: GroupCommand): void {
  if (file !== undefined || usageOfOptions(options) !== undefined)
    throw new CommandError('--dataset-group finds the usages itself: give no other usage')
  if (options.wait !== undefined) throw new CommandError('--wait does not go with --dataset-group')
}

const STEPS = { list: 'Listing jobs', describe: 'Describing jobs', verify: 'Verifying' } as const

/** The lines as one report; a person at a terminal sees how far it is. */
async function report (lines: AsyncGenerator<GroupLine>): Promise<DatasetGroupReport> {
  let text = 'Reading the dataset group'
  const stop = startProgress(() => text)
  async function* watched (): AsyncGenerator<GroupLine> {
    for await (const line of lines) {
      if (line.type === 'progress') text = `${STEPS[line.step]} ${line.done}/${line.total}`
      yield line
    }
  }
  return await groupReport(watched()).finally(stop)
}

async function* readAws (request: DatasetGroupRequest): AsyncGenerator<GroupLine> {
  const { aws, verifyDeadlineMs: deadlineMs } = configuration()
  const [{ createPolicySource }, { createJobSource }, { randomUUID }] = await Promise.all([
    import('../aws/policy-source.js'),
    import('../aws/personalize.js'),
    import('node:crypto')
  ])
  const policySource = createPolicySource(aws)
  const jobs = createJobSource(aws, { now: () => performance.now(), pause: clock.pause })
  try {
    yield* verifyGroup(request, {
      jobs,
      policySource,
      evaluate: evaluateInline,
      now: clock.now,
      requestId: randomUUID(),
      deadlineMs,
      signal: new AbortController().signal,
      onCall: () => {}
    })
  } finally {
    jobs.close()
    policySource.close()
  }
}

/** The lines of a running service. */
async function* askService (service: URL, request: DatasetGroupRequest): AsyncGenerator<GroupLine> {
  const timeoutMs = 2 * configuration().verifyDeadlineMs + RESPONSE_MARGIN_MS
  for await (const line of requestLines(service, 'verify/dataset-group', request, timeoutMs)) {
    if (!isGroupLine(line)) throw new CommandError(`the service at ${service.origin} sent a line that is not known`)
    yield line
  }
}
