import { createHash } from 'node:crypto'
import { render } from 'preact-render-to-string'
import { lastPart } from '../names.js'
import type { ReportModel } from '../report-model.js'
import { resourcesOf, VERDICTS } from '../verdict-words.js'
import { ReportPage } from './report-page.js'
import { REPORT_STYLE } from './report-style.js'

/** The policy under which the report is shown: no script, picture, font or form; the one style sheet by its hash. */
export const REPORT_CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(REPORT_STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

/** The report as one HTML file that needs nothing beside it: from a server, from disk, or mailed. */
export function renderHtml (report: ReportModel): string {
  // A policy in a `meta` element cannot have frame-ancestors; it holds where no server sends the header.
  const policy = REPORT_CONTENT_SECURITY_POLICY.replace("; frame-ancestors 'none'", '')
  const head = (
    <>
      <meta charset='utf-8' />
      <meta http-equiv='Content-Security-Policy' content={policy} />
      <meta name='viewport' content='width=device-width, initial-scale=1' />
      <meta name='referrer' content='no-referrer' />
      <title>{titleOf(report)}</title>
    </>
  )
  // The style sheet is a constant and no text: escaped, it would be another one than its hash says.
  return `<!doctype html>
<html lang="en">
<head>${render(head)}<style>${REPORT_STYLE}</style></head>
<body>${render(<ReportPage report={report} />)}</body>
</html>
`
}

function titleOf (report: ReportModel): string {
  const { words } = VERDICTS[report.verdict]
  const [key, ...others] = resourcesOf(report).keys
  const which = key === undefined ? 'its key' : others.length > 0 ? `${others.length + 1} keys` : `key ${lastPart(key)}`
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}: Amazon Personalize and ${which}`
}
