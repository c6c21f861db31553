import type { DatasetGroupReport, GroupLine, GroupSummaryLine } from '../../schemas/dataset-group.js'
import { ServiceError } from '../errors.js'

/** The lines as one document. Rejects with INTERNAL_ERROR where the last line, the summary, is missing. */
export async function groupReport (lines: AsyncIterable<GroupLine> | Iterable<GroupLine>): Promise<DatasetGroupReport> {
  const parts: Pick<DatasetGroupReport, 'failures' | 'verifications' | 'jobs' | 'notEvaluated'> = {
    failures: [],
    verifications: [],
    jobs: [],
    notEvaluated: []
  }
  let summary: GroupSummaryLine | undefined
  for await (const line of lines) {
    if (line.type === 'failure') parts.failures.push(line.failure)
    else if (line.type === 'job') parts.jobs.push(line.job)
    else if (line.type === 'verification') parts.verifications.push(line.verification)
    else if (line.type === 'notEvaluated') parts.notEvaluated.push({ what: line.what, why: line.why })
    else if (line.type === 'summary') summary = line
  }
  if (summary === undefined)
    throw new ServiceError('INTERNAL_ERROR', 'The verification of the dataset group broke off.')
  const { type: _, counts: __, ...result } = summary
  return { ...result, ...parts }
}

const LINES: ReadonlySet<unknown> = new Set<GroupLine['type']>([
  'progress',
  'failure',
  'job',
  'verification',
  'notEvaluated',
  'summary'
])

/** Whether a line of an answer is one of those that make a report; a problem line is none. */
export function isGroupLine (line: Readonly<Record<string, unknown>>): line is GroupLine {
  return LINES.has(line['type'])
}
