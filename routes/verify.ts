import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { ref } from '../schemas/ref.js'
import { Report, VerifyDocumentsRequest, VerifyRequest } from '../schemas/verification.js'
import { tagEntities } from '../src/plugins/entity-tag.js'
import type { PolicySource } from '../src/verify/policy-source.js'
import { verifyDocuments } from '../src/verify/verify-documents.js'
import { verify } from '../src/verify/verify.js'
import { documentRequests, liveRequests } from './examples/verification.js'
import { operation, type Examples } from './operation.js'
import { layOut, PrettyQuery } from './pretty.js'

const tags = ['verification']

const reportExamples = () => ({
  works: { summary: 'The policies work', value: verifyDocuments(documentRequests.works.value) },
  servicePrincipalMissing: { summary: 'The key policy does not name the service principal', value: verifyDocuments(documentRequests.servicePrincipalMissing.value) }
})

export const verifyDocumentsRoute: FastifyPluginAsyncTypebox = async (app) => {
  tagEntities(app)

  app.post('/verify/documents', {
    schema: operation({
      operationId: 'verifyDocuments',
      tags,
      summary: 'Verify the policies in the body',
      description: 'Whether the policies you are about to apply let Amazon Personalize use the keys, why, and what would mend them. Nothing is read from AWS. A report is a 200, whatever its verdict.',
      querystring: PrettyQuery,
      body: ref(VerifyDocumentsRequest),
      response: { 200: ref(Report) }
    }, { requests: documentRequests, answers: reportExamples, problems: ['INCONSISTENT_USAGE', 'CUSTOMER_KEY_NOT_SUPPORTED'], hasEntityTag: true })
  }, async ({ body, query }, reply) => layOut(reply, query).send(verifyDocuments(body)))
}

export const verifyRoute: FastifyPluginAsyncTypebox<{ policySource: PolicySource, deadlineMs: number, examples?: Examples | undefined }> = async (app, { policySource, deadlineMs, examples = liveRequests }) => {
  app.post('/verify', {
    schema: operation({
      operationId: 'verify',
      tags,
      summary: 'Verify the live policies in AWS',
      description: 'Reads the keys (DescribeKey, GetKeyPolicy, ListGrants) and the roles (trust policy, inline and attached policies, permissions boundary) and reports as `POST /verify/documents` does. What could not be read is `unknown`, never "not allowed". Nothing is written to AWS.',
      querystring: PrettyQuery,
      body: ref(VerifyRequest),
      response: { 200: ref(Report) }
    }, {
      requests: examples,
      answers: () => ({ works: { summary: 'The policies work', value: { ...verifyDocuments(documentRequests.works.value), observedAt: '2026-11-23T12:00:00.000Z' } } }),
      problems: ['INCONSISTENT_USAGE', 'CUSTOMER_KEY_NOT_SUPPORTED', 'AWS_UNAVAILABLE', 'AWS_CREDENTIALS_UNAVAILABLE']
    })
  }, async ({ body, query, log }, reply) => {
    const report = await verify(body, { policySource, now: new Date(), signal: AbortSignal.any([untilGone(reply), AbortSignal.timeout(deadlineMs)]) })
    const { kmsKeyArns, roleArns } = body.usage
    log.info({ kmsKeyArns, roleArns, verdict: report.verdict, verdicts: report.verdicts }, 'live policies verified')
    return layOut(reply, query).send(report)
  })
}

/** Ends the reads of AWS when the client has gone: nobody waits for the report any more. */
function untilGone (reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => { if (!reply.raw.writableFinished) controller.abort() })
  return controller.signal
}
