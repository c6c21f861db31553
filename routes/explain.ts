import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { ExplainRequest, Explanation } from '../schemas/explanation.js'
import { ref } from '../schemas/ref.js'
import type { VerifiableUsage } from '../schemas/usage.js'
import { ServiceError } from '../src/errors.js'
import { narrowedUsage, withReport } from '../src/explain/evidence.js'
import { explain } from '../src/explain/explain.js'
import { assertOneText } from '../src/explain/request-of.js'
import { renderExplanation } from '../src/formats/explanation.js'
import { setAudit } from '../src/http/answer/access-log.js'
import { entityTag, PrettyQuery } from '../src/http/answer/json-answer.js'
import { chosenType, headersOf, JSON_TYPE } from '../src/http/answer/report-form.js'
import { assertScope } from '../src/http/caller/authentication.js'
import { operation, requires } from '../src/http/docs/operation.js'
import { heavyRequests } from '../src/http/limits/heavy-requests.js'
import { callerOf } from '../src/http/request-state.js'
import { isVerifiable } from '../src/personalize/usage.js'
import { type Evaluate, verifyUntilPass } from '../src/verify/verify.js'
import { explainRequests } from './examples/explanations.js'
import { clock, type LiveRouteOptions, outcomeOf, readMsWhileStopping } from './verify.js'

const MARKDOWN_TYPE = 'text/markdown'
const DESCRIPTION = `Send the text of an error, the \`failureReason\` of a job, or a record of CloudTrail. The answer \
says what AWS said (principal, action, resource, the layer, the ARN of the denying policy where the text has it), \
which requirement it touches, and the causes that fit: the most likely first, what distinguishes them, and the exact \
statement for each. A text that is not known is reported as such, with what to look at next.

With \`usage\` the statements are filled in for it. With \`live: true\` the live policies of that usage are verified, \
too, as \`POST /verify\` does; they confirm or exclude causes, and the report is part of the answer.`

type Body = ExplainRequest

export const explainRoute: FastifyPluginAsyncTypebox<LiveRouteOptions> = async (
  app,
  { policySource: policySourceFor, slots, computePool, deadlineMs, drainMs }
) => {
  const runHeavy = heavyRequests(app, slots, readMsWhileStopping(drainMs))

  async function verifyLive (
    request: FastifyRequest,
    reply: FastifyReply,
    usage: VerifiableUsage,
    explanation: Explanation
  ): Promise<Explanation> {
    assertScope(request, 'verify:live')
    const policySource = policySourceFor(request, usage)
    return await runHeavy(request, reply, { enterMs: deadlineMs, overallMs: deadlineMs }, async (heavy) => {
      const evaluate: Evaluate = async (observation) =>
        await computePool.run('reportOnObservation', observation, callerOf(request)?.id)
      const options = { policySource, requestId: request.id, evaluate, clock, deadlineMs, ...heavy }
      const report = await verifyUntilPass({ usage }, options)
      setAudit(request, outcomeOf(report))
      return withReport(explanation, report)
    })
  }

  app.post(
    '/explain',
    {
      config: requires('verify:documents'),
      schema: operation(
        {
          operationId: 'explain',
          tags: ['verification'],
          summary: 'Explain an error of AWS',
          description: DESCRIPTION,
          querystring: PrettyQuery,
          body: ref(ExplainRequest),
          response: {
            200: {
              description: 'The explanation.',
              content: {
                [JSON_TYPE]: { schema: ref(Explanation) },
                [MARKDOWN_TYPE]: { schema: Type.String({ description: 'The same as Markdown.' }) }
              }
            }
          }
        },
        {
          requests: explainRequests,
          answers: () => ({
            insufficientPrivileges: {
              summary: 'A job failed with "Insufficient privileges"',
              value: explain(explainRequests.insufficientPrivileges.value)
            }
          }),
          otherAnswers: () => ({
            [MARKDOWN_TYPE]: {
              explicitDeny: {
                summary: 'A Deny of the organization',
                value: renderExplanation(explain(explainRequests.explicitDeny.value))
              }
            }
          }),
          problems: [
            'INCONSISTENT_USAGE',
            'CUSTOMER_KEY_NOT_SUPPORTED',
            'FORBIDDEN',
            'AWS_UNAVAILABLE',
            'AWS_CREDENTIALS_UNAVAILABLE',
            'SERVICE_UNAVAILABLE'
          ]
        }
      )
    },
    async (request, reply) => {
      const { body, query } = request
      const { kmsKeyArns = [], roleArns = [] } = body.usage ?? {}
      setAudit(request, { kmsKeyArns, roleArns })
      assertOneText(body)
      const explanation = explain(body)
      const usage = body.live === true ? verifiableUsage(body, explanation) : undefined
      const answer = usage === undefined ? explanation : await verifyLive(request, reply, usage, explanation)
      const mediaType = chosenType(request, [JSON_TYPE, MARKDOWN_TYPE])
      const text =
        mediaType === MARKDOWN_TYPE
          ? renderExplanation(answer)
          : JSON.stringify(answer, null, query.pretty === true ? 2 : undefined)
      return reply
        .headers({ ...headersOf(mediaType), ...(usage === undefined ? { etag: entityTag(text) } : {}) })
        .send(text)
    }
  )
}

/** The usage to verify, narrowed to what the text is about. */
function verifiableUsage ({ usage }: Body, explanation: Explanation): VerifiableUsage {
  const detail =
    usage === undefined
      ? 'live needs a usage: the text does not name everything that is to be read'
      : 'live needs kmsKeyArns or locations in the usage'
  if (usage === undefined || !isVerifiable(usage))
    throw new ServiceError('INCONSISTENT_USAGE', detail, [
      { pointer: usage === undefined ? '/live' : '/usage', detail }
    ])
  return narrowedUsage(usage, explanation)
}
