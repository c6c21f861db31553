import type { KeyDocuments } from '../../schemas/verification.js'
import type { Fault } from '../errors.js'
import { parseKeyName } from '../personalize/identifiers.js'

/** Metadata of another key would be judged in the place of this one. `KeyId` is the id, as AWS prints it, or the ARN. */
export function metadataFaults ({ kmsKeyArn, metadata = {} }: KeyDocuments, pointer: string): Fault[] {
  const name = parseKeyName(kmsKeyArn)
  if (name === undefined) return []
  const { Arn, KeyId, AWSAccountId } = metadata
  const id = kmsKeyArn.slice(kmsKeyArn.indexOf('/') + 1)
  const isOther = { Arn: Arn !== undefined && Arn !== kmsKeyArn, KeyId: KeyId !== undefined && KeyId !== id && KeyId !== kmsKeyArn, AWSAccountId: AWSAccountId !== undefined && AWSAccountId !== name.accountId }
  return Object.entries(isOther).flatMap(([member, other]) => other ? [{ pointer: `${pointer}/metadata/${member}`, detail: `is not that of the key ${kmsKeyArn}` }] : [])
}
