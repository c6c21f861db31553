import type { Report } from '../../schemas/verification.js'
import type { PairLine } from '../../schemas/verification-line.js'
import { verifyDocuments } from '../../src/verify/verify-documents.js'
import { documentRequests } from './verification.js'
import { KEY, ROLE } from './usages.js'

const observedAt = '2026-11-23T12:00:00.000Z'

/** A report as `POST /verify` answers it. */
export function liveReport (): Report {
  return { ...verifyDocuments(documentRequests.works.value), observedAt, reads: { attempts: 1 } }
}

/** The same as a stream. */
export function pairLines (): string {
  const report = liveReport()
  const { verdict, verdicts } = report
  const lines: PairLine[] = [
    { type: 'progress', done: 0, total: 1 },
    { type: 'report', kmsKeyArn: KEY, roleArn: ROLE, report },
    { type: 'progress', done: 1, total: 1 },
    {
      type: 'summary',
      verdict,
      verdicts,
      pairs: { total: 1, pass: 1, fail: 0, indeterminate: 0 },
      observedAt,
      reads: { attempts: 1 }
    }
  ]
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}
