import { DescribeKeyCommand, GetKeyPolicyCommand, ListGrantsCommand, type KMSClient } from '@aws-sdk/client-kms'
import type { GrantEntry, KeyMetadata, ObservedKey, Read } from '../verify/policy-source.js'
import { failed, type Call } from './call.js'
import type { CallFailure } from './errors.js'
import { toGrantEntry, toKeyMetadata } from './kms-shapes.js'
import { locateKey } from './location.js'
import { memo } from './memo.js'
import { readPages } from './pages.js'

type Unread = Exclude<Read<never>, { state: 'read' }>

const GRANTS_PER_PAGE = 100 // the most that ListGrants gives

/** KMS's reads in one Region, one method a KMS operation, each made once for an ARN: a request may name a key twice, by its ARN and by an alias. */
export interface KeyReads {
  describe (arn: string): Promise<Read<KeyMetadata>>
  policy (keyArn: string): Promise<Read<unknown>>
  grants (keyArn: string): Promise<Read<GrantEntry[]>>
}

export function keyReads (client: KMSClient, call: Call, signal: AbortSignal): KeyReads {
  return {
    describe: memo(async (arn): Promise<Read<KeyMetadata>> => {
      const outcome = await call('DescribeKey', (abortSignal) => client.send(new DescribeKeyCommand({ KeyId: arn }), { abortSignal }), signal)
      if (!outcome.ok) return absent(outcome)
      const metadata = outcome.value.KeyMetadata
      return metadata === undefined ? empty('DescribeKey') : { state: 'read', value: toKeyMetadata(metadata) }
    }),
    policy: memo(async (keyArn): Promise<Read<unknown>> => {
      const command = new GetKeyPolicyCommand({ KeyId: keyArn, PolicyName: 'default' })
      const outcome = await call('GetKeyPolicy', (abortSignal) => client.send(command, { abortSignal }), signal)
      if (!outcome.ok) return absent(outcome)
      return outcome.value.Policy === undefined ? empty('GetKeyPolicy') : { state: 'read', value: outcome.value.Policy }
    }),
    grants: memo(async (keyArn): Promise<Read<GrantEntry[]>> => {
      const listed = await readPages(call, 'ListGrants', async (Marker, abortSignal) => {
        const page = await client.send(new ListGrantsCommand({ KeyId: keyArn, Limit: GRANTS_PER_PAGE, Marker }), { abortSignal })
        return { items: page.Grants, truncated: page.Truncated === true, marker: page.NextMarker }
      }, signal)
      return listed.failure === undefined ? { state: 'read', value: listed.items.map(toGrantEntry) } : absent(listed.failure)
    })
  }
}

export async function readKey (requestedArn: string, reads: KeyReads): Promise<ObservedKey> {
  const [metadata, keyPolicy, grants] = await Promise.all([reads.describe(requestedArn), reads.policy(requestedArn), reads.grants(requestedArn)])
  if (metadata.state === 'read' && metadata.value.Arn !== requestedArn) return noKey(requestedArn, otherKey(metadata.value.Arn))
  return { requestedArn, kmsKeyArn: requestedArn, metadata, keyPolicy: ofKnownKey(metadata, keyPolicy), grants: ofKnownKey(metadata, grants) }
}

/** Only DescribeKey takes an alias; the other calls have to wait for the key behind it. */
export async function readAlias (aliasArn: string, reads: KeyReads): Promise<ObservedKey> {
  const metadata = await reads.describe(aliasArn)
  if (metadata.state !== 'read') return noKey(aliasArn, metadata)
  const kmsKeyArn = metadata.value.Arn
  if (kmsKeyArn === undefined || !isBehind(aliasArn, kmsKeyArn)) return noKey(aliasArn, otherKey(kmsKeyArn))
  const [keyPolicy, grants] = await Promise.all([reads.policy(kmsKeyArn), reads.grants(kmsKeyArn)])
  return { requestedArn: aliasArn, kmsKeyArn, metadata, keyPolicy: ofKnownKey(metadata, keyPolicy), grants: ofKnownKey(metadata, grants) }
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

function absent (failure: CallFailure): Unread {
  return failure.missing ? { state: 'notFound', why: failure.why } : failed(failure)
}

function empty (operation: string): Unread {
  return { state: 'notRead', why: `${operation} failed: the answer is empty`, cause: 'malformedAnswer' }
}

function otherKey (arn: string | undefined): Unread {
  return { state: 'notRead', why: `DescribeKey answered for another key, ${arn ?? 'without an ARN'}`, cause: 'malformedAnswer' }
}

/** A key of which nothing can be told. */
export function noKey (requestedArn: string, read: Unread): ObservedKey {
  return { requestedArn, kmsKeyArn: requestedArn, metadata: read, keyPolicy: read, grants: read }
}
