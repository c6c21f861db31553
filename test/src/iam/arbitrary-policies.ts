import fc from 'fast-check'

/** A small universe in which statements, callers and contexts often meet: every branch of the engine is likely. */
export const ACCOUNT = '111122223333'
export const OTHER_ACCOUNT = '444455556666'
export const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`

export const CALLERS = [
  { kind: 'role', value: `arn:aws:iam::${ACCOUNT}:role/path/R` },
  { kind: 'session', value: `arn:aws:sts::${ACCOUNT}:assumed-role/R/s` },
  { kind: 'user', value: `arn:aws:iam::${ACCOUNT}:user/u` },
  { kind: 'root', value: `arn:aws:iam::${ACCOUNT}:root` },
  { kind: 'role', value: `arn:aws:iam::${OTHER_ACCOUNT}:role/X` },
  { kind: 'service', value: 'personalize.amazonaws.com' },
  { kind: 'federated-user', value: `arn:aws:sts::${ACCOUNT}:federated-user/f` },
  { kind: 'anonymous', value: '' }
] as const
const NAMES = [
  ...CALLERS.map(({ value }) => value).filter((value) => value.startsWith('arn:')),
  '*',
  ACCOUNT,
  OTHER_ACCOUNT,
  `arn:aws:iam::${OTHER_ACCOUNT}:root`,
  'AROA1234567890EXAMPLE'
]
export const ACTIONS = [
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:ListKeys',
  'kms:RetireGrant',
  'kms:ScheduleKeyDeletion',
  'kms:CreateGrant'
]
const ACTION_PATTERNS = [...ACTIONS, '*', 'kms:*', 'kms:De*', 's3:*', 'kms:?ncrypt']
const RESOURCES = [
  '*',
  KEY,
  `arn:aws:kms:*:${ACCOUNT}:key/*`,
  `arn:aws:kms:us-east-1:${ACCOUNT}:key/other`,
  'arn:aws:kms:us-east-1:${aws:PrincipalAccount}:key/*'
]
/** Keys of plain text, of several values, and of an address. */
export const TEXT_KEYS = ['aws:PrincipalTag/a', 'kms:ViaService', 'aws:PrincipalAccount']
const TEXTS = ['a', 'b', 'ab', 'A', ACCOUNT]
const TEXT_VALUES = [...TEXTS, 'a*', '*b', '?', '${kms:ViaService}', "${aws:PrincipalTag/a, 'b'}"]
const TEXT_OPERATORS = [
  'StringEquals',
  'StringNotEquals',
  'StringLike',
  'StringNotLike',
  'StringEqualsIfExists',
  'StringNotLikeIfExists',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'ForAnyValue:StringLike'
]

const oneOrMany = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }))

const textCondition = fc.tuple(
  fc.constantFrom(...TEXT_OPERATORS),
  fc.constantFrom(...TEXT_KEYS),
  oneOrMany(fc.constantFrom(...TEXT_VALUES))
)
const nullCondition = fc.tuple(
  fc.constant('Null'),
  fc.constantFrom(...TEXT_KEYS, 'aws:TagKeys', 'aws:SourceIp'),
  fc.constantFrom('true', 'false')
)
const setCondition = fc.tuple(
  fc.constantFrom(
    'ForAllValues:StringEquals',
    'ForAnyValue:StringLike',
    'ForAnyValue:StringNotEquals',
    'ForAllValues:StringNotEqualsIgnoreCase'
  ),
  fc.constant('aws:TagKeys'),
  oneOrMany(fc.constantFrom('a', 'b', 'a*'))
)
const addressCondition = fc.tuple(
  fc.constantFrom('IpAddress', 'NotIpAddress'),
  fc.constant('aws:SourceIp'),
  oneOrMany(fc.constantFrom('203.0.113.0/24', '203.0.113.128/25', '2001:db8::/32', '0.0.0.0/0'))
)
export const condition = fc
  .array(fc.oneof(textCondition, nullCondition, setCondition, addressCondition), { maxLength: 2 })
  .map((entries) =>
    entries.reduce<Record<string, Record<string, unknown>>>(
      (all, [operator, key, value]) => ({ ...all, [operator]: { ...all[operator], [key]: value } }),
      {}
    )
  )

const effect = fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny')
const rest = {
  Effect: effect,
  Action: oneOrMany(fc.constantFrom(...ACTION_PATTERNS)),
  Resource: oneOrMany(fc.constantFrom(...RESOURCES)),
  Condition: condition
}
const principal = fc.oneof(
  fc.constant('*'),
  fc.record({ AWS: oneOrMany(fc.constantFrom(...NAMES)) }),
  fc.constant({ Service: 'personalize.amazonaws.com' })
)
export const statement = fc.record(rest)
export const keyStatement = fc.record({ ...rest, Principal: principal })
export type Statement = Record<string, unknown>
export interface Document {
  Version: string
  Statement: Statement[]
}
const documentOf = (one: fc.Arbitrary<Statement>): fc.Arbitrary<Document> =>
  fc.record({ Version: fc.constantFrom('2012-10-17', '2008-10-17'), Statement: fc.array(one, { maxLength: 4 }) })
export const keyPolicy = documentOf(keyStatement)
export const identityPolicy = documentOf(statement)

export interface Request {
  principal: { kind: string; value: string }
  action: string
  resource: { arn: string; accountId: string }
  context: Record<string, string | string[]>
  unknown: string[]
  resourcePolicy: Document
  identityPolicies: Document[]
  permissionBoundary: Document[] | null
  serviceControlPolicies: Array<{ level: string; policies: Document[] }>
  grants: Array<Record<string, unknown>>
}

const grant = fc.record({
  GranteePrincipal: fc.constantFrom(...NAMES.filter((name) => name !== '*')),
  Operations: fc.uniqueArray(fc.constantFrom('Decrypt', 'Encrypt', 'RetireGrant')),
  Constraints: fc.constantFrom({}, { EncryptionContextEquals: { p: 'a' } }, { EncryptionContextSubset: { p: 'a' } })
})
const context = fc.record(
  {
    'aws:PrincipalTag/a': fc.constantFrom(...TEXTS),
    'kms:ViaService': fc.constantFrom(...TEXTS),
    'aws:PrincipalAccount': fc.constantFrom(...TEXTS),
    'aws:TagKeys': fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 2 }),
    'aws:SourceIp': fc.constantFrom('203.0.113.1', '203.0.113.200', '2001:db8::1'),
    'kms:EncryptionContext:p': fc.constantFrom('a', 'b')
  },
  { requiredKeys: [] }
)

/** A request about which everything is known. */
export const request: fc.Arbitrary<Request> = fc.record({
  principal: fc.constantFrom(...CALLERS),
  action: fc.constantFrom(...ACTIONS),
  resource: fc.constant({ arn: KEY, accountId: ACCOUNT }),
  context,
  unknown: fc.constant([]),
  resourcePolicy: keyPolicy,
  identityPolicies: fc.array(identityPolicy, { maxLength: 2 }),
  permissionBoundary: fc.option(fc.array(identityPolicy, { minLength: 1, maxLength: 1 })),
  serviceControlPolicies: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Request['serviceControlPolicies']>([]) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.record({ level: fc.constant('root'), policies: fc.array(identityPolicy, { maxLength: 2 }) }),
        { maxLength: 2 }
      )
    }
  ),
  grants: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Request['grants']>([]) },
    { weight: 1, arbitrary: fc.array(grant, { maxLength: 2 }) }
  )
})
