import type { Check, Finding, Remediation, Report, S3Check } from '../../schemas/verification.js'
import { truncate, takeFirst, omittedCounts } from '../findings/format.js'
import { groupBy } from '../group-by.js'
import { isObject } from '../json/json.js'

/** The size of a report without its policies, as far as leaving out evidence can keep it. */
const MAX_REPORT_CHARACTERS = 5_000_000

/**
 * How much of each list and text is reported, from much to little. `alike`: findings of one kind about one key or
 * role.
 */
const LEVELS = [
  { items: 20, alike: 20, text: 2_000 },
  { items: 5, alike: 5, text: 500 },
  { items: 1, alike: 2, text: 250 },
  { items: 0, alike: 1, text: 150 }
] as const
type Level = (typeof LEVELS)[number]
type Evidence = Pick<Report, 'checks' | 's3Checks' | 'findings' | 'remediation'>

/**
 * The report with as much evidence as it has room for: requests within the limits can have thousands of checks that
 * each depend on hundreds of statements. Verdicts, checks and remediation policies are always complete.
 */
export function truncateReport (report: Report): Report {
  const [first, ...shorter] = LEVELS
  let result = atDetailLevel(first, report)
  for (const level of shorter) {
    if (fits(result)) break
    result = atDetailLevel(level, report)
  }
  return { ...report, ...result }
}

type CannotFix = Remediation['cannotFix'][number]

function fits ({ checks, s3Checks = [], findings, remediation }: Evidence): boolean {
  let length = 0
  for (const part of [...checks, ...s3Checks, ...findings, ...(remediation?.cannotFix ?? [])]) {
    length += sizeOf(part)
    if (length > MAX_REPORT_CHARACTERS) return false
  }
  return true
}

/** About the characters of a value as JSON, without making the text. */
function sizeOf (value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 5
  let size = 2
  if (Array.isArray(value)) for (const member of value) size += sizeOf(member) + 1
  else if (isObject(value)) for (const name in value) size += name.length + sizeOf(value[name]) + 4
  return size
}

function atDetailLevel (level: Level, { checks, s3Checks, findings, remediation }: Report): Evidence {
  const shortStep = (step: CannotFix): CannotFix => ({ ...step, detail: truncate(step.detail, level.text) })
  const identity = ({ code, kmsKeyArn, roleArn, bucket }: Record<string, unknown>): string =>
    JSON.stringify([code, kmsKeyArn, roleArn, bucket])
  return {
    checks: checks.map((check) => shortCheck(check, level.items)),
    ...(s3Checks === undefined ? {} : { s3Checks: s3Checks.map((check) => shortCheck(check, level.items)) }),
    findings: fewOfEach(findings, level.alike, identity).map((finding) => shortFinding(finding, level)),
    ...(remediation === undefined
      ? {}
      : {
        remediation: {
          ...remediation,
          cannotFix: fewOfEach(remediation.cannotFix, level.alike, identity).map(shortStep)
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
  for (const group of groupBy(entries, identity)) {
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

function shortCheck<T extends Check | S3Check> (check: T, most: number): T {
  const { matchedStatements, missingContextValues, conditions: open = [], unsupported: faults = [] } = check
  const fits =
    matchedStatements.length <= most &&
    missingContextValues.length <= most &&
    open.length <= most &&
    faults.length <= most
  return fits ? check : { ...check, ...shortEvidence(check, most) }
}

type CheckEvidence = Pick<
  Check,
  'matchedStatements' | 'missingContextValues' | 'conditions' | 'unsupported' | 'omitted'
>

function shortEvidence (check: CheckEvidence, most: number): CheckEvidence {
  const { omitted: before = {}, conditions, unsupported } = check
  const lists = {
    matchedStatements: takeFirst(check.matchedStatements, most),
    missingContextValues: takeFirst(check.missingContextValues, most),
    conditions: takeFirst(conditions ?? [], most),
    unsupported: takeFirst(unsupported ?? [], most)
  }
  return {
    matchedStatements: lists.matchedStatements.listed,
    missingContextValues: lists.missingContextValues.listed,
    ...(conditions === undefined ? {} : { conditions: lists.conditions.listed }),
    ...(unsupported === undefined ? {} : { unsupported: lists.unsupported.listed }),
    ...omittedCounts(
      Object.fromEntries(Object.entries(lists).map(([name, { left }]) => [name, left + (before[name] ?? 0)]))
    )
  }
}

/** All the actions that AWS's page requires fit; `statement` stays in any case. */
const FEWEST_ACTIONS = 6
/** Every pair of a request. */
const MAX_PAIRS_LISTED = 200

function shortFinding (finding: Finding, { items: most, text }: Level): Finding {
  const { omitted: before = {}, statements, actions, pairs, narrowerStatement, replacementStatement, ...rest } = finding
  // A shortened statement would be another one; on the first level all are reported.
  const fit = (statement: object | undefined): boolean =>
    statement !== undefined && (most === LEVELS[0].items || JSON.stringify(statement).length <= text)
  const omits = (statement: object | undefined): number => (statement === undefined || fit(statement) ? 0 : 1)
  const lists = {
    statements: takeFirst(statements ?? [], most),
    actions: takeFirst(actions ?? [], Math.max(most, FEWEST_ACTIONS)),
    pairs: takeFirst(pairs ?? [], MAX_PAIRS_LISTED)
  }
  return {
    ...rest,
    detail: truncate(rest.detail, text),
    why: truncate(rest.why, text),
    ...(actions === undefined ? {} : { actions: lists.actions.listed }),
    ...(statements === undefined ? {} : { statements: lists.statements.listed }),
    ...(pairs === undefined ? {} : { pairs: lists.pairs.listed }),
    ...(narrowerStatement !== undefined && fit(narrowerStatement) ? { narrowerStatement } : {}),
    ...(replacementStatement !== undefined && fit(replacementStatement) ? { replacementStatement } : {}),
    ...omittedCounts({
      narrowerStatement: omits(narrowerStatement),
      replacementStatement: omits(replacementStatement),
      actions: lists.actions.left + (before['actions'] ?? 0),
      statements: lists.statements.left + (before['statements'] ?? 0),
      pairs: lists.pairs.left
    })
  }
}
