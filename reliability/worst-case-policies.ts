/** Documents of 64 KiB that are expensive to evaluate; each can be a key policy or an identity-based policy. */
export const MAX_POLICY_BYTES = 65_536

const allow = (members: Record<string, unknown>): Record<string, unknown> => ({
  Effect: 'Allow',
  Principal: '*',
  Action: 'kms:*',
  Resource: '*',
  ...members
})

/** As many values as fit, made by `value`. */
function filled (build: (values: string[]) => unknown, value: (index: number) => string): string {
  let count = 1
  const text = (size: number): string => JSON.stringify(build(Array.from({ length: size }, (_, index) => value(index))))
  while (text(count * 2).length < MAX_POLICY_BYTES) count *= 2
  const step = Math.max(1, count >> 5)
  while (text(count + step).length < MAX_POLICY_BYTES) count += step
  return text(count)
}

const policy = (...statements: unknown[]): unknown => ({ Version: '2012-10-17', Statement: statements })
const inCondition =
  (operator: string, key: string) =>
    (values: string[]): unknown =>
      policy(allow({ Condition: { [operator]: { [key]: values } } }))
const perStatement =
  (statement: (value: string) => unknown) =>
    (values: string[]): unknown =>
      policy(...values.map(statement))

export const WORST_CASE_POLICIES: Readonly<Record<string, string>> = {
  'one action of stars': filled(
    ([...values]) => policy(allow({ Action: `kms:${values.join('')}` })),
    () => '*a'
  ),
  'many actions of stars': filled(
    (values) => policy(allow({ Action: values })),
    (i) => `kms:*${i % 7}*e*r*y*t*`
  ),
  'many resources of stars': filled(
    (values) => policy(allow({ Resource: values })),
    (i) => `arn:aws:kms:*-*-?:*1*:key/*${i}*a*`
  ),
  'one resource of stars': filled(
    (values) => policy(allow({ Resource: `arn:aws:kms:${values.join('')}:*:*` })),
    () => '*a'
  ),
  'many statements': filled(
    perStatement(() => allow({})),
    String
  ),
  'many empty statements': filled(
    perStatement(() => ({})),
    String
  ),
  'many denies on an unknown key': filled(
    perStatement((value) => ({
      ...allow({}),
      Effect: 'Deny',
      Condition: { StringEquals: { 'kms:ViaService': value } }
    })),
    String
  ),
  'many values of an unknown key': filled(inCondition('StringEquals', 'kms:ViaService'), String),
  'many patterns of an unknown key': filled(inCondition('StringLike', 'kms:ViaService'), (i) => `*a?${i}*b*`),
  'many blocks of addresses of an unknown key': filled(
    inCondition('IpAddress', 'aws:SourceIp'),
    (i) => `10.${(i >> 8) & 255}.${i & 255}.0/24`
  ),
  'many numbers of an unknown key': filled(inCondition('NumericLessThan', 'aws:MultiFactorAuthAge'), String),
  'many lists of an unknown key': filled(inCondition('ForAllValues:StringLike', 'aws:TagKeys'), (i) => `*${i}*`),
  'many unknown keys': filled(
    (values) =>
      policy(
        allow({
          Condition: { StringNotEquals: Object.fromEntries(values.map((value) => [`aws:PrincipalTag/${value}`, 'x'])) }
        })
      ),
    String
  ),
  'many variables of unknown keys': filled(
    inCondition('StringEquals', 'kms:ViaService'),
    (i) => `\${aws:PrincipalTag/${i}}`
  ),
  'one long pattern of an unknown key': filled(
    ([...values]) => policy(allow({ Condition: { StringLike: { 'kms:ViaService': values.join('') } } })),
    () => '*ab?'
  ),
  'many principals': filled(
    (values) => policy(allow({ Principal: { AWS: values } })),
    (i) => `arn:aws:iam::111122223333:role/R${i}`
  ),
  'many blocks of IPv6 addresses': filled(
    inCondition('NotIpAddress', 'aws:SourceIp'),
    (i) => `2001:db8:${(i >> 8).toString(16)}:${(i & 255).toString(16)}::/64`
  ),
  'many ARNs of an unknown key': filled(inCondition('ArnLike', 'aws:SourceArn'), (i) => `arn:aws:*:*:${i}*:*`),
  'some patterns with many ways to match, and a long one': JSON.stringify(
    policy(
      allow({
        Condition: {
          ArnLike: {
            'aws:SourceArn': [
              ...Array.from({ length: 8 }, (_, i) => `arn:aws:*s${i}*:*e?:*${i}*:*a*${i}`),
              `arn:aws:s3:::${'b'.repeat(5_000)}`
            ]
          }
        }
      })
    )
  ),
  'unknown keys that variables compare, and patterns of each': filled(
    (values) =>
      policy(
        allow({
          Condition: {
            StringEqualsIgnoreCase: {
              'aws:PrincipalTag/0': ['${aws:PrincipalTag/1}'],
              'aws:PrincipalTag/1': ['${aws:PrincipalTag/2}']
            }
          }
        }),
        ...values.map((value) => allow({ Effect: 'Deny', Condition: { StringLike: { 'aws:PrincipalTag/1': value } } }))
      ),
    (i) => `*a?${i}*B`
  ),
  'many absences of unknown keys': filled(
    (values) =>
      policy(
        allow({ Condition: { Null: Object.fromEntries(values.map((value) => [`aws:PrincipalTag/${value}`, 'true'])) } })
      ),
    String
  ),
  'as many worlds as are tried, beside many statements': filled(
    (values) =>
      policy(
        allow({
          Condition: {
            Null: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`aws:PrincipalTag/${i}`, 'true']))
          }
        }),
        ...values.map((value) =>
          allow({
            Effect: 'Deny',
            Condition: { Null: { 'aws:PrincipalTag/1': 'true' }, StringEquals: { 'aws:PrincipalAccount': value } }
          })
        )
      ),
    String
  ),
  'few worlds and many statements': filled(
    perStatement((value) =>
      allow({
        Condition: {
          'ForAnyValue:StringLike': { 'aws:TagKeys': ['a*', '*b'] },
          Bool: { 'aws:SecureTransport': String(Number(value) % 2 === 0) }
        }
      })
    ),
    String
  ),
  'many numbers, as many worlds as are tried': JSON.stringify(
    policy(
      allow({
        Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': Array.from({ length: 310 }, (_, i) => String(i)) } }
      })
    )
  ),
  'many principals that are spared': filled(
    (values) =>
      policy(allow({}), {
        Effect: 'Deny',
        NotPrincipal: { AWS: values },
        Action: '*',
        Resource: '*',
        Condition: { StringEquals: { 'kms:ViaService': 'x' } }
      }),
    (i) => `arn:aws:iam::111122223333:role/R${i}`
  ),
  'resources with variables': filled(
    (values) => policy(allow({ Resource: values })),
    (i) => `arn:aws:kms:us-east-1:111122223333:key/\${aws:PrincipalTag/${i}}`
  ),
  'deep nesting': `{"Version":"2012-10-17","Statement":${'['.repeat(32_000)}${']'.repeat(32_000)}}`,
  'deep nesting of a value': `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":${'['.repeat(32_000)}${']'.repeat(32_000)}}}}]}`,
  'names of the prototype': filled(
    perStatement((value) =>
      Object.fromEntries(
        ['__proto__', 'constructor', 'hasOwnProperty', 'Condition'].map((name) => [
          name,
          Object.fromEntries([['__proto__', { value }]])
        ])
      )
    ),
    String
  )
}
