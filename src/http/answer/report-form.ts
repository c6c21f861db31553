import type { FastifyRequest } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { REPORT_FORMS, REPORT_MEDIA_TYPES, reportForm } from '../../formats/formats.js'

export const JSON_TYPE = 'application/json'

/** The media types of a report, the default first. */
export const REPORT_TYPES: readonly string[] = [JSON_TYPE, ...REPORT_MEDIA_TYPES]

/** The `content` of a 200 response with a report, for the schema of a route. */
export function reportContent (report: TSchema): Record<string, { schema: TSchema }> {
  const forms = REPORT_FORMS.map(({ mediaType, description }) => [mediaType, { schema: Type.String({ description }) }])
  return { [JSON_TYPE]: { schema: report }, ...Object.fromEntries(forms) }
}

/** The one of `types` that the Accept header prefers; the first where it prefers none. */
export function chosenType (request: FastifyRequest, types: readonly string[]): string {
  const [first = JSON_TYPE] = types
  if (request.headers.accept === undefined || types.length === 1) return first
  const chosen = request.type([...types])
  return typeof chosen === 'string' ? chosen : first
}

/** The headers of a response in this media type; a page has the policy that allows its style sheet alone. */
export function headersOf (mediaType: string): Record<string, string> {
  const policy = reportForm(mediaType)?.contentSecurityPolicy
  return {
    'content-type': `${mediaType}; charset=utf-8`,
    ...(policy === undefined ? {} : { 'content-security-policy': policy })
  }
}
