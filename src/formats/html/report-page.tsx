import type { VNode } from 'preact'
import { checkReason } from '../check-reason.js'
import { groupFindings } from '../finding-groups.js'
import type { CheckModel, ReportModel } from '../report-model.js'
import {
  allChecks,
  decidingBesideChecks,
  DECISIONS,
  hasSeveralResources,
  limitName,
  VERDICTS
} from '../verdict-words.js'
import { resourceOf } from '../names.js'
import { ChangesSection } from './changes.js'
import { FindingsSection } from './findings.js'
import { Head } from './head.js'
import { FailuresSection, UsesSection } from './jobs.js'
import { MatrixSection } from './matrix.js'
import { Code, Prose, Section } from './text.js'

const KEY_ACCESS = 'https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-key-access.html'

/** The report for people, as a page of its own. */
export function ReportPage ({ report }: { report: ReportModel }): VNode {
  return (
    <main class='r-report'>
      <Head report={report} />
      <ReportSections report={report} />
    </main>
  )
}

/**
 * All below the head of the report, with its contents: what to change and why come first, the evidence after them. The
 * page of the service shows the same.
 */
export function ReportSections ({ report }: { report: ReportModel }): VNode {
  const checks = allChecks(report)
  const groups = groupFindings(report.findings)
  const { failures = [], uses = [], remediation, notEvaluated } = report
  const findings = <FindingsSection groups={groups} isOnNamed={hasSeveralResources(report)} />
  return (
    <>
      <nav class='r-contents' aria-label='Contents'>
        {linksOf(report).map(([id, words]) => (
          <a key={id} href={`#${id}`}>
            {words}
          </a>
        ))}
      </nav>
      {failures.length === 0 ? null : <FailuresSection failures={failures} />}
      {uses.length === 0 ? null : <UsesSection uses={uses} />}
      {remediation === undefined ? null : <ChangesSection report={report} />}
      {groups.length === 0 ? null : findings}
      {checks.length === 0 ? null : <MatrixSection checks={checks} beside={decidingBesideChecks(report)} />}
      {groups.length === 0 ? findings : null}
      {notEvaluated.length === 0 ? null : <Limits entries={notEvaluated} />}
      {checks.length === 0 ? null : <EveryCheck checks={checks} />}
      <footer class='r-foot'>
        <p>
          There are two verdicts because they often differ: AWS documents which actions each policy has to contain, and
          AWS’s evaluation may allow a call without it. What could not be read or settled counts neither as allowed nor
          as denied.
        </p>
        <p>
          Source of the requirements:{' '}
          <a href={KEY_ACCESS}>Giving Amazon Personalize permission to use your AWS KMS key</a>
        </p>
      </footer>
    </>
  )
}

/** The sections of the report, in their order. */
function linksOf (report: ReportModel): string[][] {
  const { failures = [], uses = [], remediation, notEvaluated } = report
  const [checks, count] = [allChecks(report), report.findings.length]
  return [
    ...(failures.length > 0 ? [['failures', `Jobs that failed (${failures.length})`]] : []),
    ...(uses.length > 0 ? [['uses', `What is used (${uses.length})`]] : []),
    ...(remediation === undefined ? [] : [['change', 'What to change']]),
    ...(count > 0 ? [['findings', `Findings (${count})`]] : []),
    ...(checks.length > 0 ? [['matrix', 'Who may do what']] : []),
    ...(count === 0 ? [['findings', 'Findings (0)']] : []),
    ...(notEvaluated.length > 0 ? [['limits', `Not evaluated (${notEvaluated.length})`]] : []),
    ...(checks.length > 0 ? [['checks', `Every check (${checks.length})`]] : [])
  ]
}

function Limits ({ entries }: { entries: ReportModel['notEvaluated'] }): VNode {
  return (
    <Section id='limits' title='Not evaluated' lead='This report says nothing about these.'>
      <dl class='r-card r-limits'>
        {entries.map(({ what, why }, index) => (
          <div key={index}>
            <dt>
              <Prose text={limitName(what)} />
            </dt>
            <dd>
              <Prose text={why} />
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}

function EveryCheck ({ checks }: { checks: readonly CheckModel[] }): VNode {
  return (
    <Section id='checks' title='Every check' lead='The matrix as a list, for reading aloud, searching and copying.'>
      <details class='r-card r-checks'>
        <summary>{checks.length} checks</summary>
        <div class='r-scroll' tabIndex={0} role='region' aria-label='Table of every check'>
          <table>
            <thead>
              <tr>
                {['Principal', 'Action', 'Path', 'On', 'AWS’s evaluation', 'AWS’s page', 'Why'].map((name) => (
                  <th key={name} scope='col'>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {checks.map((check, index) => (
                <CheckRow key={index} check={check} />
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </Section>
  )
}

function CheckRow ({ check }: { check: CheckModel }): VNode {
  const { words, tone } = DECISIONS[check.effective]
  return (
    <tr>
      <td>
        <Code text={check.principal.id} />
      </td>
      <td>
        <Code text={check.action} />
      </td>
      <td>{check.via === 's3' ? 'through Amazon S3' : 'direct'}</td>
      <td>
        <Code text={resourceOf(check)} />
      </td>
      <td class={`r-ink-${tone}`}>{words}</td>
      <td>{check.documented === 'notRequired' ? 'not required' : VERDICTS[check.documented].words}</td>
      <td>{checkReason(check)}</td>
    </tr>
  )
}
