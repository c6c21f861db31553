import type { Check, Finding, Report } from '../../schemas/verification.js'
import { clipped, firstOf, omittedIn } from '../findings/format.js'
import { grouped } from '../group-by.js'
import { assess, type Evidence, worse } from './assess.js'
import { notEvaluated, unreadFindings, unreadOf } from './find/not-evaluated.js'
import { remediationFor } from './remedy/remediation.js'

/**
 * A report has this many characters at most beside the policies that mend it, as far as leaving out evidence can do
 * it.
 */
const LONGEST_REPORT = 5_000_000

/** How much of each list and text is told, from much to little. `alike`: findings of one kind about one key or role. */
const LEVELS = [
  { items: 20, alike: 20, text: 2_000 },
  { items: 5, alike: 5, text: 500 },
  { items: 1, alike: 2, text: 250 },
  { items: 0, alike: 1, text: 150 }
] as const
type Level = (typeof LEVELS)[number]
type Told = Pick<Report, 'checks' | 'findings' | 'remediation'>

/**
 * The report with as much evidence as it has room for: requests within the limits can have thousands of checks that
 * each
 * hang on hundreds of statements. Verdicts, checks and remediation policies are always all told.
 */
export function brief (report: Report): Report {
  const [first, ...shorter] = LEVELS
  let told = toldAt(first, report)
  for (const level of shorter) {
    if (fits(told)) break
    told = toldAt(level, report)
  }
  return { ...report, ...told }
}

function fits ({ checks, findings, remediation }: Told): boolean {
  let length = 0
  for (const part of [...checks, ...findings, ...(remediation?.cannotFix ?? [])]) {
    length += JSON.stringify(part).length
    if (length > LONGEST_REPORT) return false
  }
  return true
}

function toldAt (level: Level, { checks, findings, remediation }: Report): Told {
  const shortText = <T extends { detail: string }>(entry: T): T => ({
    ...entry,
    detail: clipped(entry.detail, level.text)
  })
  const identity = ({ code, kmsKeyArn, roleArn }: Record<string, unknown>): string =>
    JSON.stringify([code, kmsKeyArn, roleArn])
  return {
    checks: checks.map((check) => shortCheck(check, level.items)),
    findings: fewOfEach(findings, level.alike, identity).map((finding) => shortText(shortFinding(finding, level))),
    ...(remediation === undefined
      ? {}
      : {
        remediation: {
          ...remediation,
          cannotFix: fewOfEach(remediation.cannotFix, level.alike, identity).map(shortText)
        }
      })
  }
}

/** The first entries of each kind, in their order; the last of these says how many more there are. */
function fewOfEach<T extends { detail: string }> (
  entries: readonly T[],
  most: number,
  identity: (entry: T) => string
): T[] {
  if (entries.length <= most) return [...entries]
  const last = new Map<T, number>()
  const dropped = new Set<T>()
  for (const group of grouped(entries, identity)) {
    for (const entry of group.slice(most)) dropped.add(entry)
    const end = group[most - 1]
    if (end !== undefined && group.length > most) last.set(end, group.length - most)
  }
  return entries
    .filter((entry) => !dropped.has(entry))
    .map((entry) => {
      const more = last.get(entry)
      return more === undefined ? entry : { ...entry, detail: `(And ${more} more like this one.) ${entry.detail}` }
    })
}

function shortCheck (check: Check, most: number): Check {
  const { omitted: before = {}, conditions, unsupported, ...rest } = check
  const lists = {
    matchedStatements: firstOf(rest.matchedStatements, most),
    missingContextValues: firstOf(rest.missingContextValues, most),
    conditions: firstOf(conditions ?? [], most),
    unsupported: firstOf(unsupported ?? [], most)
  }
  return {
    ...rest,
    matchedStatements: lists.matchedStatements.listed,
    missingContextValues: lists.missingContextValues.listed,
    ...(conditions === undefined ? {} : { conditions: lists.conditions.listed }),
    ...(unsupported === undefined ? {} : { unsupported: lists.unsupported.listed }),
    ...omittedIn(
      Object.fromEntries(Object.entries(lists).map(([name, { left }]) => [name, left + (before[name] ?? 0)]))
    )
  }
}

/** All the actions that the page demands fit; `statement` stays in any case. */
const FEWEST_ACTIONS = 6

function shortFinding (finding: Finding, { items: most, text }: Level): Finding {
  const { omitted: before = {}, statements, actions, narrowerStatement, ...rest } = finding
  // A statement cut short would be another one; at first all are told.
  const isTold =
    narrowerStatement !== undefined && (most === LEVELS[0].items || JSON.stringify(narrowerStatement).length <= text)
  const told = {
    statements: firstOf(statements ?? [], most),
    actions: firstOf(actions ?? [], Math.max(most, FEWEST_ACTIONS))
  }
  return {
    ...rest,
    ...(actions === undefined ? {} : { actions: told.actions.listed }),
    ...(statements === undefined ? {} : { statements: told.statements.listed }),
    ...(isTold ? { narrowerStatement } : {}),
    ...omittedIn({
      narrowerStatement: narrowerStatement === undefined || isTold ? 0 : 1,
      actions: told.actions.left + (before['actions'] ?? 0),
      statements: told.statements.left + (before['statements'] ?? 0)
    })
  }
}

/** Everything that is known, as the report that is answered. */
export function reportOn (evidence: Evidence): Report {
  const assessment = assess(evidence)
  const unread = unreadOf(evidence)
  const verdict = worse(assessment.verdicts.documented, assessment.verdicts.effective)
  return brief({
    verdict,
    verdicts: assessment.verdicts,
    ...(evidence.around.now === undefined ? {} : { observedAt: evidence.around.now.toISOString() }),
    checks: assessment.checked.map(({ check }) => check),
    findings: [...assessment.findings, ...unreadFindings(unread)],
    notEvaluated: notEvaluated(unread, evidence.around),
    ...(verdict === 'pass' ? {} : { remediation: remediationFor(evidence, assessment) })
  })
}
