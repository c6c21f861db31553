import { Type, type Static } from 'typebox'
import { Reads } from './live.js'
import { Problem } from './problem.js'
import { ref } from './ref.js'
import { Remediation, Report, Verdict } from './verification.js'

const closed = { additionalProperties: false }
const count = (description: string) => Type.Integer({ minimum: 0, description })

const ReportLine = Type.Object(
  {
    type: Type.Literal('report'),
    kmsKeyArn: Type.Optional(Type.String({ description: 'The key as the request names it: its ARN, or an alias.' })),
    roleArn: Type.Optional(Type.String()),
    report: ref(Report)
  },
  {
    ...closed,
    description:
      'The report on one key and one role, as `POST /verify` would answer it for them alone. Without `kmsKeyArn` and ' +
      '`roleArn`: the report on the whole usage, where it has locations.'
  }
)

const ProgressLine = Type.Object(
  {
    type: Type.Literal('progress'),
    done: count('Pairs of key and role that have their report.'),
    total: count('Pairs of the request.')
  },
  closed
)

const SummaryLine = Type.Object(
  {
    type: Type.Literal('summary'),
    verdict: Verdict,
    verdicts: Type.Object({ documented: Verdict, effective: Verdict }, { description: 'The worst of all pairs.' }),
    pairs: Type.Object({
      total: count('All pairs.'),
      pass: count('Those that pass.'),
      fail: count('Those that fail.'),
      indeterminate: count('The others.')
    }),
    observedAt: Type.String({ description: 'The earliest of all pairs (RFC 3339).' }),
    reads: ref(Reads),
    remediation: Type.Optional(ref(Remediation))
  },
  {
    ...closed,
    description:
      'The last line. Its remediation is for all pairs at once: those of single pairs cannot ' +
      'be applied one after the ' +
      'other where they share a policy.'
  }
)

const ProblemLine = Type.Object(
  { type: Type.Literal('problem'), problem: ref(Problem) },
  { ...closed, description: 'The last line where the verification broke off.' }
)

export const VerificationLine = Type.Union([ReportLine, ProgressLine, SummaryLine, ProblemLine], {
  $id: 'VerificationLine',
  description: 'A line of the streamed answer of `POST /verify`.'
})

/** The streamed answer as a whole. */
export const VerificationLines = Type.String({
  contentMediaType: 'application/x-ndjson',
  contentSchema: ref(VerificationLine),
  description: 'JSON texts, one a line, each a `VerificationLine`.'
})
export type ReportLine = Static<typeof ReportLine>
export type SummaryLine = Static<typeof SummaryLine>
export type ProblemLine = Static<typeof ProblemLine>
/** What a verification yields; the writer of the lines reports that it broke off. */
export type PairLine = ReportLine | Static<typeof ProgressLine> | SummaryLine
