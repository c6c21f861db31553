import fc from 'fast-check'
import { type Location, OPERATIONS, type Operation, type Usage } from '../schemas/usage.js'

const ACCOUNTS = ['111122223333', '444455556666']
const PLACES = [
  { partition: 'aws', regions: ['us-east-1', 'eu-west-1', 'ap-northeast-1'] },
  { partition: 'aws-cn', regions: ['cn-north-1'] }
]
const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
const keyId = fc.oneof(
  fc.tuple(hex(8), hex(4), hex(4), hex(4), hex(12)).map((parts) => parts.join('-')),
  hex(32).map((id) => `mrk-${id}`)
)

const path = fc.constantFrom('', 'service-role/', 'team/a+b=c,d.e@f-g_h/')
const roleName = fc.string({ unit: fc.constantFrom(...'abcXYZ019+=,.@-_'), minLength: 1, maxLength: 12 })

function roleArns (partition: string, accountId: string): fc.Arbitrary<string[]> {
  return fc
    .uniqueArray(fc.tuple(path, roleName), { minLength: 1, maxLength: 4, selector: ([, name]) => name.toLowerCase() })
    .map((roles) => roles.map(([prefix, name]) => `arn:${partition}:iam::${accountId}:role/${prefix}${name}`))
}

function kmsKeyArns (
  partition: string,
  regions: readonly string[],
  accounts: readonly string[]
): fc.Arbitrary<string[]> {
  const key = fc
    .tuple(fc.constantFrom(...regions), fc.constantFrom(...accounts), keyId)
    .map(([region, account, id]) => `arn:${partition}:kms:${region}:${account}:key/${id}`)
  return fc.uniqueArray(key, { minLength: 1, maxLength: 4 })
}

const DIRECTIONS: Readonly<Partial<Record<Operation, ReadonlyArray<'read' | 'write'>>>> = {
  datasetImportJob: ['read'],
  datasetExportJob: ['write'],
  batchInferenceJob: ['read', 'write'],
  batchSegmentJob: ['read', 'write'],
  metricAttribution: ['write']
}
const BUCKETS = ['amzn-s3-demo-bucket', 'amzn-s3-demo-bucket1', 'amzn.s3.demo']
/** Everything that a key of an object may hold, but for what has a meaning of its own in a policy. */
const prefix = fc.oneof(
  fc.constantFrom('', 'data', 'data/', 'data/items.csv', 'data/v1.2', '/data//', 'team one/', 'a$b}{c$', "it's+=&;:@,\"", '日本/データ'),
  fc.string({ unit: fc.constantFrom(...'ab/. $-_'), maxLength: 8 })
)

/** Of the account that owns each bucket: a bucket has one. */
function locationsFor (operations: readonly Operation[], accounts: readonly string[]): fc.Arbitrary<Location[]> {
  const withLocation = operations.filter((operation) => operation in DIRECTIONS)
  const place = fc
    .tuple(fc.constantFrom(...BUCKETS.entries()), prefix, fc.subarray(withLocation, { minLength: 1 }), fc.constantFrom('read', 'write', undefined))
    .map(([[index, bucket], path, some, direction]): Location => {
      const uri = `s3://${bucket}/${path}`
      const accountId = accounts[index % accounts.length]
      const fits = direction !== undefined && some.every((operation) => DIRECTIONS[operation]?.includes(direction))
      return { uri, operations: some, ...(fits ? { direction } : {}), ...(accountId === undefined ? {} : { accountId }) }
    })
  return fc.uniqueArray(place, { minLength: 1, maxLength: 4, selector: (location) => JSON.stringify(location) })
}

/** The same usages with locations, in buckets of these accounts, where an operation has any. */
export function withLocations (usages: fc.Arbitrary<Usage>): fc.Arbitrary<Usage> {
  return usages
    .filter(({ operations }) => operations.some((operation) => operation in DIRECTIONS))
    .chain((usage) => {
      const own = usage.roleArns[0]?.split(':')[4] ?? ''
      const accounts = fc.constantFrom([own], [own, ...ACCOUNTS])
      return accounts.chain((each) => locationsFor(usage.operations, each)).map((locations) => ({ ...usage, locations }))
    })
}

/**
 * Consistent usages of every kind. `oneAccount`: the keys are in the account of the roles.
 * None brings an existing policy, nor a location.
 */
export function arbitraryUsage ({
  oneAccount = false,
  keys = 'maybe'
}: { oneAccount?: boolean; keys?: 'maybe' | 'always' } = {}): fc.Arbitrary<Usage> {
  return fc
    .tuple(fc.constantFrom(...PLACES), fc.constantFrom(...ACCOUNTS))
    .chain(([{ partition, regions }, accountId]) =>
      fc.record(
        {
          operations: fc.uniqueArray(
            fc.constantFrom(...OPERATIONS.filter((operation) => operation !== 'dataDeletionJob')),
            { minLength: 1 }
          ),
          roleArns: roleArns(partition, accountId),
          kmsKeyArns: kmsKeyArns(partition, regions, oneAccount ? [accountId] : ACCOUNTS),
          region: fc.constantFrom(...regions),
          profile: fc.constantFrom('documented' as const, 'derived' as const),
          sourceConditions: fc.constantFrom('none' as const, 'ifExists' as const, 'strict' as const),
          delegateToIam: fc.boolean()
        },
        { requiredKeys: keys === 'always' ? ['operations', 'roleArns', 'kmsKeyArns'] : ['operations', 'roleArns'] }
      )
    )
}
