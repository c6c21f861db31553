import type { VerifyRequest } from '../../schemas/live.js'
import type { PairLine } from '../../schemas/verification-line.js'
import type { Verdict } from '../../schemas/verification.js'
import { verifyUntilPass, type WaitOptions } from './verify.js'

/** The report on a usage with locations, as one line. */
export async function* verifyWhole (request: VerifyRequest, options: WaitOptions): AsyncGenerator<PairLine> {
  const report = await verifyUntilPass(request, options)
  const { verdict, verdicts, observedAt = '', reads = { attempts: 1 }, remediation } = report
  const count = (wanted: Verdict): number => (verdict === wanted ? 1 : 0)
  yield { type: 'usageReport', report }
  yield { type: 'progress', done: 1, total: 1 }
  yield {
    type: 'summary',
    verdict,
    verdicts,
    pairs: { total: 1, pass: count('pass'), fail: count('fail'), indeterminate: count('indeterminate') },
    observedAt,
    reads,
    ...(remediation === undefined ? {} : { remediation })
  }
}
