import { Type, type Static } from 'typebox'
import { Grant, KeyMetadata } from './key-answers.js'
import { Reads } from './live.js'
import { PolicyDocument, PolicyInput } from './policy-document.js'
import { ref } from './ref.js'
import { Operation, VerifiableUsage } from './usage.js'
import { VerificationContext } from './verification-context.js'

export { Grant, KeyMetadata } from './key-answers.js'
export { ContextKeys, VerificationContext } from './verification-context.js'

const Strings = Type.Array(Type.String())

export const KeyDocuments = Type.Object(
  {
    kmsKeyArn: Type.String({ minLength: 1, maxLength: 2048 }),
    keyPolicy: ref(PolicyInput),
    grants: Type.Optional(Type.Array(ref(Grant), { maxItems: 50_000, uniqueItems: true })),
    metadata: Type.Optional(ref(KeyMetadata))
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
        { name: Type.String({ minLength: 1, maxLength: 2048 }), document: ref(PolicyInput) },
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
    keys: Type.Array(ref(KeyDocuments), { minItems: 1, maxItems: 50, uniqueItems: true }),
    roles: Type.Array(ref(RoleDocuments), { minItems: 1, maxItems: 50, uniqueItems: true }),
    serviceControlPolicies: Type.Optional(Levels),
    resourceControlPolicies: Type.Optional(Levels),
    context: Type.Optional(ref(VerificationContext))
  },
  {
    $id: 'VerifyDocumentsRequest',
    additionalProperties: false,
    description: 'A usage with the documents to judge it by. No AWS call is made.'
  }
)
export type VerifyDocumentsRequest = Static<typeof VerifyDocumentsRequest>

const words = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: values, description })

export const VERDICTS = ['pass', 'fail', 'indeterminate'] as const
export const Verdict = words(VERDICTS, 'The outcome.')
export type Verdict = (typeof VERDICTS)[number]

export const DECISIONS = ['allowed', 'explicitDeny', 'implicitDeny', 'conditional', 'unknown'] as const
export type DecisionWord = (typeof DECISIONS)[number]

const LAYER_DECISIONS = [...DECISIONS, 'notPresent', 'notEvaluated', 'notApplicable'] as const
export type LayerDecision = (typeof LAYER_DECISIONS)[number]
const layer = words(LAYER_DECISIONS, 'What this layer decides by itself.')
const keyPolicyLayer = words(
  LAYER_DECISIONS,
  'What the key policy decides by itself; `allowed` includes that it leaves the access to IAM policies by a statement for the account.'
)
const Omitted = Type.Optional(
  Type.Record(Type.String(), Type.Integer(), {
    description: 'How many entries of which list are not told, where it would be long.'
  })
)

export const StatementReference = Type.Object(
  {
    policy: Type.String({
      description: 'The layer: `keyPolicy`, `identityPolicies`, `permissionsBoundary`, `grants`, `trustPolicy`, …'
    }),
    name: Type.String({ description: 'The name of the policy in its layer, or the grant id.' }),
    sid: Type.Optional(Type.String()),
    index: Type.Integer({ description: 'Position in the document, from 0.' }),
    effect: words(['Allow', 'Deny'] as const, 'The effect of the statement.'),
    level: Type.Optional(
      Type.Integer({ description: 'Of a policy of an organization: its level, from 0, root first.' })
    )
  },
  { $id: 'StatementReference', additionalProperties: true, description: 'A statement that was read.' }
)
export type StatementReference = Static<typeof StatementReference>

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

export const SEVERITIES = ['error', 'warning', 'note'] as const
export const Finding = Type.Object(
  {
    code: Type.String({ description: 'SCREAMING_SNAKE, stable.' }),
    severity: words(SEVERITIES, '`error` breaks the use, `warning` is fragile or wider than needed.'),
    title: Type.String(),
    detail: Type.String(),
    remedy: Type.String(),
    source: Type.String({ description: 'The AWS page the finding rests on.' }),
    kmsKeyArn: Type.Optional(Type.String()),
    roleArn: Type.Optional(Type.String()),
    actions: Type.Optional(Strings),
    statement: Type.Optional(ref(StatementReference)),
    statements: Type.Optional(Type.Array(ref(StatementReference))),
    narrowerStatement: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'Of `BROADER_THAN_NEEDED`: the statement as it was read with no more actions than the use needs.'
      })
    ),
    omitted: Omitted
  },
  { $id: 'Finding', additionalProperties: true, description: 'A cause of failure or a weakness, with its evidence.' }
)
export type Finding = Static<typeof Finding>

const JsonPatch = Type.Array(
  Type.Object(
    {
      op: words(['add', 'remove', 'replace', 'move', 'copy', 'test'] as const, 'RFC 6902 operation.'),
      path: Type.String(),
      from: Type.Optional(Type.String()),
      value: Type.Optional(Type.Unknown())
    },
    { additionalProperties: true }
  )
)

export const Remediation = Type.Object(
  {
    keyPolicies: Type.Array(Type.Object({ kmsKeyArn: Type.String(), policy: ref(PolicyDocument), patch: JsonPatch })),
    rolePolicies: Type.Array(
      Type.Object({ roleArn: Type.String(), policyName: Type.String(), policy: ref(PolicyDocument) })
    ),
    trustPolicies: Type.Array(Type.Object({ roleArn: Type.String(), policy: ref(PolicyDocument) })),
    cannotFix: Type.Array(Type.Object({ code: Type.String(), detail: Type.String() }, { additionalProperties: true }))
  },
  {
    $id: 'Remediation',
    additionalProperties: false,
    description: 'The exact change that makes the same request pass, and what no policy can mend.'
  }
)
export type Remediation = Static<typeof Remediation>

export const Report = Type.Object(
  {
    verdict: Verdict,
    verdicts: Type.Object({ documented: Verdict, effective: Verdict }),
    observedAt: Type.Optional(
      Type.String({
        description:
          'When AWS was read (RFC 3339): the oldest answer in it is of this time, also where `maxAgeSeconds` lets an earlier one be used again. Only in `POST /verify`.'
      })
    ),
    reads: Type.Optional(ref(Reads)),
    checks: Type.Array(ref(Check)),
    findings: Type.Array(ref(Finding)),
    notEvaluated: Type.Array(Type.Object({ what: Type.String(), why: Type.String() }, { additionalProperties: true })),
    remediation: Type.Optional(ref(Remediation))
  },
  { $id: 'Report', additionalProperties: true, description: 'What AWS would decide, why, and what would mend it.' }
)
export type Report = Static<typeof Report>
