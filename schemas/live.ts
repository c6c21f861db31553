import { Type, type Static } from 'typebox'
import { PolicyInput } from './policy-document.js'
import { ref } from './ref.js'
import { VerifiableUsage } from './usage.js'
import { VerificationContext } from './verification-context.js'

export const ProposedDocuments = Type.Object(
  {
    keys: Type.Optional(
      Type.Array(
        Type.Object(
          { kmsKeyArn: Type.String({ minLength: 1, maxLength: 2048 }), keyPolicy: ref(PolicyInput) },
          { additionalProperties: false }
        ),
        { maxItems: 50, uniqueItems: true }
      )
    ),
    roles: Type.Optional(
      Type.Array(
        Type.Object(
          {
            roleArn: Type.String({ minLength: 1, maxLength: 2048 }),
            identityPolicies: Type.Optional(
              Type.Array(
                Type.Object(
                  { name: Type.String({ minLength: 1, maxLength: 2048 }), document: ref(PolicyInput) },
                  { additionalProperties: false }
                ),
                {
                  maxItems: 100,
                  uniqueItems: true,
                  description:
                    'Inline policies: each takes the place of the one with its name, or is added to the role.'
                }
              )
            ),
            permissionsBoundary: Type.Optional(ref(PolicyInput)),
            trustPolicy: Type.Optional(ref(PolicyInput))
          },
          { additionalProperties: false }
        ),
        { maxItems: 50, uniqueItems: true }
      )
    ),
    buckets: Type.Optional(
      Type.Array(
        Type.Object(
          { bucket: Type.String({ minLength: 3, maxLength: 63 }), policy: ref(PolicyInput) },
          { additionalProperties: false }
        ),
        { maxItems: 50, uniqueItems: true, description: 'Bucket policies that take the place of those in AWS.' }
      )
    )
  },
  {
    $id: 'ProposedDocuments',
    additionalProperties: false,
    description: 'Documents that are evaluated in place of those in AWS; all others are read.'
  }
)
export type ProposedDocuments = Static<typeof ProposedDocuments>

export const VerifyRequest = Type.Object(
  {
    usage: ref(VerifiableUsage),
    maxAgeSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 300,
        description:
          'How old an answer of AWS may be that is used again. 0 (default): everything that ' +
          'can change is read again. ' +
          'The report says under `reads` what was used again.'
      })
    ),
    waitUpTo: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 120,
        description:
          'Seconds to go on reading until the verdict is `pass`: KMS and IAM take a while to ' +
          'show a change everywhere. ' +
          '0 (default): read once.'
      })
    ),
    sampleObjects: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Whether one object of each location that is read from is looked at, to learn the key that it is encrypted ' +
          'with. It takes s3:ListBucket and s3:GetObject.'
      })
    ),
    context: Type.Optional(ref(VerificationContext)),
    proposed: Type.Optional(ref(ProposedDocuments))
  },
  {
    $id: 'VerifyRequest',
    additionalProperties: false,
    description: 'A usage whose live policies are to be read and checked.'
  }
)
export type VerifyRequest = Static<typeof VerifyRequest>

export const Reads = Type.Object(
  {
    attempts: Type.Integer({ minimum: 1, description: 'How often AWS was read.' }),
    cached: Type.Optional(
      Type.Array(
        Type.Object({
          what: Type.String(),
          arn: Type.String(),
          readAt: Type.String({ description: 'When AWS gave it (RFC 3339).' }),
          ageSeconds: Type.Number()
        }),
        { description: 'Answers of AWS that were used again, as `maxAgeSeconds` allows.' }
      )
    )
  },
  { $id: 'Reads', additionalProperties: true, description: 'How AWS was read. Only in `POST /verify`.' }
)
export type Reads = Static<typeof Reads>
