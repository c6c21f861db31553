import { Type, type Static } from 'typebox'
import { ref } from './ref.js'
import { Operation } from './usage.js'
import { words } from './verdict.js'

export const Omitted = Type.Optional(
  Type.Record(Type.String(), Type.Integer(), { description: 'Number of omitted entries per list, where it is long.' })
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

const Strings = Type.Array(Type.String())
const statement = (description: string) =>
  Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description }))

export const SEVERITIES = ['error', 'warning', 'note'] as const
export const Finding = Type.Object(
  {
    id: Type.String({ description: 'The same for the same cause in the same place, whenever it is reported.' }),
    code: Type.String({ description: 'SCREAMING_SNAKE, stable.' }),
    severity: words(SEVERITIES, '`error` prevents the use, `warning` is fragile or wider than needed.'),
    title: Type.String(),
    detail: Type.String({ description: 'Principal, actions, operations and reason in one text.' }),
    why: Type.String({ description: 'The reason alone, without what has a member of its own.' }),
    remedy: Type.String({ description: 'What to do.' }),
    source: Type.String({ description: 'The AWS page on which the finding is based.' }),
    kmsKeyArn: Type.Optional(Type.String()),
    roleArn: Type.Optional(Type.String()),
    bucket: Type.Optional(Type.String({ description: 'The bucket of Amazon S3 that is concerned.' })),
    principal: Type.Optional(
      Type.Object(
        { type: words(['role', 'service'] as const, 'The role, or Amazon Personalize itself.'), id: Type.String() },
        { description: 'Whose access is concerned.' }
      )
    ),
    actions: Type.Optional(Strings),
    operations: Type.Optional(Type.Array(ref(Operation), { description: 'The operations that need the actions.' })),
    suggestedActions: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Of `UNKNOWN_ACTION`: the actions that were probably meant.'
      })
    ),
    statement: Type.Optional(ref(StatementReference)),
    statements: Type.Optional(
      Type.Array(ref(StatementReference), {
        description:
          'The statements that `why` refers to: those that cause the finding, or, where no statement allows an ' +
          'access, those that come closest to it. `statement` is present only if one causes it.'
      })
    ),
    causedBy: Type.Optional(
      Type.Array(Type.String(), {
        description: 'The `id` of the findings of which this one is a consequence: fix those first.'
      })
    ),
    pairs: Type.Optional(
      Type.Array(Type.Object({
        kmsKeyArn: Type.Optional(Type.String()),
        roleArn: Type.Optional(Type.String()),
        bucket: Type.Optional(Type.String())
      }), {
        description:
          'Where one finding represents equal ones: every key and role it concerns. `kmsKeyArn` and `roleArn` of ' +
          'the finding are then present only where they are the same in all.'
      })
    ),
    narrowerStatement: statement(
      'Of `BROADER_THAN_NEEDED`: the statement as it was read, with only the actions that the usage needs.'
    ),
    replacementStatement: statement(
      'Of a Deny: the same statement with the smallest exception that lets Amazon Personalize through, verified by ' +
        'evaluating the policies with it. It is never part of `remediation`: whether the exception is acceptable ' +
        'is your decision.'
    ),
    omitted: Omitted
  },
  { $id: 'Finding', additionalProperties: true, description: 'A cause of failure or a weakness, with its evidence.' }
)
export type Finding = Static<typeof Finding>
