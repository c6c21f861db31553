import { WORST_CASE_POLICIES } from './worst-case-policies.js'
import { keyPolicyRequests } from '../routes/examples/usages.js'
import { documentRequests } from '../routes/examples/verification.js'

/** Bodies of up to 1 MiB that are expensive to process, and the routes that accept them. */
export interface ExpensiveBody {
  path: string
  what: string
  body: string
}

const LIMIT = 1_048_576
const ACCOUNT = '111122223333'
const key = (index: number): string =>
  `arn:aws:kms:us-east-1:${ACCOUNT}:key/${String(index).padStart(8, '0')}-12ab-34cd-56ef-1234567890ab`
const role = (index: number): string => `arn:aws:iam::${ACCOUNT}:role/service-role/R${index}`
const usage = (roles: number, keys: number): object => ({
  operations: [
    'datasetGroup',
    'datasetExportJob',
    'batchInferenceJob',
    'batchSegmentJob',
    'metricAttribution',
    'datasetImportJob'
  ],
  roleArns: Array.from({ length: roles }, (_, index) => role(index)),
  kmsKeyArns: Array.from({ length: keys }, (_, index) => key(index))
})

/** As many copies as fit into the limit, each by its number, between a beginning and an end. */
function filled (before: string, item: (index: number) => string, after: string, limit = LIMIT): string {
  const items: string[] = []
  for (let size = Buffer.byteLength(before + after), index = 0; ; index++) {
    const text = item(index)
    size += Buffer.byteLength(text) + 1
    if (size > limit) return `${before}${items.join()}${after}`
    items.push(text)
  }
}

const text = (value: unknown): string => JSON.stringify(value)
/** The documentation's own example without its last brace, so that more can follow. */
const open = (value: object): string => text(value).slice(0, -1)
const SIMPLE = keyPolicyRequests.datasetGroup.value

/** What the parser, the look for duplicates, the schema and its faults have to get through, on any route. */
function shapes (path: string, valid: object): ExpensiveBody[] {
  const inUsage = (member: string): [string, string] =>
    path === '/policies'
      ? [`{"usages":[{${member}`, '}]}']
      : path.startsWith('/verify')
        ? [`{"usage":{${member}`, '}}']
        : [`{${member}`, '}']
  const list = (what: string, member: string, item: (index: number) => string): ExpensiveBody => {
    const [before, after] = inUsage(`"${member}":[`)
    return { path, what, body: filled(before, item, `]${after}`) }
  }
  return [
    list('operations of the wrong type', 'operations', String),
    list('operations that repeat', 'operations', () => '"datasetGroup"'),
    list('operations that are objects', 'operations', (index) => `{"a":${index}}`),
    list('role ARNs of the wrong form', 'roleArns', (index) => `"${index}"`),
    list(
      'role ARNs that nearly fit',
      'roleArns',
      (index) => `"arn:aws:iam::${ACCOUNT}:role/${'a/'.repeat(900)}${index}!!"`
    ),
    list('one role ARN of slashes', 'roleArns', (index) =>
      index === 0 ? `"arn:aws:iam::${ACCOUNT}:role/${'/'.repeat(1_000_000)}!"` : `"${'a'.repeat(100)}"`
    ),
    list('one role ARN of hyphens', 'roleArns', () => `"arn:aws${'-'.repeat(1_000_000)}"`),
    list('key ARNs that are nearly ids', 'kmsKeyArns', (index) => `"${'a'.repeat(2_000)}${index}!"`),
    { path, what: 'unknown members', body: filled(`${open(valid)},`, (index) => `"a${index}":1`, '}') },
    {
      path,
      what: 'unknown members with slashes and tildes in their names',
      body: filled(`${open(valid)},`, (index) => `"${'~/'.repeat(40)}${index}":1`, '}')
    },
    {
      path,
      what: 'a member that comes twice, at the end of many',
      body: filled('{"a":1,', (index) => `"b${index}":1`, ',"a":1}')
    },
    { path, what: 'names written in escapes', body: filled('{', (index) => `"\\u0061${index}":1`, '}') },
    { path, what: 'numbers with many digits', body: filled('{"a":[', (index) => `1.${index}5`, ']}') },
    { path, what: 'one number of a million digits', body: `{"a":${'9'.repeat(1_000_000)}}` },
    { path, what: 'text of quotation marks', body: `{"a":"${'\\"'.repeat(500_000)}"}` },
    { path, what: 'nested arrays', body: `{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}` },
    { path, what: 'nested objects', body: `${'{"a":'.repeat(170_000)}1${'}'.repeat(170_000)}` },
    { path, what: 'empty objects in an unknown member', body: filled(`${open(valid)},"a":[`, () => '{}', ']}') }
  ]
}

const HOSTILE = Object.entries(WORST_CASE_POLICIES)

/** Existing policies to merge into, on as many pairs as a request may have. */
function merges (): ExpensiveBody[] {
  const one = (path: string, member: string, roles: number, keys: number) =>
    HOSTILE.map(([what, policy]): ExpensiveBody => ({
      path,
      what: `merge into: ${what} (${roles} roles × ${keys} keys)`,
      body: `${open(usage(roles, keys))},"${member}":${policy}}`
    }))
  const several = HOSTILE.map(([what, policy]): ExpensiveBody => ({
    path: '/policies',
    what: `merge into: ${what}, 15 usages`,
    body: `{"usages":[${Array.from({ length: 15 }, (_, index) => `${open({ ...usage(3, 0), kmsKeyArns: [key(index)] })},"existingKeyPolicy":${policy}}`).join()}]}`
  }))
  return [
    ...one('/policies/key', 'existingKeyPolicy', 50, 4),
    ...one('/policies/iam', 'existingRolePolicy', 4, 50),
    ...several
  ]
}

function largeUsages (): ExpensiveBody[] {
  const usages = (count: number, roles: number, keys: number): string =>
    text({
      usages: Array.from({ length: count }, (_, index) => ({
        ...usage(roles, keys),
        region: ['us-east-1', 'eu-west-1'][index % 2],
        sourceConditions: ['none', 'ifExists', 'strict'][index % 3],
        profile: ['documented', 'derived'][index % 2],
        delegateToIam: index % 5 > 0
      }))
    })
  return [
    { path: '/policies', what: '50 usages of 50 roles × 4 keys', body: usages(50, 50, 4) },
    { path: '/policies', what: '50 usages of 4 roles × 50 keys', body: usages(50, 4, 50) },
    { path: '/policies/key', what: '50 roles × 4 keys', body: text(usage(50, 4)) },
    { path: '/policies/key', what: '50 roles × 50 keys, too many pairs', body: text(usage(50, 50)) },
    { path: '/policies/iam', what: '4 roles × 50 keys', body: text(usage(4, 50)) }
  ]
}

/** Documents to be evaluated: as many pairs, policies and grants as fit. */
function documents (): ExpensiveBody[] {
  const path = '/verify/documents'
  const { works } = documentRequests
  const pairs = (roles: number, keys: number, policyOf: (index: number) => string): string =>
    `{"usage":${text(usage(roles, keys))},"keys":[${Array.from({ length: keys }, (_, index) => `{"kmsKeyArn":"${key(index)}","keyPolicy":${policyOf(index)}}`).join()}],"roles":${text(Array.from({ length: roles }, (_, index) => ({ roleArn: role(index), identityPolicies: [] })))}}`
  const sound = text(works.value.keys[0]?.keyPolicy)
  const grants = filled(
    `{"usage":${text(works.value.usage)},"roles":${text(works.value.roles)},"keys":[{"kmsKeyArn":${text(works.value.usage.kmsKeyArns?.[0])},"keyPolicy":${sound},"grants":[`,
    (index) => `{"GrantId":"${index}","GranteePrincipal":"${role(index)}","Operations":["Decrypt"]}`,
    ']}]}'
  )
  return [
    ...HOSTILE.map(([what, policy]): ExpensiveBody => ({
      path,
      what: `15 keys × 13 roles: ${what}`,
      body: pairs(13, 15, () => policy)
    })),
    { path, what: '50 keys × 4 roles, sound', body: pairs(4, 50, () => sound) },
    {
      path,
      what: '50 keys × 4 roles, nothing granted',
      body: pairs(4, 50, () => '{"Version":"2012-10-17","Statement":[]}')
    },
    { path, what: 'grants', body: grants },
    {
      path,
      what: 'grants that repeat',
      body: filled(
        `{"usage":${text(works.value.usage)},"roles":${text(works.value.roles)},"keys":[{"kmsKeyArn":${text(works.value.usage.kmsKeyArns?.[0])},"keyPolicy":${sound},"grants":[`,
        () => '{"a":1}',
        ']}]}'
      )
    },
    {
      path,
      what: 'context of many keys',
      body: filled(`${open(works.value)},"context":{`, (index) => `"aws:k${index}":["a"]`, '}}')
    },
    {
      path,
      what: 'context of the wrong type',
      body: filled(`${open(works.value)},"context":{`, (index) => `"aws:k${index}":[1]`, '}}')
    }
  ]
}

export function expensiveBodies (): ExpensiveBody[] {
  return [
    ...['/policies/key', '/policies/iam', '/policies/trust'].flatMap((path) => shapes(path, SIMPLE)),
    ...shapes('/policies', { usages: [SIMPLE] }),
    ...shapes('/verify/documents', documentRequests.works.value),
    ...shapes('/verify', { usage: SIMPLE }),
    ...largeUsages(),
    ...merges(),
    ...documents()
  ]
}
