import {
  DescribeKeyCommand,
  type DescribeKeyCommandInput,
  type DescribeKeyCommandOutput,
  GetKeyPolicyCommand,
  type GetKeyPolicyCommandInput,
  type GetKeyPolicyCommandOutput,
  type GrantListEntry,
  ListGrantsCommand,
  type ListGrantsCommandInput,
  type ListGrantsCommandOutput,
  type MultiRegionConfiguration as SdkConfiguration,
  type KeyMetadata as SdkKeyMetadata
} from '@aws-sdk/client-kms'
import type { Grant, KeyMetadata } from '../../schemas/key-answers.js'
import { parseArn } from '../iam/match/arn.js'
import type { ObservedKey, Read } from '../verify/read/policy-source.js'
import { failed } from './call.js'
import { foreign } from './caller-account.js'
import type { AwsClients } from './clients.js'
import type { CallFailure } from './errors.js'
import { createKeyAttributeReader, type KeyAttributeReads } from './key-attributes.js'
import { memoize } from './memoize.js'
import { readPages } from './pages.js'
import { locateKey } from './regions.js'
import type { DefineOperation, RequestScope, Scope } from './shared-call.js'

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** The members that are there: the SDK writes absent ones as `undefined`, the port leaves them out. */
export function present<T extends object> (members: T): Present<T> {
  const kept: Present<T> = {}
  for (const key in members) {
    const value = members[key]
    if (isPresent(value)) kept[key] = value
  }
  return kept
}

function isPresent<V> (value: V): value is Exclude<V, undefined> {
  return value !== undefined
}

/** DescribeKey's answer without the properties that are not evaluated; dates as text, as the CLI prints them. */
export function toKeyMetadata (sdk: SdkKeyMetadata): KeyMetadata {
  return present({
    Arn: sdk.Arn,
    AWSAccountId: sdk.AWSAccountId,
    KeyId: sdk.KeyId,
    KeyManager: sdk.KeyManager,
    KeySpec: sdk.KeySpec,
    KeyUsage: sdk.KeyUsage,
    KeyState: sdk.KeyState,
    Origin: sdk.Origin,
    MultiRegion: sdk.MultiRegion,
    MultiRegionConfiguration: sdk.MultiRegionConfiguration && toMultiRegionConfiguration(sdk.MultiRegionConfiguration),
    DeletionDate: sdk.DeletionDate?.toISOString(),
    ValidTo: sdk.ValidTo?.toISOString()
  })
}

function toMultiRegionConfiguration ({
  MultiRegionKeyType,
  PrimaryKey,
  ReplicaKeys
}: SdkConfiguration): NonNullable<KeyMetadata['MultiRegionConfiguration']> {
  return present({
    MultiRegionKeyType,
    PrimaryKey: PrimaryKey && present(PrimaryKey),
    ReplicaKeys: ReplicaKeys?.map(present)
  })
}

export function toGrantEntry (sdk: GrantListEntry): Grant {
  const { Constraints } = sdk
  return present({
    GrantId: sdk.GrantId,
    Name: sdk.Name,
    KeyId: sdk.KeyId,
    GranteePrincipal: sdk.GranteePrincipal,
    GranteeServicePrincipal: sdk.GranteeServicePrincipal,
    RetiringPrincipal: sdk.RetiringPrincipal,
    RetiringServicePrincipal: sdk.RetiringServicePrincipal,
    IssuingAccount: sdk.IssuingAccount,
    Operations: sdk.Operations,
    Constraints: Constraints === undefined ? undefined : present({ ...Constraints })
  })
}

type NotRead = Exclude<Read<never>, { state: 'read' }>

const GRANTS_PER_PAGE = 100 // the most that ListGrants gives

/**
 * KMS's reads in one Region and account, each made once for an ARN: a request may name a key twice, by its ARN and by
 * an alias.
 */
export interface KeyReads extends KeyAttributeReads {
  describe(arn: string): Promise<Read<KeyMetadata>>
  policy(keyArn: string): Promise<Read<unknown>>
  grants(keyArn: string): Promise<Read<Grant[]>>
}

/** The operations of KMS that a verification makes. */
function kmsOperations (define: DefineOperation, clients: AwsClients) {
  const describeKey = define<DescribeKeyCommandInput, DescribeKeyCommandOutput>(
    'kms',
    'DescribeKey',
    (place, input, options) => clients.kms(place).send(new DescribeKeyCommand(input), options)
  )
  const getKeyPolicy = define<GetKeyPolicyCommandInput, GetKeyPolicyCommandOutput>(
    'kms',
    'GetKeyPolicy',
    (place, input, options) => clients.kms(place).send(new GetKeyPolicyCommand(input), options)
  )
  const listGrants = define<ListGrantsCommandInput, ListGrantsCommandOutput>(
    'kms',
    'ListGrants',
    (place, input, options) => clients.kms(place).send(new ListGrantsCommand(input), options)
  )
  return { describeKey, getKeyPolicy, listGrants }
}

export function createKmsReader (
  define: DefineOperation,
  clients: AwsClients
): (place: RequestScope, scope: Scope) => KeyReads {
  const { describeKey, getKeyPolicy, listGrants } = kmsOperations(define, clients)
  const attributes = createKeyAttributeReader(define, clients)

  return (place, scope) => ({
    ...attributes(place, scope),
    describe: memoize(async (arn): Promise<Read<KeyMetadata>> => {
      const outcome = await describeKey(place, arn, { KeyId: arn }, scope)
      if (!outcome.ok) return absent(outcome)
      const metadata = outcome.value.KeyMetadata
      return metadata === undefined ? empty('DescribeKey') : { state: 'read', value: toKeyMetadata(metadata) }
    }),
    policy: memoize(async (keyArn): Promise<Read<unknown>> => {
      const outcome = await getKeyPolicy(place, keyArn, { KeyId: keyArn, PolicyName: 'default' }, scope)
      if (!outcome.ok) return absent(outcome)
      return outcome.value.Policy === undefined ? empty('GetKeyPolicy') : { state: 'read', value: outcome.value.Policy }
    }),
    grants: memoize(async (keyArn): Promise<Read<Grant[]>> => {
      const listed = await readPages(
        'ListGrants',
        (Marker) => listGrants(place, keyArn, { KeyId: keyArn, Limit: GRANTS_PER_PAGE, Marker }, scope),
        ({ Grants, Truncated, NextMarker }) => ({ items: Grants, truncated: Truncated === true, marker: NextMarker })
      )
      return listed.failure === undefined
        ? { state: 'read', value: listed.items.map(toGrantEntry) }
        : absent(listed.failure)
    })
  })
}

function absent (failure: CallFailure): NotRead {
  return failure.missing ? { state: 'notFound', why: failure.why } : failed(failure)
}

function empty (operation: string): NotRead {
  return { state: 'notRead', why: `${operation} failed: the answer is empty`, cause: 'malformedAnswer' }
}

const KEY_POLICY = 'the key policy'

/** Whose credentials read, where this is not the key's own account. */
export type ForeignCaller = () => Promise<string | undefined>

export async function readKey (
  requestedArn: string,
  reads: KeyReads,
  foreignCaller: ForeignCaller
): Promise<ObservedKey> {
  const [metadata, keyPolicy, grants] = await Promise.all([
    reads.describe(requestedArn),
    reads.policy(requestedArn),
    reads.grants(requestedArn)
  ])
  if (metadata.state === 'read' && metadata.value.Arn !== requestedArn)
    return noKey(requestedArn, otherKey(metadata.value.Arn))
  return {
    requestedArn,
    kmsKeyArn: requestedArn,
    metadata,
    keyPolicy: await inOwnAccount(KEY_POLICY, requestedArn, ofKnownKey(metadata, keyPolicy), foreignCaller),
    grants: ofKnownKey(metadata, grants)
  }
}

/** Only DescribeKey takes an alias; the other calls have to wait for the key behind it. */
export async function readAlias (
  aliasArn: string,
  reads: KeyReads,
  foreignCaller: ForeignCaller
): Promise<ObservedKey> {
  const metadata = await reads.describe(aliasArn)
  if (metadata.state !== 'read') return noKey(aliasArn, metadata)
  const kmsKeyArn = metadata.value.Arn
  if (kmsKeyArn === undefined || !isBehind(aliasArn, kmsKeyArn)) return noKey(aliasArn, otherKey(kmsKeyArn))
  const [keyPolicy, grants] = await Promise.all([reads.policy(kmsKeyArn), reads.grants(kmsKeyArn)])
  return {
    requestedArn: aliasArn,
    kmsKeyArn,
    metadata,
    keyPolicy: await inOwnAccount(KEY_POLICY, kmsKeyArn, ofKnownKey(metadata, keyPolicy), foreignCaller),
    grants: ofKnownKey(metadata, grants)
  }
}

/**
 * An alias and its key are in one account and Region:
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-about.html
 */
function isBehind (aliasArn: string, keyArn: string): boolean {
  const alias = locateKey(aliasArn)
  const key = locateKey(keyArn)
  return (
    key?.isAlias === false &&
    key.partition === alias?.partition &&
    key.region === alias.region &&
    key.accountId === alias.accountId
  )
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

/**
 * What works in the key's own account only, as GetKeyPolicy does; whatever KMS answers elsewhere, that is the reason.
 */
export async function inOwnAccount<T> (
  what: string,
  keyArn: string,
  read: Read<T>,
  foreignCaller: ForeignCaller
): Promise<Read<T>> {
  if (read.state !== 'notRead' || (read.cause !== 'accessDenied' && read.cause !== 'other')) return read
  const caller = await foreignCaller()
  return caller === undefined ? read : foreign(what, parseArn(keyArn)?.accountId ?? '', caller)
}

function otherKey (arn: string | undefined): NotRead {
  return {
    state: 'notRead',
    why: `DescribeKey answered for another key, ${arn ?? 'without an ARN'}`,
    cause: 'malformedAnswer'
  }
}

/** A key of which nothing is known. */
export function noKey (requestedArn: string, read: NotRead): ObservedKey {
  return { requestedArn, kmsKeyArn: requestedArn, metadata: read, keyPolicy: read, grants: read }
}
