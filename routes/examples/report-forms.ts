import type { Report } from '../../schemas/verification.js'
import { REPORT_FORMS } from '../../src/formats/formats.js'
import type { Examples } from '../../src/http/docs/operation.js'

/** The report in every form but JSON, by media type. */
export function reportForms (report: Report): Record<string, Examples> {
  return Object.fromEntries(
    REPORT_FORMS.map(({ mediaType, render }) => [
      mediaType,
      { works: { summary: 'The policies work', value: render(report) } }
    ])
  )
}
