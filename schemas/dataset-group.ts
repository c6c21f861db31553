import { Type, type Static } from 'typebox'
import { Explanation } from './explanation.js'
import { Problem } from './problem.js'
import { described, ref } from './ref.js'
import { Remediation } from './remediation.js'
import { Operation, VerifiableUsage } from './usage.js'
import { Verdict, Verdicts, words } from './verdict.js'
import { Report } from './verification.js'

const closed = { additionalProperties: false }
const open = { additionalProperties: true }
const count = (description: string) => Type.Integer({ minimum: 0, description })

export const DatasetGroupRequest = Type.Object(
  {
    datasetGroupArn: Type.String({
      pattern: '^arn:aws[a-z-]*:personalize:[a-z0-9-]{1,32}:\\d{12}:dataset-group/[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$',
      maxLength: 256,
      description: 'ARN of the dataset group.'
    }),
    include: Type.Optional(
      Type.Array(words(['failed', 'newest'] as const, 'Which jobs are looked at.'), {
        minItems: 1,
        uniqueItems: true,
        default: ['failed', 'newest'],
        description: '`failed`: every job that failed (the newest 50 of each kind). `newest`: the newest of each kind.'
      })
    ),
    newest: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 50, default: 5, description: 'How many of the newest jobs of each kind.' })
    )
  },
  { $id: 'DatasetGroupRequest', ...closed, description: 'A dataset group whose jobs are to be found and verified.' }
)
export type DatasetGroupRequest = Static<typeof DatasetGroupRequest>

const FailedJob = Type.Object(
  {
    operation: ref(Operation),
    arn: Type.String(),
    status: Type.String(),
    failureReason: Type.Optional(Type.String())
  },
  open
)

const FoundJob = Type.Object(
  {
    operation: ref(Operation),
    arn: Type.String(),
    status: Type.Optional(Type.String()),
    failureReason: Type.Optional(Type.String()),
    createdAt: Type.Optional(Type.String({ description: 'RFC 3339.' })),
    roleArn: Type.Optional(Type.String()),
    locations: Type.Array(
      Type.Object({
        uri: Type.String(),
        direction: words(['read', 'write'] as const, 'What the job does there.'),
        kmsKeyArn: Type.Optional(Type.String({ description: 'The key that the job names.' }))
      })
    )
  },
  open
)

const NotEvaluated = Type.Object({ what: Type.String(), why: Type.String() }, open)

export const GroupVerification = Type.Object(
  {
    usage: ref(VerifiableUsage),
    jobs: Type.Array(Type.String(), {
      description: 'The ARNs of the jobs, or of the group, that the usage is made of.'
    }),
    explanations: Type.Array(Type.Object({ arn: Type.String(), explanation: ref(Explanation) }), {
      description: 'Of the jobs that failed: what their `failureReason` means, by this report.'
    }),
    report: ref(Report)
  },
  { $id: 'GroupVerification', ...open, description: 'The report on one operation and role of a dataset group.' }
)
export type GroupVerification = Static<typeof GroupVerification>

const summary = {
  verdict: Verdict,
  verdicts: Verdicts,
  observedAt: Type.String({ description: 'When AWS was asked (RFC 3339).' }),
  datasetGroup: Type.Object(
    {
      arn: Type.String(),
      status: Type.Optional(Type.String()),
      failureReason: Type.Optional(Type.String()),
      roleArn: Type.Optional(Type.String()),
      kmsKeyArn: Type.Optional(Type.String())
    },
    open
  ),
  remediation: Type.Optional(
    described(
      Remediation,
      'The changes of all reports as one: each policy once, with the statements that all uses need. Apply this ' +
        'instead of the remediation of each report. Absent where no report has one.'
    )
  )
}

/** The members are sent in this order: the result first. */
export const DatasetGroupReport = Type.Object(
  {
    ...summary,
    failures: Type.Array(FailedJob, { description: 'Every job that the lists show as failed.' }),
    verifications: Type.Array(ref(GroupVerification)),
    jobs: Type.Array(FoundJob, { description: 'The jobs that were described.' }),
    notEvaluated: Type.Array(NotEvaluated)
  },
  { $id: 'DatasetGroupReport', ...open, description: 'What a dataset group really uses, and whether it works.' }
)
export type DatasetGroupReport = Static<typeof DatasetGroupReport>

const ProgressLine = Type.Object(
  {
    type: Type.Literal('progress'),
    step: words(
      ['list', 'describe', 'verify'] as const,
      'What is done: kinds listed, jobs described, usages verified.'
    ),
    done: count('So many are done.'),
    total: count('So many there are.')
  },
  closed
)
const FailureLine = Type.Object({ type: Type.Literal('failure'), failure: FailedJob }, closed)
const JobLine = Type.Object({ type: Type.Literal('job'), job: FoundJob }, closed)
const VerificationLine = Type.Object(
  { type: Type.Literal('verification'), verification: ref(GroupVerification) },
  closed
)
const NotEvaluatedLine = Type.Object(
  { type: Type.Literal('notEvaluated'), what: Type.String(), why: Type.String() },
  closed
)
const SummaryLine = Type.Object(
  {
    type: Type.Literal('summary'),
    ...summary,
    counts: Type.Object({
      failures: count('Failed jobs.'),
      jobs: count('Jobs that were described.'),
      verifications: count('Reports.'),
      notEvaluated: count('Parts that are not known.')
    })
  },
  { ...closed, description: 'The last line.' }
)
const ProblemLine = Type.Object({ type: Type.Literal('problem'), problem: ref(Problem) }, closed)

export const DatasetGroupLine = Type.Union(
  [ProgressLine, FailureLine, JobLine, VerificationLine, NotEvaluatedLine, SummaryLine, ProblemLine],
  { $id: 'DatasetGroupLine', description: 'A line of the streamed answer of `POST /verify/dataset-group`.' }
)
export type GroupLine = Exclude<Static<typeof DatasetGroupLine>, Static<typeof ProblemLine>>
export type GroupSummaryLine = Static<typeof SummaryLine>

/** The streamed answer as a whole. */
export const DatasetGroupLines = Type.String({
  contentMediaType: 'application/x-ndjson',
  contentSchema: ref(DatasetGroupLine),
  description: 'JSON texts, one a line, each a `DatasetGroupLine`.'
})
