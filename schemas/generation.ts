import { Type, type Static } from 'typebox'
import { PolicyDocument } from './policy-document.js'
import { Operation, Profile, Usage } from './usage.js'
import { Finding } from './verification.js'
import { described, ref } from './ref.js'
import { words } from './verdict.js'

const SERVICES = ['kms', 's3', 'cloudwatch'] as const

export const PoliciesRequest = Type.Object(
  { usages: Type.Array(ref(Usage), { minItems: 1, maxItems: 50, uniqueItems: true }) },
  {
    $id: 'PoliciesRequest',
    additionalProperties: false,
    description: 'Several usages: one for each set of roles, keys and operations that belong together.'
  }
)
export type PoliciesRequest = Static<typeof PoliciesRequest>

const StatementReason = Type.Object({
  sid: Type.String(),
  operations: Type.Array(ref(Operation)),
  reason: Type.String({ description: 'Why the statement is there.' }),
  source: Type.String({ description: 'The AWS page that demands it.' })
})
export const PoliciesResponse = Type.Object(
  {
    keyPolicies: Type.Array(
      Type.Object({
        kmsKeyArn: Type.String({
          description:
            'The key; `arn:…:key/*` for the key that usages without `kmsKeyArns` are to create, in the Region of the ' +
            'usage (`*` where none is given).'
        }),
        policy: ref(PolicyDocument),
        bytes: Type.Integer(),
        statements: Type.Array(StatementReason)
      })
    ),
    rolePolicies: Type.Array(
      Type.Object({
        roleArn: Type.String(),
        policy: Type.Unsafe<PolicyDocument | null>({ anyOf: [{ $ref: 'PolicyDocument#' }, { type: 'null' }] }),
        characters: Type.Integer(),
        statements: Type.Array(StatementReason)
      })
    ),
    trustPolicies: Type.Array(Type.Object({ roleArn: Type.String(), policy: ref(PolicyDocument) })),
    bucketPolicies: Type.Optional(
      Type.Array(
        Type.Object({
          bucket: Type.String(),
          policy: ref(PolicyDocument),
          bytes: Type.Integer(),
          statements: Type.Array(StatementReason)
        }),
        { description: 'One for each bucket of the locations. Absent where no usage has locations.' }
      )
    ),
    warnings: Type.Array(ref(Finding))
  },
  {
    $id: 'PoliciesResponse',
    additionalProperties: false,
    description: 'One key policy a key, one permissions policy and one trust policy a role.'
  }
)
export type PoliciesResponse = Static<typeof PoliciesResponse>

export const Requirement = Type.Object(
  {
    service: words(SERVICES, 'The AWS service that is called.'),
    operation: ref(Operation),
    together: Type.Optional(
      described(
        Operation,
        'The requirement applies only where the usage has this operation, too: a dataset export job reads from a ' +
          'dataset group that is encrypted with the key.'
      )
    ),
    key: Type.String({
      description:
        'Which key of the operation: of the dataset group, of the source objects, of the output, …; of `s3` the objects ' +
        'themselves, of `cloudwatch` the metrics.'
    }),
    direction: Type.Optional(
      words(['read', 'write'] as const, 'Whether objects in Amazon S3 are read or written.')
    ),
    principal: Type.Unsafe<'service' | 'role'>({ type: 'string', enum: ['service', 'role'] }),
    policy: words(['keyPolicy', 'bucketPolicy', 'iamPolicy'] as const, 'The policy that has to grant the actions.'),
    actions: Type.Array(Type.String()),
    profile: ref(Profile),
    confidence: Type.Unsafe<'high' | 'medium' | 'low'>({ type: 'string', enum: ['high', 'medium', 'low'] }),
    reason: Type.String(),
    source: Type.String()
  },
  {
    $id: 'Requirement',
    additionalProperties: false,
    description: 'What one operation demands of one policy for one principal.'
  }
)
export type Requirement = Static<typeof Requirement>

export const RequirementsResponse = Type.Object(
  { requirements: Type.Array(ref(Requirement)) },
  {
    $id: 'RequirementsResponse',
    additionalProperties: false,
    description: 'The catalogue that generator and verifier both work from.'
  }
)
export type RequirementsResponse = Static<typeof RequirementsResponse>
