import { Type, type Static } from 'typebox'
import { ref } from './ref.js'
import { VerifiableUsage } from './usage.js'

export const VerifyRequest = Type.Object(
  {
    usage: ref(VerifiableUsage),
    maxAgeSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 300,
        description:
          'How old an answer of AWS may be that is used again. 0 (default): everything that can change is read anew. The report says under `reads` what was used again.'
      })
    ),
    waitUpTo: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 120,
        description:
          'Seconds to go on reading until the verdict is `pass`: KMS and IAM take a while to show a change everywhere. 0 (default): read once.'
      })
    )
  },
  {
    $id: 'VerifyRequest',
    additionalProperties: false,
    description: 'A usage whose live policies are to be read and judged.'
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
