import { Type, type Static } from 'typebox'
import { BucketDocuments, S3Check } from './bucket.js'
import { Finding, Omitted, StatementReference } from './finding.js'
import { GrantsInput, KeyMetadataInput } from './key-answers.js'
import { Reads } from './live.js'
import { PolicyInput } from './policy-document.js'
import { ref } from './ref.js'
import { Remediation } from './remediation.js'
import { Operation, VerifiableUsage } from './usage.js'
import { VerificationContext } from './verification-context.js'
import { VERDICTS, Verdict, Verdicts, words } from './verdict.js'

export { BucketDocuments, S3Check } from './bucket.js'
export { Finding, SEVERITIES, StatementReference } from './finding.js'
export { Grant, KeyMetadata } from './key-answers.js'
export { Remediation } from './remediation.js'
export { VERDICTS, Verdict } from './verdict.js'
export { ContextKeys, VerificationContext } from './verification-context.js'

export const KeyDocuments = Type.Object(
  {
    kmsKeyArn: Type.String({ minLength: 1, maxLength: 2048 }),
    keyPolicy: ref(PolicyInput),
    grants: Type.Optional(ref(GrantsInput)),
    metadata: Type.Optional(ref(KeyMetadataInput))
  },
  {
    $id: 'KeyDocuments',
    additionalProperties: false,
    description: 'A key with its policy, and optionally its grants and metadata.'
  }
)
export type KeyDocuments = Static<typeof KeyDocuments>

export const RoleDocuments = Type.Object(
  {
    roleArn: Type.String({ minLength: 1, maxLength: 2048 }),
    identityPolicies: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1, maxLength: 2048 }),
          kind: Type.Optional(
            Type.Unsafe<'inline' | 'managed'>({
              type: 'string',
              enum: ['inline', 'managed'],
              description:
                'Which limit of IAM applies: 10,240 characters for all inline policies together, ' +
                '6,144 for each managed one.'
            })
          ),
          document: ref(PolicyInput)
        },
        { additionalProperties: false }
      ),
      { maxItems: 100, uniqueItems: true }
    ),
    permissionsBoundary: Type.Optional(ref(PolicyInput)),
    trustPolicy: Type.Optional(ref(PolicyInput))
  },
  {
    $id: 'RoleDocuments',
    additionalProperties: false,
    description: 'A role with its permissions policies, and optionally its boundary and trust policy.'
  }
)
export type RoleDocuments = Static<typeof RoleDocuments>

const Levels = Type.Array(Type.Array(ref(PolicyInput), { maxItems: 20 }), { maxItems: 10 })

export const VerifyDocumentsRequest = Type.Object(
  {
    usage: ref(VerifiableUsage),
    keys: Type.Optional(Type.Array(ref(KeyDocuments), { maxItems: 50, uniqueItems: true })),
    roles: Type.Array(ref(RoleDocuments), { minItems: 1, maxItems: 50, uniqueItems: true }),
    buckets: Type.Optional(
      Type.Array(ref(BucketDocuments), {
        maxItems: 50,
        uniqueItems: true,
        description: 'The buckets of the locations of the usage.'
      })
    ),
    serviceControlPolicies: Type.Optional(Levels),
    resourceControlPolicies: Type.Optional(Levels),
    context: Type.Optional(ref(VerificationContext))
  },
  {
    $id: 'VerifyDocumentsRequest',
    additionalProperties: false,
    anyOf: [{ required: ['keys'] }, { required: ['buckets'] }],
    description: 'A usage with the documents to check it by. No AWS call is made.'
  }
)
export type VerifyDocumentsBody = Static<typeof VerifyDocumentsRequest>
/** The same with documents of keys. */
export type VerifyDocumentsRequest = VerifyDocumentsBody & Required<Pick<VerifyDocumentsBody, 'keys'>>

export const DECISIONS = ['allowed', 'explicitDeny', 'implicitDeny', 'conditional', 'unknown'] as const
export type DecisionWord = (typeof DECISIONS)[number]

const LAYER_DECISIONS = [...DECISIONS, 'notPresent', 'notEvaluated', 'notApplicable'] as const
export type LayerDecision = (typeof LAYER_DECISIONS)[number]
const layer = words(LAYER_DECISIONS, 'What this layer decides by itself.')
const keyPolicyLayer = words(
  LAYER_DECISIONS,
  'What the key policy decides by itself; `allowed` includes that it leaves the access to IAM policies by a ' +
    'statement for the account.'
)
export const Check = Type.Object(
  {
    kmsKeyArn: Type.String(),
    roleArn: Type.Optional(Type.String({ description: 'Absent for the service principal.' })),
    principal: Type.Object({ type: words(['role', 'service'] as const, 'Who calls KMS.'), id: Type.String() }),
    action: Type.String(),
    operations: Type.Array(ref(Operation)),
    via: words(['direct', 's3'] as const, 'The path on which the call reaches KMS.'),
    documented: words([...VERDICTS, 'notRequired'] as const, 'Whether the policies hold what the AWS page demands.'),
    requiredIn: Type.Array(words(['keyPolicy', 'iamPolicy'] as const, 'Where the page demands the action.')),
    missingFrom: Type.Array(words(['keyPolicy', 'iamPolicy'] as const, 'Which of those do not grant it.')),
    effective: words(DECISIONS, 'What AWS would decide.'),
    layers: Type.Object({
      keyPolicy: keyPolicyLayer,
      identityPolicies: layer,
      permissionsBoundary: layer,
      grants: layer,
      serviceControlPolicies: layer,
      resourceControlPolicies: layer
    }),
    matchedStatements: Type.Array(ref(StatementReference)),
    missingContextValues: Type.Array(Type.String(), {
      description: 'The condition keys that a `conditional` depends on.'
    }),
    conditions: Type.Optional(
      Type.Array(
        Type.Object({
          key: Type.String(),
          needs: Type.String(),
          effect: words(['Allow', 'Deny'] as const, 'The effect of the statement.'),
          statement: ref(StatementReference)
        })
      )
    ),
    unsupported: Type.Optional(
      Type.Array(
        Type.Object({ policy: Type.String(), name: Type.String(), pointer: Type.String(), what: Type.String() })
      )
    ),
    omitted: Omitted
  },
  { $id: 'Check', additionalProperties: true, description: 'One principal, one action, one key.' }
)
export type Check = Static<typeof Check>

export const ReportSummary = Type.Object(
  {
    headline: Type.String({ description: 'The result and what to do next, in one sentence.' }),
    counts: Type.Object(
      { error: Type.Integer(), warning: Type.Integer(), note: Type.Integer() },
      { description: 'Number of findings by severity.' }
    ),
    pairs: Type.Array(
      Type.Object({ kmsKeyArn: Type.String(), roleArn: Type.String(), verdict: Verdict, verdicts: Verdicts }),
      { description: 'The verdict for each key and role. The service principal counts in every pair of its key.' }
    ),
    buckets: Type.Optional(
      Type.Array(
        Type.Object({ bucket: Type.String(), roleArn: Type.String(), verdict: Verdict, verdicts: Verdicts }),
        { description: 'The same for each bucket and role. Absent where the usage has no locations.' }
      )
    )
  },
  { $id: 'ReportSummary', additionalProperties: true, description: 'The report in brief.' }
)
export type ReportSummary = Static<typeof ReportSummary>

/** The members are sent in this order, so that a reader finds the result first. */
export const Report = Type.Object(
  {
    verdict: Verdict,
    verdicts: Verdicts,
    summary: ref(ReportSummary),
    observedAt: Type.Optional(
      Type.String({
        description:
          'When AWS was read (RFC 3339): the time of the oldest response in the report, which may be a cached one ' +
          'if `maxAgeSeconds` allows it. Only in `POST /verify`.'
      })
    ),
    findings: Type.Array(ref(Finding), { description: 'The most severe first, a cause before its consequences.' }),
    remediation: Type.Optional(ref(Remediation)),
    checks: Type.Array(ref(Check), { description: 'Left out with `?view=summary`.' }),
    s3Checks: Type.Optional(
      Type.Array(ref(S3Check), {
        description: 'Absent where the usage has no locations. Left out with `?view=summary`.'
      })
    ),
    notEvaluated: Type.Array(Type.Object({ what: Type.String(), why: Type.String() }, { additionalProperties: true })),
    reads: Type.Optional(ref(Reads))
  },
  { $id: 'Report', additionalProperties: true, description: 'What AWS decides, why, and how to fix it.' }
)
export type Report = Static<typeof Report>
