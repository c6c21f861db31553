import { Type, type Static } from 'typebox'

/** A policy as this service writes it. Statements may be foreign (merged in), so their members are open. */
export const PolicyDocument = Type.Object(
  {
    Version: Type.Optional(
      Type.String({
        description: 'Policy language version, `2012-10-17` unless a merged policy says otherwise or leaves it out.'
      })
    ),
    Id: Type.Optional(Type.String()),
    Statement: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
      description: 'The statements, ours and those merged in, each complete.'
    })
  },
  { $id: 'PolicyDocument', additionalProperties: true, description: 'An IAM or KMS policy document.' }
)
export type PolicyDocument = Static<typeof PolicyDocument>

/** A policy that somebody else wrote: the document itself, or its JSON text (plain, or URL-encoded as IAM sends it). */
export const PolicyInput = Type.Unsafe<Record<string, unknown> | string>({
  $id: 'PolicyInput',
  type: ['object', 'string'],
  description:
    'A policy document as an object, or as JSON text (plain, or URL-encoded as IAM sends it). At most 64 KiB.'
})
export type PolicyInput = Static<typeof PolicyInput>
