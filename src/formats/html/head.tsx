import type { VNode } from 'preact'
import { countOf } from '../names.js'
import { documentChanges } from '../policy-changes.js'
import type { CheckModel, FindingModel, ReportModel, Verdict } from '../report-model.js'
import {
  allChecks,
  countsSentence,
  decidingBesideChecks,
  lowerArticle,
  resourcesOf,
  VERDICTS,
  verdictSentence,
  type Tone
} from '../verdict-words.js'
import { Code, Few } from './text.js'

/** The heading within a page that has one of its own: one level lower, and able to take the focus. */
export interface HeadHeading {
  id: string
  words: string
}

/** The answer: seal, sentence, what to do next, one card for each verdict, and what was verified. */
export function Head ({ report, heading }: { report: ReportModel; heading?: HeadHeading }): VNode {
  const { mark, tone } = VERDICTS[report.verdict]
  return (
    <header>
      {heading !== undefined && report.observedAt === undefined ? null : <Origin report={report} />}
      <div class='r-answer'>
        <span class={`r-seal r-${tone}`} aria-hidden='true'>
          {mark}
        </span>
        <div>
          {heading === undefined ? (
            <h1>{verdictSentence(report)}</h1>
          ) : (
            <h2 id={heading.id} class='r-title' tabIndex={-1}>
              {heading.words}
            </h2>
          )}
          {report.summary?.headline === undefined ? null : <p class='r-headline'>{report.summary.headline}</p>}
          <p class='r-next'>
            <NextStep report={report} />
          </p>
        </div>
      </div>
      <div class='r-verdicts'>
        <VerdictCard
          title='AWS’s page'
          verdict={report.verdicts.documented}
          counts={documentedCounts(allChecks(report))}
          question='Does each policy by itself contain what AWS documents for Amazon Personalize?'
        />
        <VerdictCard
          title='AWS’s evaluation'
          verdict={report.verdicts.effective}
          counts={effectiveCounts(allChecks(report))}
          question='Would AWS allow the calls, over all policies and grants together?'
          beside={decidingBesideChecks(report)}
        />
      </div>
      <Facts report={report} />
    </header>
  )
}

function Origin ({ report: { observedAt } }: { report: ReportModel }): VNode {
  return (
    <p class='r-origin'>
      <strong>Amazon Personalize KMS report</strong> ·{' '}
      {observedAt === undefined ? (
        'policies given in the request'
      ) : (
        <>
          read from AWS at <time dateTime={observedAt}>{formatTime(observedAt)}</time>
        </>
      )}
    </p>
  )
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December'
]

/** `29 November 2026, 15:20 UTC`, the same for every locale. */
function formatTime (text: string): string {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) return text
  const day = `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]} ${time.getUTCFullYear()}`
  return `${day}, ${time.toISOString().slice(11, 16)} UTC`
}

function NextStep ({ report }: { report: ReportModel }): VNode {
  const counts = countsSentence(report) ?? 'No findings'
  const changes = documentChanges(report.remediation).length
  const left = report.remediation?.cannotFix.length ?? 0
  const decide = <a href='#decide'>{countOf(left, 'step')} by hand</a>
  if (changes > 0) {
    const link = <a href='#change'>{countOf(changes, 'policy', 'policies')} to apply</a>
    return (
      <>
        {counts}. {link} {changes === 1 ? 'fixes' : 'fix'} everything{left > 0 ? <> except {decide}</> : null}.
      </>
    )
  }
  return left > 0 ? (
    <>
      {counts}. {decide}.
    </>
  ) : (
    <>{counts}.</>
  )
}

type Counts = ReadonlyArray<{ count: number; words: string; tone: Tone }>

function documentedCounts (checks: readonly CheckModel[]): Counts {
  const count = (wanted: string): number => checks.filter(({ documented }) => documented === wanted).length
  return [
    { count: count('pass'), words: 'satisfied', tone: 'yes' },
    { count: count('indeterminate'), words: 'not settled', tone: 'depends' },
    { count: count('fail'), words: 'missing', tone: 'no' }
  ]
}

function effectiveCounts (checks: readonly CheckModel[]): Counts {
  const count = (...wanted: string[]): number => checks.filter(({ effective }) => wanted.includes(effective)).length
  return [
    { count: count('allowed'), words: 'allowed', tone: 'yes' },
    { count: count('conditional'), words: count('conditional') === 1 ? 'depends' : 'depend', tone: 'depends' },
    { count: count('explicitDeny', 'implicitDeny'), words: 'denied', tone: 'no' },
    { count: count('unknown'), words: 'unknown', tone: 'unknown' }
  ]
}

function VerdictCard ({
  title,
  question,
  verdict,
  counts,
  beside
}: {
  title: string
  question: string
  verdict: Verdict
  counts: Counts
  /** The finding that decides although every check is allowed. */
  beside?: FindingModel | undefined
}): VNode {
  const { mark, words, tone } = VERDICTS[verdict]
  const present = counts.filter(({ count }) => count > 0)
  return (
    <section class='r-card r-verdict'>
      <h2>
        {title}
        <span class={`r-ink-${tone}`}>
          <span aria-hidden='true'>{mark} </span>
          {words}
        </span>
      </h2>
      <p>{question}</p>
      {present.length === 0 ? null : <Bar counts={present} />}
      <p class='r-counts'>
        {present.map(({ count, words: label, tone: of }) => (
          <span key={label} class={`r-ink-${of}`}>
            {count} {label}
          </span>
        ))}
        {beside === undefined ? null : <span class='r-ink-no'>but {lowerArticle(beside.title)}</span>}
      </p>
    </section>
  )
}

/** Widths as attributes of an SVG: a style attribute would need an exception in the content security policy. */
function Bar ({ counts }: { counts: Counts }): VNode {
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  const starts = counts.map((_, index) => counts.slice(0, index).reduce((sum, { count }) => sum + count, 0))
  const percent = (part: number): string => `${Math.round((part / total) * 10_000) / 100}%`
  return (
    <svg class='r-bar' width='100%' height='10' aria-hidden='true' focusable='false'>
      {counts.map(({ count, tone }, index) => (
        <rect key={tone} class={`r-fill-${tone}`} x={percent(starts[index] ?? 0)} width={percent(count)} height='10' />
      ))}
      {starts.slice(1).map((start) => (
        <rect key={start} class='r-gap' x={percent(start)} width='2' height='10' />
      ))}
    </svg>
  )
}

const SHOWN = 8

function Facts ({ report }: { report: ReportModel }): VNode {
  const { keys, buckets, roles, operations } = resourcesOf(report)
  const rows: ReadonlyArray<readonly [string, readonly string[]]> = [
    [keys.length === 1 ? 'Key' : 'Keys', keys],
    [buckets.length === 1 ? 'Bucket' : 'Buckets', buckets],
    [roles.length === 1 ? 'Service role' : 'Service roles', roles]
  ]
  return (
    <dl class='r-facts'>
      {operations.length === 0 ? null : (
        <div>
          <dt>Use</dt>
          <dd>{operations.join(', ')}</dd>
        </div>
      )}
      {rows
        .filter(([, values]) => values.length > 0)
        .map(([name, values]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Few
                items={values}
                shown={values.length > SHOWN ? 3 : SHOWN}
                noun={name.toLowerCase()}
                render={(arn) => <Code text={arn} />}
              />
            </dd>
          </div>
        ))}
    </dl>
  )
}
