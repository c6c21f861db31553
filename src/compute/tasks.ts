import type { PoliciesRequest } from '../../schemas/generation.js'
import type { Usage } from '../../schemas/usage.js'
import type { Report, VerifyDocumentsBody } from '../../schemas/verification.js'
import { reportForm } from '../formats/formats.js'
import type { PoliciesModel } from '../formats/policies/model.js'
import { policyFormOf } from '../formats/policies/policy-forms.js'
import type { ReportModel } from '../formats/report-model.js'
import { bringsPolicy } from '../policies/existing-policy.js'
import { generatePolicies } from '../policies/generate.js'
import { POLICY_GENERATORS, type PolicyGenerator } from '../policies/generators.js'
import { policiesToDeploy } from '../policies/to-deploy.js'
import { verifyDocuments } from '../verify/verify-documents.js'
import { type Observation, reportOnObservation } from '../verify/verify.js'

/** A response: its JSON text, null for 204, and what the log line says of it. */
export interface ResponseText {
  text: string | null
  verdict?: Report['verdict']
  verdicts?: Report['verdicts']
}

/** The body of a request, and the white space and media type of its response; JSON by default. */
export interface BodyInput<B> {
  body: B
  indent: number
  mediaType?: string
}

/** A pure function of JSON values, so that it can run on a worker thread. */
interface Task<I, O> {
  compute(input: I): O
  /**
   * Whether it runs on the event loop. Known before the start: not how long it takes decides, but whether it
   * evaluates policies and how much it has to generate.
   */
  isInline(input: I): boolean
}

/** `mediaType`: of the form; JSON by default. */
interface ReportLayout {
  view?: 'full' | 'summary'
  mediaType?: string
}

function reportText (report: ReportModel, indent: number, mediaType = 'application/json'): string {
  return reportForm(mediaType)?.render(report) ?? JSON.stringify(report, null, indent)
}

function withoutChecks ({ checks: _, s3Checks: _s3Checks, ...rest }: Report): ReportModel {
  return rest
}

/** Generated policies as JSON, or in the form in which they are deployed. */
function policiesText<B> (
  { body, indent, mediaType }: BodyInput<B>,
  generate: (body: B, indent: number) => string | null,
  toDeploy: (body: B) => PoliciesModel | null
): ResponseText {
  const form = policyFormOf(mediaType)
  if (form === undefined) return { text: generate(body, indent) }
  const model = toDeploy(body)
  return { text: model === null ? null : form.render(model) }
}

const isJson = ({ mediaType }: { mediaType?: string }): boolean => policyFormOf(mediaType) === undefined

/**
 * Of roles with a key or a location, or with the key that is yet to be made: 0.1 ms each, in code that is not compiled
 * yet some times as much.
 */
const MAX_INLINE_PAIRS = 20

/** Whether policies are generated on the event loop: few, and none to merge into, which would be evaluated. */
function isSmall (usages: readonly Usage[]): boolean {
  let pairs = 0
  for (const { roleArns, kmsKeyArns = [], locations = [] } of usages)
    pairs += roleArns.length * Math.max(1, kmsKeyArns.length + locations.length)
  return pairs <= MAX_INLINE_PAIRS && !usages.some(bringsPolicy)
}

/**
 * What a thread may compute. Responses come back as text: a string is copied in one piece, an object is cloned member
 * by member.
 */
export const TASKS = {
  generateKeyPolicy: generationTask(POLICY_GENERATORS.key),
  generateRolePolicy: generationTask(POLICY_GENERATORS.iam),
  // Merges into no existing policy.
  generateTrustPolicy: generationTask(POLICY_GENERATORS.trust, isJson),
  generateBucketPolicy: generationTask(POLICY_GENERATORS.bucket),
  generatePolicies: task(
    (input: BodyInput<PoliciesRequest>) =>
      policiesText(input, (body, indent) => JSON.stringify(generatePolicies(body), null, indent), policiesToDeploy),
    (input) => isJson(input) && isSmall(input.body.usages)
  ),
  verifyDocuments: task(
    ({ body, indent, view, mediaType }: BodyInput<VerifyDocumentsBody> & ReportLayout): ResponseText => {
      const report = verifyDocuments(body)
      const { verdict, verdicts } = report
      return {
        text: reportText(view === 'summary' ? withoutChecks(report) : report, indent, mediaType),
        verdict,
        verdicts
      }
    }
  ),
  renderReport: task(({ report, mediaType, view }: ReportLayout & { report: Report }): string =>
    reportText(view === 'summary' ? withoutChecks(report) : report, 0, mediaType)
  ),
  // As JSON a date is a text.
  reportOnObservation: task(({ now, ...observation }: Observation): Report =>
    reportOnObservation({ ...observation, now: new Date(now) })
  )
}

function generationTask (
  { text, toDeploy }: PolicyGenerator,
  isInline = (input: BodyInput<Usage>): boolean => isJson(input) && isSmall([input.body])
): Task<BodyInput<Usage>, ResponseText> {
  return task((input) => policiesText(input, text, toDeploy), isInline)
}

function task<I, O> (compute: (input: I) => O, isInline: (input: I) => boolean = () => false): Task<I, O> {
  return { compute, isInline }
}

export type Tasks = typeof TASKS
export type TaskName = keyof Tasks
export type TaskInput<N extends TaskName> = Parameters<Tasks[N]['compute']>[0]
export type TaskOutput<N extends TaskName> = ReturnType<Tasks[N]['compute']>
