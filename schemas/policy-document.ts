import { Type, type Static } from 'typebox'

/**
 * A policy as this service writes it. Statements of the existing policy are merged in, so their properties are open.
 */
export const PolicyDocument = Type.Object(
  {
    Version: Type.Optional(
      Type.String({
        description: 'Policy language version, `2012-10-17` unless a merged policy says otherwise or leaves it out.'
      })
    ),
    Id: Type.Optional(Type.String()),
    Statement: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
      description: 'The statements, generated and merged in, each complete.'
    })
  },
  { $id: 'PolicyDocument', additionalProperties: true, description: 'An IAM or KMS policy document.' }
)
export type PolicyDocument = Static<typeof PolicyDocument>

/** A policy of the caller: the document itself, its JSON text, or what the AWS CLI prints. */
export const PolicyInput = Type.Unsafe<Record<string, unknown> | string>({
  $id: 'PolicyInput',
  type: ['object', 'string'],
  additionalProperties: true,
  description:
    'A policy document as an object, or as JSON text (plain, URL-encoded as IAM sends it, or encoded twice). ' +
    'The whole output of `aws kms get-key-policy`, `aws iam get-role` (its trust policy), `aws iam get-role-policy`, ' +
    '`aws iam get-policy-version` or `aws organizations describe-policy` is accepted too. At most 64 KiB.'
})
export type PolicyInput = Static<typeof PolicyInput>
