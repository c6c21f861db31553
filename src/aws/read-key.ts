import { parseArn } from '../iam/arn.js'
import type { KeyMetadata } from '../../schemas/key-answers.js'
import type { ObservedKey, Read } from '../verify/policy-source.js'
import { foreign } from './caller-account.js'
import type { KeyReads } from './kms-reads.js'
import { locateKey } from './location.js'

type Unread = Exclude<Read<never>, { state: 'read' }>

/** Whose credentials read, where this is not the key's own account. */
export type ForeignCaller = () => Promise<string | undefined>

export async function readKey (requestedArn: string, reads: KeyReads, foreignCaller: ForeignCaller): Promise<ObservedKey> {
  const [metadata, keyPolicy, grants] = await Promise.all([reads.describe(requestedArn), reads.policy(requestedArn), reads.grants(requestedArn)])
  if (metadata.state === 'read' && metadata.value.Arn !== requestedArn) return noKey(requestedArn, otherKey(metadata.value.Arn))
  return { requestedArn, kmsKeyArn: requestedArn, metadata, keyPolicy: await ownPolicy(requestedArn, ofKnownKey(metadata, keyPolicy), foreignCaller), grants: ofKnownKey(metadata, grants) }
}

/** Only DescribeKey takes an alias; the other calls have to wait for the key behind it. */
export async function readAlias (aliasArn: string, reads: KeyReads, foreignCaller: ForeignCaller): Promise<ObservedKey> {
  const metadata = await reads.describe(aliasArn)
  if (metadata.state !== 'read') return noKey(aliasArn, metadata)
  const kmsKeyArn = metadata.value.Arn
  if (kmsKeyArn === undefined || !isBehind(aliasArn, kmsKeyArn)) return noKey(aliasArn, otherKey(kmsKeyArn))
  const [keyPolicy, grants] = await Promise.all([reads.policy(kmsKeyArn), reads.grants(kmsKeyArn)])
  return { requestedArn: aliasArn, kmsKeyArn, metadata, keyPolicy: await ownPolicy(kmsKeyArn, ofKnownKey(metadata, keyPolicy), foreignCaller), grants: ofKnownKey(metadata, grants) }
}

/** An alias and its key are in one account and Region: https://docs.aws.amazon.com/kms/latest/developerguide/alias-about.html */
function isBehind (aliasArn: string, keyArn: string): boolean {
  const alias = locateKey(aliasArn)
  const key = locateKey(keyArn)
  return key?.isAlias === false && key.partition === alias?.partition && key.region === alias.region && key.accountId === alias.accountId
}

/**
 * DescribeKey has the last word on whether the key exists: another call that finds nothing then knows nothing
 * (GetKeyPolicy works in the key's own account only), and of a key that does not exist there is nothing to read.
 */
function ofKnownKey<T> (metadata: Read<KeyMetadata>, read: Read<T>): Read<T> {
  if (metadata.state === 'notFound' && read.state === 'notRead') return metadata
  if (metadata.state !== 'read' || read.state !== 'notFound') return read
  return { state: 'notRead', why: `${read.why}, though DescribeKey finds the key`, cause: 'other' }
}

/** GetKeyPolicy works in the key's own account only; whatever KMS answers elsewhere, that is the reason. */
async function ownPolicy (keyArn: string, read: Read<unknown>, foreignCaller: ForeignCaller): Promise<Read<unknown>> {
  if (read.state !== 'notRead' || (read.cause !== 'accessDenied' && read.cause !== 'other')) return read
  const caller = await foreignCaller()
  return caller === undefined ? read : foreign('the key policy', parseArn(keyArn)?.accountId ?? '', caller)
}

function otherKey (arn: string | undefined): Unread {
  return { state: 'notRead', why: `DescribeKey answered for another key, ${arn ?? 'without an ARN'}`, cause: 'malformedAnswer' }
}

/** A key of which nothing can be told. */
export function noKey (requestedArn: string, read: Unread): ObservedKey {
  return { requestedArn, kmsKeyArn: requestedArn, metadata: read, keyPolicy: read, grants: read }
}
