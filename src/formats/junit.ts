import { create, type XMLElement } from 'xmlbuilder'
import { checkReason } from './check-reason.js'
import { lastPart, resourceOf } from './names.js'
import type { CheckModel, FailureModel, FindingModel, ReportModel, Verdict } from './report-model.js'
import { allChecks, verdictSentence } from './verdict-words.js'

/** A test case: it passes, fails with a reason, or is skipped with a reason. */
interface Case {
  className: string
  name: string
  outcome: 'passed' | 'failed' | 'skipped'
  reason: string
}

/** `failSkipped`: what would be skipped is a failure, for pipelines that accept nothing open. */
export interface JunitOptions {
  failSkipped?: boolean
}

/**
 * The report as JUnit XML: the two verdicts, a case for each check, and the findings of severity error. What depends
 * on a condition or is unknown is skipped, which pipelines show without failing.
 */
export function renderJunit (report: ReportModel, { failSkipped = false }: JunitOptions = {}): string {
  const suites: ReadonlyArray<readonly [string, readonly Case[]]> = [
    ['Verdict', verdictCases(report)],
    ['Jobs', (report.failures ?? []).map(jobCase)],
    ['Checks', allChecks(report).map(checkCase)],
    ['Findings', report.findings.filter(({ severity }) => severity === 'error').map(findingCase)]
  ]
  const settled = (found: Case): Case =>
    failSkipped && found.outcome === 'skipped' ? { ...found, outcome: 'failed' } : found
  const root = create('testsuites', { encoding: 'UTF-8' })
  const used = suites.filter(([, cases]) => cases.length > 0).map(([name, cases]) => [name, cases.map(settled)] as const)
  setCounts(
    root,
    used.flatMap(([, cases]) => cases)
  )
  for (const [name, cases] of used) addSuite(root, name, cases, report.observedAt)
  return root.end({ pretty: true })
}

function addSuite (root: XMLElement, name: string, cases: readonly Case[], timestamp: string | undefined): void {
  const suite = root.element('testsuite', { name })
  if (timestamp !== undefined) suite.attribute('timestamp', timestamp)
  setCounts(suite, cases)
  for (const { className, name: caseName, outcome, reason } of cases) {
    const testCase = suite.element('testcase', { classname: xmlText(className), name: xmlText(caseName) })
    if (outcome === 'failed') testCase.element('failure', { message: xmlText(reason) })
    if (outcome === 'skipped') testCase.element('skipped')
    if (outcome !== 'failed') testCase.element('system-out').cdata(cdataText(reason))
  }
}

function setCounts (element: XMLElement, cases: readonly Case[]): void {
  const count = (outcome: Case['outcome']): number => cases.filter((found) => found.outcome === outcome).length
  element.attribute({ tests: cases.length, failures: count('failed'), errors: 0, skipped: count('skipped') })
}

/**
 * Text without the characters that XML cannot hold, not even escaped; the library throws at them.
 * https://www.w3.org/TR/xml/#charsets
 */
function xmlText (text: string): string {
  return text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
}

/** The library splits only the first end of a section of character data, so that a second one would end it. */
function cdataText (text: string): string {
  return xmlText(text).replaceAll(']]>', ']] >')
}

const OUTCOMES: Readonly<Record<Verdict, Case['outcome']>> = {
  pass: 'passed',
  fail: 'failed',
  indeterminate: 'skipped'
}

/** Without them a report whose checks are left out, or pass, would count as passed whatever its verdict. */
function verdictCases (report: ReportModel): Case[] {
  const { documented, effective } = report.verdicts
  const headline = report.summary?.headline ?? verdictSentence(report)
  const verdictCase = (name: string, verdict: Verdict, passed: string): Case => ({
    className: 'verdict',
    name,
    outcome: OUTCOMES[verdict],
    // The headline is about the worse of the two.
    reason: verdict === 'pass' && report.verdict !== 'pass' ? passed : headline
  })
  return [
    verdictCase(
      'AWS’s page: documented permissions',
      documented,
      'Each policy by itself contains what AWS documents for Amazon Personalize.'
    ),
    verdictCase(
      'AWS’s evaluation: effective permissions',
      effective,
      'AWS would allow the calls, over all policies and grants together.'
    )
  ]
}

function jobCase ({ operation, arn, status, failureReason, causes }: FailureModel): Case {
  const titles = causes.map(({ title, status }) => `${status === 'confirmed' ? 'Because' : 'It may be'}: ${title}.`)
  return {
    className: operation,
    name: arn,
    outcome: 'failed',
    reason: [status, ...(failureReason === undefined ? [] : [failureReason]), ...titles].join(' ')
  }
}

function checkCase (check: CheckModel): Case {
  const { principal, action, via, roleArn } = check
  const who = principal.type === 'service' && roleArn !== undefined ? `${principal.id} (for ${roleArn})` : principal.id
  return {
    className: resourceOf(check),
    name: `${who} ${action}${via === 's3' ? ' through Amazon S3' : ''}`,
    outcome: outcomeOf(check),
    reason: reasonsOf(check)
  }
}

function outcomeOf ({ effective, documented }: CheckModel): Case['outcome'] {
  if (effective === 'explicitDeny' || effective === 'implicitDeny' || documented === 'fail') return 'failed'
  return effective === 'allowed' && documented !== 'indeterminate' ? 'passed' : 'skipped'
}

function reasonsOf (check: CheckModel): string {
  const { documented, effective, missingFrom } = check
  const evaluation = `AWS’s evaluation: ${effective}, ${checkReason(check)}`
  if (documented === 'notRequired' || documented === 'pass') return evaluation
  const places = missingFrom.length === 0 ? '' : `, missing from ${missingFrom.join(', ')}`
  return `${evaluation}. AWS’s page: ${documented}${places}`
}

function findingCase ({ code, title, detail, remedy, ...about }: FindingModel): Case {
  const [pair] = about.pairs ?? []
  const resource = about.kmsKeyArn ?? pair?.kmsKeyArn ?? about.bucket ?? pair?.bucket ?? about.roleArn ?? code
  return {
    className: resource,
    name: `${code}: ${title}${about.roleArn === undefined ? '' : ` (${lastPart(about.roleArn)})`}`,
    outcome: 'failed',
    reason: `${detail} What to do: ${remedy}`
  }
}
