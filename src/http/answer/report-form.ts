import type { FastifyRequest } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { REPORT_FORMS, REPORT_MEDIA_TYPES, reportForm } from '../../formats/formats.js'
import { POLICY_FORMS, policyFormOf } from '../../formats/policies/policy-forms.js'
import { preferredType } from '../request/content-negotiation.js'

export const JSON_TYPE = 'application/json'

/** The media types of a report, the default first. */
export const REPORT_TYPES: readonly string[] = [JSON_TYPE, ...REPORT_MEDIA_TYPES]

/** The media types of generated policies, the default first. */
export const POLICY_TYPES: readonly string[] = [JSON_TYPE, ...POLICY_FORMS.map(({ mediaType }) => mediaType)]

type Content = Record<string, { schema: TSchema }>

/** The `content` of a 200 response with a report, for the schema of a route. */
export function reportContent (report: TSchema): Content {
  return { [JSON_TYPE]: { schema: report }, ...textContent(REPORT_FORMS) }
}

/** The same of a response with policies. */
export function policyContent (policies: TSchema): Content {
  return { [JSON_TYPE]: { schema: policies }, ...textContent(POLICY_FORMS) }
}

function textContent (forms: ReadonlyArray<{ mediaType: string; description: string }>): Content {
  return Object.fromEntries(
    forms.map(({ mediaType, description }) => [mediaType, { schema: Type.String({ description }) }])
  )
}

/** The one of `types` that the Accept header prefers; the first where it prefers none. */
export function chosenType (request: FastifyRequest, types: readonly string[]): string {
  const [first = JSON_TYPE] = types
  if (request.headers.accept === undefined || types.length === 1) return first
  return preferredType(request, types) ?? first
}

/**
 * The headers of a response in this media type: a page has the policy that allows its style sheet alone, policies have
 * the name of the file that they are for.
 */
export function headersOf (mediaType: string): Record<string, string> {
  const policy = reportForm(mediaType)?.contentSecurityPolicy
  const fileName = policyFormOf(mediaType)?.fileName
  return {
    'content-type': `${mediaType}; charset=utf-8`,
    ...(policy === undefined ? {} : { 'content-security-policy': policy }),
    ...(fileName === undefined ? {} : { 'content-disposition': `inline; filename="${fileName}"` })
  }
}
