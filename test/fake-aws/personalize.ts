import { pageOf } from './pages.js'
import { exceptionReply, jsonReply, type FakeCall, type Reply } from './wire.js'
import type { FakeJob, FakeWorld } from './world.js'

/** By the resource's name in operations: the ARN member of its description, and the member that a list gives. */
const KINDS: Record<string, { list: string; filter?: keyof FakeJob }> = {
  DatasetImportJob: { list: 'datasetImportJobs', filter: 'datasetArn' },
  DatasetExportJob: { list: 'datasetExportJobs', filter: 'datasetArn' },
  BatchInferenceJob: { list: 'batchInferenceJobs' },
  BatchSegmentJob: { list: 'batchSegmentJobs' },
  MetricAttribution: { list: 'metricAttributions', filter: 'datasetGroupArn' },
  DataDeletionJob: { list: 'dataDeletionJobs', filter: 'datasetGroupArn' }
}

/**
 * Amazon Personalize in AWS's JSON 1.1, as its API model has it: the lists and descriptions that discovery reads. No
 * emulator has them.
 * https://docs.aws.amazon.com/personalize/latest/dg/API_Operations_Amazon_Personalize.html
 */
export function personalizeReply (world: FakeWorld, call: FakeCall): Reply {
  const { operation, input } = call
  const { groups, datasets, solutions, jobs } = world.personalize
  const missing = (): Reply => exceptionReply(call, 400, 'ResourceNotFoundException')
  if (operation === 'DescribeDatasetGroup') {
    const group = groups[String(input.datasetGroupArn)]
    return group === undefined
      ? missing()
      : jsonReply({ datasetGroup: { datasetGroupArn: input.datasetGroupArn, ...group } })
  }
  if (operation === 'ListDatasets')
    return listReply(world, call, 'datasets', ofGroup(datasets, input).map((datasetArn) => ({ datasetArn })))
  if (operation === 'ListSolutions')
    return listReply(world, call, 'solutions', ofGroup(solutions, input).map((solutionArn) => ({ solutionArn })))
  for (const [kind, { list, filter }] of Object.entries(KINDS)) {
    const arnMember = `${kind[0]?.toLowerCase()}${kind.slice(1)}Arn`
    const all = jobs[kind] ?? []
    if (operation === `Describe${kind}`) {
      const job = all.find(({ arn }) => arn === input[arnMember])
      return job === undefined
        ? missing()
        : jsonReply({ [arnMember.slice(0, -'Arn'.length)]: { [arnMember]: job.arn, ...summary(job), ...job.description } })
    }
    if (operation === `List${kind}s`) {
      const listed = all.filter((job) => filter === undefined || input[filter] === undefined || job[filter] === input[filter])
      return listReply(world, call, list, listed.map((job) => ({ [arnMember]: job.arn, ...summary(job) })))
    }
  }
  return exceptionReply(call, 400, 'UnknownOperationException')
}

const ofGroup = (byGroup: Record<string, string[]>, { datasetGroupArn }: FakeCall['input']): string[] =>
  byGroup[String(datasetGroupArn)] ?? []

function summary ({ status, failureReason, createdAt, solutionVersionArn }: FakeJob): object {
  return { status, failureReason, solutionVersionArn, creationDateTime: Date.parse(createdAt) / 1_000 }
}

function listReply (world: FakeWorld, call: FakeCall, member: string, all: object[]): Reply {
  const { items, next } = pageOf(world, all, call.input.nextToken)
  return jsonReply({ [member]: items, nextToken: next })
}
