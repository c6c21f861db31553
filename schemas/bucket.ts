import { Type, type Static } from 'typebox'
import { Omitted, StatementReference } from './finding.js'
import { ref } from './ref.js'
import { Operation } from './usage.js'
import { VERDICTS, words } from './verdict.js'

/** An answer of AWS as the CLI prints it, what is inside of it, or null where there is no such configuration. */
function answer (inside: string, command: string) {
  return Type.Unsafe<Record<string, unknown> | null>({
    type: ['object', 'null'],
    description:
      `The whole output of \`aws s3api ${command}\`, or what is under \`${inside}\` in it. ` +
      'null: the bucket has no such configuration.'
  })
}

/** A bucket with the documents to check it by. */
export const BucketDocuments = Type.Object(
  {
    bucket: Type.String({ minLength: 3, maxLength: 63 }),
    accountId: Type.Optional(
      Type.String({ pattern: '^\\d{12}$', description: 'Its owner. Default: that of the location.' })
    ),
    region: Type.Optional(Type.String({ pattern: '^[a-z]{2}(-[a-z]+)+-\\d+$', maxLength: 32 })),
    policy: Type.Optional(
      Type.Unsafe<Record<string, unknown> | string | null>({
        type: ['object', 'string', 'null'],
        description:
          'The bucket policy as an object or as JSON text, or the whole output of `aws s3api get-bucket-policy`. ' +
          'null: the bucket has no policy (`NoSuchBucketPolicy`). Absent: it is not known. At most 64 KiB.'
      })
    ),
    encryption: Type.Optional(
      answer('ServerSideEncryptionConfiguration', 'get-bucket-encryption')
    ),
    ownershipControls: Type.Optional(
      answer('OwnershipControls', 'get-bucket-ownership-controls')
    ),
    publicAccessBlock: Type.Optional(
      answer('PublicAccessBlockConfiguration', 'get-public-access-block')
    )
  },
  {
    $id: 'BucketDocuments',
    additionalProperties: false,
    description: 'A bucket with its policy, and optionally its encryption and its other configuration.'
  }
)
export type BucketDocuments = Static<typeof BucketDocuments>

const DECISIONS = ['allowed', 'explicitDeny', 'implicitDeny', 'conditional', 'unknown'] as const
const layer = words(
  [...DECISIONS, 'notPresent', 'notEvaluated', 'notApplicable'] as const,
  'What this layer decides by itself.'
)
const places = ['bucketPolicy', 'iamPolicy'] as const

export const S3Check = Type.Object(
  {
    bucket: Type.String(),
    prefix: Type.String({ description: 'What the keys of the objects begin with; empty for the whole bucket.' }),
    roleArn: Type.Optional(Type.String({ description: 'Absent for the service principal.' })),
    principal: Type.Object({ type: words(['role', 'service'] as const, 'Who calls.'), id: Type.String() }),
    action: Type.String(),
    resource: Type.String({
      description: 'The bucket, all objects under the prefix, or `*` for an action that has no resource.'
    }),
    operations: Type.Array(ref(Operation)),
    documented: words([...VERDICTS, 'notRequired'] as const, 'Whether the policies hold what the AWS page demands.'),
    requiredIn: Type.Array(words(places, 'Where the page, or a rule of AWS, demands the action.')),
    missingFrom: Type.Array(words(places, 'Which of those do not grant it.')),
    effective: words(DECISIONS, 'What AWS would decide, of every object under the prefix.'),
    layers: Type.Object({
      bucketPolicy: layer,
      identityPolicies: layer,
      permissionsBoundary: layer,
      serviceControlPolicies: layer,
      resourceControlPolicies: layer
    }),
    matchedStatements: Type.Array(ref(StatementReference)),
    missingContextValues: Type.Array(Type.String(), {
      description: 'The condition keys that a `conditional` depends on; `Resource`: which object it is.'
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
  { $id: 'S3Check', additionalProperties: true, description: 'One principal, one action, one location.' }
)
export type S3Check = Static<typeof S3Check>
