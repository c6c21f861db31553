import { type Grant, type GrantsInput, KeyMetadata, type KeyMetadataInput } from '../../../schemas/key-answers.js'
import type { KeyDocuments } from '../../../schemas/verification.js'
import type { FieldError } from '../../errors.js'
import { parseKeyArn } from '../../personalize/identifiers.js'

/** The KeyMetadata in the output of `aws kms describe-key`, or given by itself. */
export function unwrapMetadata (input: KeyMetadataInput): KeyMetadata {
  return input.KeyMetadata ?? input
}

/** The grants in the output of `aws kms list-grants`, or given by themselves. */
export function unwrapGrants (input: GrantsInput): Grant[] {
  return Array.isArray(input) ? input : input.Grants
}

/** Members that the AWS CLI or an SDK prints where more pages follow. */
const MORE_PAGES = ['Truncated', 'NextMarker', 'NextToken']

function grantsFaults (grants: GrantsInput, pointer: string): FieldError[] {
  if (Array.isArray(grants)) return []
  return MORE_PAGES.filter((name) => Boolean(Reflect.get(grants, name))).map((name) => ({
    pointer: `${pointer}/${name}`,
    detail: 'means that more grants follow: send all pages, as `aws kms list-grants` without --max-items prints them'
  }))
}

function formFaults (input: KeyMetadataInput, pointer: string): FieldError[] {
  const names = Object.keys(input)
  const known = names.filter((name) => Object.hasOwn(KeyMetadata.properties, name))
  if (input.KeyMetadata !== undefined && known.length > 0)
    return [{ pointer, detail: `contains KeyMetadata and ${known.join(', ')} beside it: send the one or the other` }]
  return names.length === 0 || input.KeyMetadata !== undefined || known.length > 0
    ? []
    : [{ pointer, detail: 'has no property of KeyMetadata: send the whole output of `aws kms describe-key`' }]
}

/** Metadata of another key would be evaluated in place of those of this key. `KeyId`: the id, or the ARN. */
export function keyInputFaults (
  { kmsKeyArn, metadata = {}, grants = [] }: KeyDocuments,
  pointer: string
): FieldError[] {
  const name = parseKeyArn(kmsKeyArn)
  if (name === undefined) return []
  const { Arn, KeyId, AWSAccountId } = unwrapMetadata(metadata)
  const id = kmsKeyArn.slice(kmsKeyArn.indexOf('/') + 1)
  const isOther = {
    Arn: Arn !== undefined && Arn !== kmsKeyArn,
    KeyId: KeyId !== undefined && KeyId !== id && KeyId !== kmsKeyArn,
    AWSAccountId: AWSAccountId !== undefined && AWSAccountId !== name.accountId
  }
  const inside = metadata.KeyMetadata === undefined ? `${pointer}/metadata` : `${pointer}/metadata/KeyMetadata`
  return [
    ...formFaults(metadata, `${pointer}/metadata`),
    ...grantsFaults(grants, `${pointer}/grants`),
    ...Object.entries(isOther).flatMap(([member, other]) =>
      other ? [{ pointer: `${inside}/${member}`, detail: `is not that of the key ${kmsKeyArn}` }] : []
    )
  ]
}
