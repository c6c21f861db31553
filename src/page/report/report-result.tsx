import type { TargetedMouseEvent, VNode } from 'preact'
import { Head } from '../../formats/html/head.js'
import { ReportSections } from '../../formats/html/report-page.js'
import { verdictSentence } from '../../formats/verdict-words.js'
import { RESULT_HEADING, type ReportResultProps } from './outcome.js'

/** A report within the page: the components of the HTML report under a heading of their own. */
export function ReportResult ({ report, words = verdictSentence(report) }: ReportResultProps): VNode {
  return (
    <div class='r-report p-report' onClick={scrollToPart}>
      <Head report={report} heading={{ id: RESULT_HEADING, words }} />
      <ReportSections report={report} />
    </div>
  )
}

/** Links within the report must not change the fragment, which describes the form. */
function scrollToPart (event: TargetedMouseEvent<HTMLDivElement>): void {
  const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null
  const part = link === null ? null : document.getElementById(link.getAttribute('href')?.slice(1) ?? '')
  if (part === null) return
  event.preventDefault()
  part.scrollIntoView()
  const heading = part.querySelector<HTMLElement>('h2, h3') ?? part
  heading.tabIndex = -1
  heading.focus({ preventScroll: true })
}
