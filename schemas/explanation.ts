import { Type, type Static } from 'typebox'
import { Requirement } from './generation.js'
import { ref } from './ref.js'
import { Usage } from './usage.js'
import { words } from './verdict.js'
import { Report } from './verification.js'

/** The longest text that is explained, in characters. */
export const MAX_EXPLAINED_CHARACTERS = 20_000

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: MAX_EXPLAINED_CHARACTERS, description }))

/** Exactly one of the three texts; a schema of alternatives would report its faults at the wrong place. */
export const ExplainRequest = Type.Object(
  {
    message: text('An error message of AWS, as a program, a log or the console shows it.'),
    failureReason: text('`failureReason` of a resource of Amazon Personalize.'),
    cloudTrailRecord: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: true,
          description: 'A record of AWS CloudTrail with its `errorCode` and `errorMessage`.'
        }
      )
    ),
    usage: Type.Optional(ref(Usage)),
    live: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Also verify the live policies of the usage, as `POST /verify` does, and mark the ' +
          'causes that they confirm or ' +
          'exclude. Needs `usage` and the scope `verify:live`.'
      })
    )
  },
  {
    $id: 'ExplainRequest',
    additionalProperties: false,
    description: 'One text of AWS, and optionally the usage in which it appeared.'
  }
)
export type ExplainRequest = Static<typeof ExplainRequest>

const LAYERS = [
  'identityPolicies',
  'keyPolicy',
  'bucketPolicy',
  'trustPolicy',
  'resourcePolicy',
  'permissionsBoundary',
  'sessionPolicies',
  'serviceControlPolicies',
  'resourceControlPolicies',
  'vpcEndpointPolicies'
] as const

export const DenialText = Type.Object(
  {
    text: Type.String({ description: 'The text, on one line.' }),
    principal: Type.Optional(
      Type.Object({
        type: words(['role', 'user', 'service', 'root', 'other'] as const, 'What kind of principal it is.'),
        id: Type.String({ description: 'As the text has it.' }),
        accountId: Type.Optional(Type.String()),
        roleName: Type.Optional(Type.String({ description: 'Of a role: its name; a session does not have its path.' })),
        sessionName: Type.Optional(Type.String())
      })
    ),
    invokedBy: Type.Optional(Type.String({ description: 'The service that called on behalf of the principal.' })),
    action: Type.Optional(Type.String()),
    resource: Type.Optional(Type.String()),
    effect: Type.Optional(
      words(['explicitDeny', 'implicitDeny'] as const, 'Whether a Deny decided, or no Allow was there.')
    ),
    layer: Type.Optional(words(LAYERS, 'The kind of policy that decided. AWS names one, even if several deny.')),
    through: Type.Optional(words(LAYERS, 'The kind of policy through which it decided.')),
    policyArn: Type.Optional(Type.String({ description: 'The denying policy.' })),
    encodedMessage: Type.Optional(Type.String())
  },
  { $id: 'DenialText', additionalProperties: true, description: 'What AWS said; what its text lacks is left out.' }
)
export type DenialText = Static<typeof DenialText>

const Statement = Type.Record(Type.String(), Type.Unknown())

export const DenialCause = Type.Object(
  {
    code: Type.String({ description: 'SCREAMING_SNAKE, stable.' }),
    likelihood: words(['stated', 'likely', 'possible'] as const, '`stated`: the text itself names it.'),
    status: words(
      ['confirmed', 'excluded', 'notChecked'] as const,
      'What the live policies say of it. Without `live` it is `notChecked`.'
    ),
    title: Type.String(),
    detail: Type.String(),
    distinguish: Type.String({ description: 'What distinguishes this cause from the others.' }),
    policy: Type.Optional(
      words(
        ['keyPolicy', 'bucketPolicy', 'iamPolicy', 'trustPolicy', 'callerPolicy', 'other'] as const,
        'The policy to look at; `callerPolicy` is that of the person or program that calls AWS.'
      )
    ),
    statements: Type.Optional(
      Type.Array(Statement, {
        description: 'The exact statements for that policy. What neither text nor usage names stands in angle brackets.'
      })
    ),
    exception: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'Of a Deny: what to add to its `Condition`, so that it no longer applies to the caller.'
      })
    ),
    exceptions: Type.Optional(
      Type.Array(
        Type.Object({
          principal: words(['service', 'role'] as const, 'Whom the Deny leaves alone.'),
          distinguish: Type.String({ description: 'What shows that this one was refused.' }),
          condition: Type.Record(Type.String(), Type.Unknown(), { description: 'What to add to the `Condition`.' })
        }),
        {
          description:
            'The parts of `exception`, where the text does not say whether the role or the service principal was ' +
            'refused: only that of the refused one is needed.'
        }
      )
    ),
    commands: Type.Optional(Type.Array(Type.String(), { description: 'Commands that show it; they only read.' })),
    findingIds: Type.Optional(
      Type.Array(Type.String(), { description: 'The findings of the report that confirm it.' })
    ),
    source: Type.String({ description: 'The AWS page.' })
  },
  { $id: 'DenialCause', additionalProperties: true, description: 'One cause that fits the text.' }
)
export type DenialCause = Static<typeof DenialCause>

export const Explanation = Type.Object(
  {
    recognized: Type.Boolean({ description: 'Whether the text is one that AWS is known to print.' }),
    headline: Type.String({ description: 'What the text says, in one sentence.' }),
    form: Type.Optional(Type.String({ description: 'Which text it is.' })),
    isPermission: Type.Boolean({ description: 'Whether a missing permission can be the cause.' }),
    said: ref(DenialText),
    requirements: Type.Array(ref(Requirement), {
      description: 'What Amazon Personalize demands that the text touches.'
    }),
    causes: Type.Array(ref(DenialCause), { description: 'The most likely first.' }),
    next: Type.Array(Type.String(), { description: 'What to look at next.' }),
    report: Type.Optional(ref(Report))
  },
  { $id: 'Explanation', additionalProperties: true, description: 'What a text of AWS means, and what fixes it.' }
)
export type Explanation = Static<typeof Explanation>
