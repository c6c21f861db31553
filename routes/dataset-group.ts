import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import {
  DatasetGroupLines,
  DatasetGroupReport,
  DatasetGroupRequest,
  type GroupLine
} from '../schemas/dataset-group.js'
import { ref } from '../schemas/ref.js'
import type { JobSource } from '../src/discovery/job-source.js'
import { groupReport } from '../src/discovery/group-report.js'
import { type GroupOptions, verifyGroup } from '../src/discovery/verify-group.js'
import { setAudit } from '../src/http/answer/access-log.js'
import { prettyPrint, PrettyQuery } from '../src/http/answer/json-answer.js'
import { NDJSON, sendLines } from '../src/http/answer/ndjson.js'
import { chosenType, JSON_TYPE } from '../src/http/answer/report-form.js'
import { operation, requires } from '../src/http/docs/operation.js'
import { heavyRequests, type HeavyRequest } from '../src/http/limits/heavy-requests.js'
import { callerOf } from '../src/http/request-state.js'
import type { PolicySource } from '../src/verify/read/policy-source.js'
import { datasetGroupLines, datasetGroupReport, datasetGroupRequests } from './examples/dataset-group.js'
import { clock, type LiveRouteOptions, readMsWhileStopping } from './verify.js'

export interface DatasetGroupRouteOptions extends Omit<LiveRouteOptions, 'policySource'> {
  /** The live policies that the caller may read, whichever are found. */
  policySource: (request: FastifyRequest) => PolicySource
  jobSource: (request: FastifyRequest) => JobSource
  /** Called for each call of AWS. */
  onCall: (request: FastifyRequest) => () => void
}

const DESCRIPTION = `Finds what a dataset group really uses, and verifies it. The service reads the group, lists its import, export, batch and data deletion jobs and its metric attributions (the failed ones and their \`failureReason\` first), describes the failed and the newest of each kind, and verifies each distinct role, key and location as \`POST /verify\` does. For each job that failed the answer explains its \`failureReason\` by that report.

AWS allows one call a second of each kind, so this takes seconds. With \`Accept: ${NDJSON}\` the answer is a stream of lines with the progress. When the time is over, what was found is verified and the rest is \`notEvaluated\`. Nothing is written to AWS.`

export const datasetGroupRoute: FastifyPluginAsyncTypebox<DatasetGroupRouteOptions> = async (
  app,
  { policySource: policySourceFor, jobSource: jobSourceFor, onCall, slots, computePool, deadlineMs, drainMs, publicPath }
) => {
  const runHeavy = heavyRequests(app, slots, readMsWhileStopping(drainMs))

  app.post(
    '/verify/dataset-group',
    {
      config: requires('verify:live'),
      schema: operation(
        {
          operationId: 'verifyDatasetGroup',
          tags: ['verification'],
          summary: 'Find and verify what a dataset group uses',
          description: DESCRIPTION,
          querystring: PrettyQuery,
          body: ref(DatasetGroupRequest),
          response: {
            200: {
              description: 'The report, or a stream of lines.',
              content: { [JSON_TYPE]: { schema: ref(DatasetGroupReport) }, [NDJSON]: { schema: DatasetGroupLines } }
            }
          }
        },
        {
          requests: datasetGroupRequests,
          answers: () => ({ failedImport: { summary: 'An import job failed', value: datasetGroupReport } }),
          otherAnswers: () => ({
            [NDJSON]: { failedImport: { summary: 'The same as lines', value: datasetGroupLines } }
          }),
          problems: ['FORBIDDEN', 'AWS_UNAVAILABLE', 'AWS_CREDENTIALS_UNAVAILABLE', 'SERVICE_UNAVAILABLE']
        }
      )
    },
    async (request, reply) => {
      const { body, query } = request
      const sources = { jobs: jobSourceFor(request), policySource: policySourceFor(request) }
      return await runHeavy(request, reply, { enterMs: deadlineMs, overallMs: 2 * deadlineMs }, async (heavy) => {
        const lines = noted(
          withSlot(heavy, (signal) =>
            verifyGroup(body, {
              ...sources,
              evaluate: async (observation) =>
                await computePool.run('reportOnObservation', observation, callerOf(request)?.id),
              now: clock.now,
              requestId: request.id,
              deadlineMs,
              signal,
              onCall: onCall(request)
            })
          ),
          request
        )
        return chosenType(request, [JSON_TYPE, NDJSON]) === NDJSON
          ? await sendLines(lines, request, reply, publicPath)
          : prettyPrint(reply, query).send(await groupReport(lines))
      })
    }
  )
}

/** The lines, made while the request has a slot. */
async function* withSlot (
  { acquire, signal }: HeavyRequest,
  make: (signal: GroupOptions['signal']) => AsyncGenerator<GroupLine>
): AsyncGenerator<GroupLine> {
  const slot = await acquire(false)
  try {
    yield* make(signal)
  } finally {
    slot.release()
  }
}

/** The lines as they are; what they come to is noted for the log. */
async function* noted (lines: AsyncGenerator<GroupLine>, request: FastifyRequest): AsyncGenerator<GroupLine> {
  for await (const line of lines) {
    if (line.type === 'summary') {
      const { verdict, verdicts, datasetGroup } = line
      const { roleArn, kmsKeyArn } = datasetGroup
      setAudit(request, {
        verdict,
        verdicts,
        kmsKeyArns: kmsKeyArn === undefined ? [] : [kmsKeyArn],
        roleArns: roleArn === undefined ? [] : [roleArn]
      })
    }
    yield line
  }
}
