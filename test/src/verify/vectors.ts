import t from 'tap'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { checksOf, codes, errors } from '../../verification/documents.js'
import { MISTAKES } from '../../verification/misconfigurations.js'
import { VECTORS } from '../../verification/vectors.js'

for (const { name, request, verdicts, ...expected } of [...VECTORS, ...MISTAKES]) {
  t.test(name, (t) => {
    const report = verifyDocuments(request)
    for (const type of ['role', 'service'] as const) {
      const say = (
        words: Record<string, string> | undefined,
        member: 'effective' | 'documented',
        via?: 'direct' | 's3'
      ): void => {
        for (const [letters, word] of Object.entries(words ?? {})) {
          const checks = checksOf(report, type, letters, via)
          t.equal(
            checks.length,
            letters.length * (expected.viaS3?.[type] !== undefined && via === undefined ? 2 : 1),
            `${type} ${letters}: each is checked`
          )
          t.same([...new Set(checks.map((check) => check[member]))], [word], `${type} ${letters}: ${member}`)
        }
      }
      say(expected[type], 'effective', expected.viaS3?.[type] === undefined ? undefined : 'direct')
      say(expected.viaS3?.[type], 'effective', 's3')
      say(expected.documented?.[type], 'documented')
    }
    t.match(report.verdicts, verdicts)
    t.same(new Set(errors(report)), new Set(expected.errors), 'errors')
    for (const code of expected.findings ?? [])
      t.ok(codes(report).includes(code), `${code} among ${codes(report).join()}`)
    t.equal(report.remediation === undefined, report.verdict === 'pass', 'a remediation unless it passes')
    t.end()
  })
}
