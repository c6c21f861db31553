import { renderHtml, REPORT_CONTENT_SECURITY_POLICY } from './html/html.js'
import { renderJunit } from './junit.js'
import { renderMarkdown } from './markdown.js'
import type { ReportModel } from './report-model.js'
import { renderSarif } from './sarif.js'

/** A form of the report beside JSON. */
export interface ReportForm {
  name: string
  mediaType: string
  /** Of a file that holds it, without the dot. */
  extension: string
  description: string
  /** The header Content-Security-Policy with which it is served. */
  contentSecurityPolicy?: string
  render: (report: ReportModel) => string
}

/** Every form of the report beside JSON; routes, API document and pages are made of this table. */
export const REPORT_FORMS: readonly ReportForm[] = [
  {
    name: 'html',
    mediaType: 'text/html',
    extension: 'html',
    description: 'One self-contained page without scripts.',
    contentSecurityPolicy: REPORT_CONTENT_SECURITY_POLICY,
    render: renderHtml
  },
  {
    name: 'markdown',
    mediaType: 'text/markdown',
    extension: 'md',
    description: 'A comment of a pull request, of at most 65,536 characters.',
    render: renderMarkdown
  },
  {
    name: 'sarif',
    mediaType: 'application/sarif+json',
    extension: 'sarif',
    description: 'The findings as SARIF 2.1.0, for code scanning.',
    render: renderSarif
  },
  {
    name: 'junit',
    mediaType: 'application/xml',
    extension: 'xml',
    description: 'Verdicts, checks and errors as JUnit XML; what is not settled is skipped.',
    render: renderJunit
  }
]

export const REPORT_MEDIA_TYPES: readonly string[] = REPORT_FORMS.map(({ mediaType }) => mediaType)

/** The form with this media type; undefined for JSON. */
export function reportForm (mediaType: string): ReportForm | undefined {
  return REPORT_FORMS.find((form) => form.mediaType === mediaType)
}
