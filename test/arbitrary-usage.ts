import fc from 'fast-check'
import { OPERATIONS, type Usage } from '../schemas/usage.js'

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

/**
 * Consistent usages of every kind. `oneAccount`: the keys are in the account of the roles.
 * None brings an existing policy.
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
