import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { VerifyRequest } from '../schemas/live.js'
import { ref } from '../schemas/ref.js'
import { type PairLine, VerificationLines } from '../schemas/verification-line.js'
import { Report, type VerifyDocumentsBody, VerifyDocumentsRequest } from '../schemas/verification.js'
import type { CallerSlots } from '../src/caller-slots.js'
import type { ComputePool } from '../src/compute/pool.js'
import { setAudit } from '../src/http/answer/access-log.js'
import { prettyPrint, jsonAnswer, ReportQuery } from '../src/http/answer/json-answer.js'
import { NDJSON, sendLines } from '../src/http/answer/ndjson.js'
import { chosenType, headersOf, JSON_TYPE, REPORT_TYPES, reportContent } from '../src/http/answer/report-form.js'
import { requires, type Examples, operation } from '../src/http/docs/operation.js'
import { heavyRequests } from '../src/http/limits/heavy-requests.js'
import { unitsOf } from '../src/http/limits/rate-limit.js'
import { type Audit, callerOf } from '../src/http/request-state.js'
import type { Clock } from '../src/verify/polling.js'
import type { PolicySource } from '../src/verify/read/policy-source.js'
import { verifyDocuments } from '../src/verify/verify-documents.js'
import { verifyPairs } from '../src/verify/verify-pairs.js'
import { type Evaluate, verifyUntilPass, type WaitOptions } from '../src/verify/verify.js'
import { reportForms } from './examples/report-forms.js'
import { liveReport, pairLines } from './examples/verification-lines.js'
import { documentRequests, liveRequests } from './examples/verification.js'

const tags = ['verification']

const VERIFY_DESCRIPTION = `Reads the keys (DescribeKey, GetKeyPolicy, ListGrants) and the roles (trust policy, \
inline and attached policies, permissions boundary) and reports as \`POST /verify/documents\` does. What could not be \
read is \`unknown\`, never "not allowed". Nothing is written to AWS.

\`Accept\` selects the form of the report: JSON, HTML, Markdown, SARIF or JUnit XML.

With \`Accept: ${NDJSON}\` the answer is a stream: a line with a report for every pair of a key and a role, as soon \
as it is known, lines with the progress, and at last a summary. A usage with locations has one line with the \
report on the whole usage. A failure before the first line is a problem document; a failure after it is the last line.`

const reportExamples = () => ({
  works: { summary: 'The policies work', value: verifyDocuments(documentRequests.works.value) },
  servicePrincipalMissing: {
    summary: 'The key policy does not name the service principal',
    value: verifyDocuments(documentRequests.servicePrincipalMissing.value)
  }
})

export const verifyDocumentsRoute: FastifyPluginAsyncTypebox<{ computePool: ComputePool }> = async (
  app,
  { computePool }
) => {
  const documents = jsonAnswer({
    about: ({ usage: { kmsKeyArns = [], roleArns } }: VerifyDocumentsBody) => ({ kmsKeyArns, roleArns }),
    answer: async (body: VerifyDocumentsBody, indent, callerId, layout) =>
      await computePool.run('verifyDocuments', { body, indent, ...layout }, callerId),
    mediaTypes: REPORT_TYPES
  })

  app.post(
    '/verify/documents',
    {
      config: requires('verify:documents'),
      schema: operation(
        {
          operationId: 'verifyDocuments',
          tags,
          summary: 'Verify the policies in the body',
          description:
            'Whether the policies you are about to apply allow Amazon Personalize to use the keys, why, and what ' +
            'would fix them. Nothing is read from AWS. A report is a 200, whatever its verdict. `Accept` selects the ' +
            'form of the report: JSON, HTML, Markdown, SARIF or JUnit XML.',
          querystring: ReportQuery,
          body: ref(VerifyDocumentsRequest),
          response: { 200: { description: 'The report.', content: reportContent(ref(Report)) } }
        },
        {
          requests: documentRequests,
          answers: reportExamples,
          otherAnswers: () => reportForms(verifyDocuments(documentRequests.works.value)),
          problems: ['INCONSISTENT_USAGE', 'CUSTOMER_KEY_NOT_SUPPORTED'],
          hasEntityTag: true
        }
      )
    },
    async (request, reply) => {
      const { kmsKeyArns = [], locations = [], roleArns } = request.body.usage
      const extra = unitsOf((kmsKeyArns.length + locations.length) * roleArns.length) - 1
      if (extra > 0) await request.charge?.(extra)
      return await documents(request, reply)
    }
  )
}

/** What the operations that read AWS have in common. */
export interface LiveRouteOptions {
  /** The live policies that the caller of a request may read. */
  policySource: (request: FastifyRequest, usage: VerifyRequest['usage']) => PolicySource
  slots: CallerSlots
  computePool: ComputePool
  /** How long one reading of AWS may take. */
  deadlineMs: number
  /** How long requests may take once the service stops. */
  drainMs: number
  publicPath: string
}

export interface VerifyRouteOptions extends LiveRouteOptions {
  examples?: Examples | undefined
}

/**
 * So long before the drain time is over reads end, unless it is short: reports are still made and sent, and after
 * them the last traces.
 */
const TO_STOP_MS = 3_000

/** How long running requests may go on reading once the service stops. */
export function readMsWhileStopping (drainMs: number): number {
  return drainMs - Math.min(TO_STOP_MS, drainMs / 2)
}

export const clock: Clock = {
  now: () => new Date(),
  pause: async (ms, signal) => {
    await pause(ms, undefined, { signal })
  }
}

export const verifyRoute: FastifyPluginAsyncTypebox<VerifyRouteOptions> = async (
  app,
  { policySource: policySourceFor, slots, computePool, deadlineMs, drainMs, publicPath, examples = liveRequests }
) => {
  const runHeavy = heavyRequests(app, slots, readMsWhileStopping(drainMs))

  app.post(
    '/verify',
    {
      config: requires('verify:live'),
      schema: operation(
        {
          operationId: 'verify',
          tags,
          summary: 'Verify the live policies in AWS',
          description: VERIFY_DESCRIPTION,
          querystring: ReportQuery,
          body: ref(VerifyRequest),
          response: {
            200: {
              description: 'The report, or a stream of reports.',
              content: { ...reportContent(ref(Report)), [NDJSON]: { schema: VerificationLines } }
            }
          }
        },
        {
          requests: examples,
          answers: () => ({ works: { summary: 'The policies work', value: liveReport() } }),
          otherAnswers: () => ({
            ...reportForms(liveReport()),
            [NDJSON]: { works: { summary: 'One key and one role, and their policies work', value: pairLines() } }
          }),
          problems: [
            'INCONSISTENT_USAGE',
            'CUSTOMER_KEY_NOT_SUPPORTED',
            'AWS_UNAVAILABLE',
            'AWS_CREDENTIALS_UNAVAILABLE',
            'SERVICE_UNAVAILABLE'
          ]
        }
      )
    },
    async (request, reply) => {
      const { body, query } = request
      setAudit(request, { kmsKeyArns: body.usage.kmsKeyArns ?? [], roleArns: body.usage.roleArns })
      const policySource = policySourceFor(request, body.usage)
      const limits = { enterMs: deadlineMs, overallMs: (body.waitUpTo ?? 0) * 1_000 + deadlineMs }
      return await runHeavy(request, reply, limits, async (heavy) => {
        const evaluate: Evaluate = async (observation) =>
          await computePool.run('reportOnObservation', observation, callerOf(request)?.id)
        const options: WaitOptions = { policySource, requestId: request.id, evaluate, clock, deadlineMs, ...heavy }
        const mediaType = chosenType(request, [...REPORT_TYPES, NDJSON])
        if (mediaType === NDJSON) {
          return await sendLines(noted(verifyPairs(body, options), request), request, reply, publicPath)
        }
        const report = await verifyUntilPass(body, options)
        setAudit(request, outcomeOf(report))
        if (mediaType === JSON_TYPE) return prettyPrint(reply, query).send(report)
        const { view } = query
        const layout = { report, mediaType, ...(view === undefined ? {} : { view }) }
        const text = await computePool.run('renderReport', layout, callerOf(request)?.id)
        return reply.headers(headersOf(mediaType)).send(text)
      })
    }
  )
}

/** The lines as they are; the last one is noted for the log, too. */
async function* noted (lines: AsyncGenerator<PairLine>, request: FastifyRequest): AsyncGenerator<PairLine> {
  for await (const line of lines) {
    if (line.type === 'summary') setAudit(request, outcomeOf(line))
    yield line
  }
}

export function outcomeOf ({ verdict, verdicts, reads }: Pick<Report, 'verdict' | 'verdicts' | 'reads'>): Audit {
  return { verdict, verdicts, attempts: reads?.attempts }
}
