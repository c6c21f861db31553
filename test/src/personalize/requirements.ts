import { readFileSync } from 'node:fs'
import t from 'tap'
import { type Operation, OPERATIONS, type Profile } from '../../../schemas/usage.js'
import { ACCESS_REQUIREMENTS, type RequiredPermission, requirementsFor } from '../../../src/personalize/requirements.js'

const letters: Record<string, string> = {
  D: 'kms:Decrypt',
  G: 'kms:GenerateDataKey',
  W: 'kms:GenerateDataKeyWithoutPlaintext',
  K: 'kms:DescribeKey',
  C: 'kms:CreateGrant',
  L: 'kms:ListGrants'
}
const spelled = (text: string): string[] => [...text].map((letter) => letters[letter] ?? letter).sort()

/** The actions that the demands require in one policy for one principal. */
function requiredActions (
  demands: readonly RequiredPermission[],
  principal: 'service' | 'role',
  policy: 'keyPolicy' | 'iamPolicy'
): string[] {
  return demands
    .filter((demand) => demand.principal === principal && demand.requiredIn.includes(policy))
    .map((demand) => demand.action)
    .sort()
}

interface Statement {
  Principal?: { AWS: string; Service: string }
  Action: string[]
}
/** The two examples of the page. */
const page = JSON.parse(readFileSync('test/fixtures/granting-personalize-key-access.json', 'utf8'))
const examples: Array<{ Statement: Statement[] }> = [page.keyPolicy, page.iamPolicy]

t.test('the documented profile is the page, permission for permission', (t) => {
  const [keyStatement, iamStatement] = examples.map((example) => example.Statement[0])
  if (keyStatement?.Principal === undefined || iamStatement === undefined) throw new Error('the fixture has changed')
  t.equal(keyStatement.Principal.Service, 'personalize.amazonaws.com')
  t.equal(examples.length, 2)
  const documented = OPERATIONS.filter((operation) => operation !== 'dataDeletionJob')
  for (const operation of documented) {
    const demands = requirementsFor({ operations: [operation], profile: 'documented' }, { crossAccount: false })
    t.same(requiredActions(demands, 'service', 'keyPolicy'), [...keyStatement.Action].sort(), `${operation}: service`)
    t.same(requiredActions(demands, 'role', 'keyPolicy'), [...keyStatement.Action].sort(), `${operation}: role, key policy`)
    t.same(
      requiredActions(demands, 'role', 'iamPolicy'),
      operation === 'datasetImportJob' ? [] : [...iamStatement.Action].sort(),
      `${operation}: role, IAM policy`
    )
  }
  const exported = requirementsFor(
    { operations: ['datasetExportJob', 'datasetGroup'], profile: 'documented' },
    { crossAccount: false }
  )
  const withW = [...keyStatement.Action, 'kms:GenerateDataKeyWithoutPlaintext'].sort()
  t.same(requiredActions(exported, 'service', 'keyPolicy'), withW, 'a dataset group with a key that is exported: service')
  t.same(requiredActions(exported, 'role', 'keyPolicy'), withW, 'role')
  t.same(requiredActions(exported, 'role', 'iamPolicy'), [...iamStatement.Action].sort(), 'the IAM policy stays the same')
  t.end()
})

// Operation, key of it -> documented key policy and IAM policy, derived key policy and IAM policy; in the key policy
// service and role alike.
const TABLE: Array<[Operation, Operation | undefined, string, string, string, string, string]> = [
  ['datasetGroup', undefined, 'dataset group', 'DGKCL', 'DGKL', 'DGKCL', 'DGKL'],
  ['datasetImportJob', undefined, 'source objects', 'DGKCL', '', 'DK', ''],
  ['datasetExportJob', undefined, 'output', 'DGKCL', 'DGKL', 'DGK', 'DGK'],
  ['datasetExportJob', 'datasetGroup', 'dataset group', 'DGWKCL', 'DGKL', 'DWKCL', 'DKL'],
  ['batchInferenceJob', undefined, 'input', 'DGKCL', 'DGKL', 'DK', 'DK'],
  ['batchInferenceJob', undefined, 'output', 'DGKCL', 'DGKL', 'DGK', 'DGK'],
  ['batchSegmentJob', undefined, 'input', 'DGKCL', 'DGKL', 'DK', 'DK'],
  ['batchSegmentJob', undefined, 'output', 'DGKCL', 'DGKL', 'DGK', 'DGK'],
  ['metricAttribution', undefined, 'output', 'DGKCL', 'DGKL', 'DGK', 'DGK']
]

t.test('the catalogue: operation, key, principal, policy', (t) => {
  const expected = TABLE.flatMap(([operation, together, key, documentedKey, documentedIam, derivedKey, derivedIam]) =>
    [
      ['documented', 'service', 'keyPolicy', documentedKey],
      ['documented', 'role', 'keyPolicy', documentedKey],
      ['documented', 'role', 'iamPolicy', documentedIam],
      ['derived', 'service', 'keyPolicy', derivedKey],
      ['derived', 'role', 'keyPolicy', derivedKey],
      ['derived', 'role', 'iamPolicy', derivedIam]
    ]
      .filter(([, , , actions]) => actions !== '')
      .map(([profile, principal, policy, actions]) =>
        [operation, together, key, profile, principal, policy, spelled(actions ?? '').join()].join(' | ')
      )
  )
  const ofKms = ACCESS_REQUIREMENTS.filter(({ service }) => service === 'kms')
  const held = ofKms.map(({ operation, together, key, profile, principal, policy, actions }) =>
    [operation, together, key, profile, principal, policy, [...actions].sort().join()].join(' | ')
  )
  t.same([...held].sort(), [...expected].sort())
  t.ok(
    ACCESS_REQUIREMENTS.every(
      (row) => /^https:\/\/docs\.aws\.amazon\.com\//.test(row.source) && row.reason.endsWith('.')
    ),
    'each row has its page and its reason'
  )
  t.ok(
    ACCESS_REQUIREMENTS.every((row) => row.profile === 'documented' || row.confidence !== 'high'),
    'what is inferred is not called certain'
  )
  t.notOk(
    ofKms.some((row) => row.operation === 'dataDeletionJob'),
    'a data deletion job cannot use a key'
  )
  t.end()
})

t.test('one demand for each principal and action', (t) => {
  for (const profile of ['documented', 'derived'] satisfies Profile[]) {
    const demands = requirementsFor(
      { operations: ['batchInferenceJob', 'datasetGroup', 'datasetExportJob'], profile },
      { crossAccount: false }
    )
    const names = demands.map((demand) => `${demand.principal} ${demand.action}`)
    t.equal(new Set(names).size, names.length, 'none twice')
    t.ok(
      names.lastIndexOf('service kms:GenerateDataKeyWithoutPlaintext') < names.indexOf('role kms:Decrypt'),
      'the service first'
    )
    t.same(
      names.filter((name) => name.startsWith('role')).map((name) => name.slice(5)),
      ['D', 'G', 'K', 'C', 'L', 'W'].map((letter) => letters[letter]),
      "the page's order"
    )
    t.same(
      demands.find((demand) => demand.action === 'kms:Decrypt')?.operations,
      ['datasetGroup', 'datasetExportJob', 'batchInferenceJob'],
      "operations in the catalogue's order"
    )
    t.same(
      demands.find((demand) => demand.action.endsWith('Plaintext'))?.operations,
      ['datasetGroup', 'datasetExportJob'],
      'both operations bring it about'
    )
  }
  t.same(requirementsFor({ operations: ['dataDeletionJob'], profile: 'documented' }, { crossAccount: false }), [])
  t.end()
})

t.test('across accounts the role needs every action in its IAM policy, too', (t) => {
  // https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
  for (const profile of ['documented', 'derived'] satisfies Profile[]) {
    for (const operation of OPERATIONS) {
      const demands = requirementsFor({ operations: [operation], profile }, { crossAccount: true })
      t.same(requiredActions(demands, 'role', 'iamPolicy'), requiredActions(demands, 'role', 'keyPolicy'), `${profile} ${operation}`)
      t.same(requiredActions(demands, 'service', 'iamPolicy'), [], 'a service has no IAM policy')
    }
  }
  const [first] = requirementsFor({ operations: ['datasetImportJob'], profile: 'documented' }, { crossAccount: true }).filter(
    (demand) => demand.principal === 'role'
  )
  t.match(
    first?.rows.at(-1),
    { policy: 'iamPolicy', confidence: 'high', source: /key-policy-modifying-external-accounts/ },
    'with its own page'
  )
  t.end()
})

// https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-s3-access.html
const S3_TABLE: Array<[Operation, 'read' | 'write', string]> = [
  ['datasetImportJob', 'read', 'GetObject,ListBucket'],
  ['dataDeletionJob', 'read', 'GetObject,ListBucket'],
  ['datasetExportJob', 'write', 'ListBucket,PutObject'],
  ['batchInferenceJob', 'read', 'GetObject,ListBucket'],
  ['batchInferenceJob', 'write', 'ListBucket,PutObject'],
  ['batchSegmentJob', 'read', 'GetObject,ListBucket'],
  ['batchSegmentJob', 'write', 'ListBucket,PutObject'],
  ['metricAttribution', 'write', 'PutObject']
]

t.test('the catalogue of S3: the service by the bucket policy, the role by its IAM policy', (t) => {
  const expected = S3_TABLE.flatMap(([operation, direction, actions]) =>
    ['documented', 'derived'].flatMap((profile) =>
      ['service | bucketPolicy', 'role | iamPolicy'].map((place) =>
        [operation, direction, profile, place, actions].join(' | ')
      )
    )
  )
  const held = ACCESS_REQUIREMENTS.filter(({ service }) => service === 's3').map(
    ({ operation, direction, profile, principal, policy, actions }) =>
      [
        operation,
        direction,
        profile,
        principal,
        policy,
        actions
          .map((action) => action.replace('s3:', ''))
          .sort()
          .join()
      ].join(' | ')
  )
  t.same([...held].sort(), [...expected].sort())
  const batch = requirementsFor(
    { operations: ['batchSegmentJob'], profile: 'documented' },
    { service: 's3', crossAccount: false }
  )
  t.same(
    batch.filter(({ principal }) => principal === 'service').map(({ action }) => action),
    ['s3:GetObject', 's3:PutObject', 's3:ListBucket'],
    'a location for input and output needs the three actions of the page'
  )
  const abroad = requirementsFor({ operations: ['datasetImportJob'], profile: 'documented' }, { service: 's3', crossAccount: true })
  t.same(
    abroad.map(({ principal, action, requiredIn }) => [principal, action, ...requiredIn].join(' ')),
    [
      'service s3:GetObject bucketPolicy',
      'service s3:ListBucket bucketPolicy',
      'role s3:GetObject bucketPolicy iamPolicy',
      'role s3:ListBucket bucketPolicy iamPolicy'
    ],
    'across accounts the bucket policy has to name the role, too'
  )
  t.same(
    ACCESS_REQUIREMENTS.filter(({ service }) => service === 'cloudwatch').map(
      ({ operation, principal, policy, actions, profile }) => [operation, principal, policy, ...actions, profile].join(' ')
    ),
    ['documented', 'derived'].map(
      (profile) => `metricAttribution role iamPolicy cloudwatch:PutMetricData ${profile}`
    ),
    'metrics go to CloudWatch as the role'
  )
  t.end()
})
