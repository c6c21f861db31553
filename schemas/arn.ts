import { Type, type Static } from 'typebox'

/** A 12-digit AWS account id. */
export const AccountId = Type.String({
  $id: 'AccountId',
  pattern: '^\\d{12}$',
  examples: ['111122223333'],
  description: 'AWS account id, 12 digits.'
})
export type AccountId = Static<typeof AccountId>

/** The ARN of an IAM role with its full path; `domain` limits (256 characters) are reported as 422, not 400. */
export const RoleArn = Type.String({
  $id: 'RoleArn',
  pattern: '^arn:aws[a-z-]*:iam::\\d{12}:role/([\\x21-\\x7E]+/)?[\\w+=,.@-]{1,64}$',
  maxLength: 2048,
  examples: ['arn:aws:iam::111122223333:role/service-role/PersonalizeServiceRole'],
  description:
    'ARN of the IAM service role, with its full path. At most 256 characters (a limit of Amazon Personalize).'
})
export type RoleArn = Static<typeof RoleArn>

/**
 * How a request may name a KMS key. Aliases and bare ids are well-formed here, so that a route that
 * cannot take them says so (422, with the pointer) instead of calling them malformed.
 */
export const KmsKeyReference = Type.String({
  $id: 'KmsKeyReference',
  pattern: '^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:(key|alias)/)?[A-Za-z0-9/_-]+$',
  minLength: 1,
  maxLength: 2048,
  examples: ['arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
  description: 'ARN of a KMS key. `POST /verify` also takes alias ARNs.'
})
export type KmsKeyReference = Static<typeof KmsKeyReference>
