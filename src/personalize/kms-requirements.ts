import type { ActionsByPolicy, ServiceRequirements } from './requirement-table.js'

const D = 'kms:Decrypt'
const G = 'kms:GenerateDataKey'
const W = 'kms:GenerateDataKeyWithoutPlaintext'
const K = 'kms:DescribeKey'
const C = 'kms:CreateGrant'
const L = 'kms:ListGrants'

/** Every action that AWS's page names, in its order; the one it adds for a special case comes last. */
const DEMANDED_ACTIONS: readonly string[] = [D, G, K, C, L, W]

const KEY_ACCESS_PAGE = 'https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-key-access.html'
const S3_ENCRYPTION_PAGE = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html'
const EXTERNAL_ACCOUNTS_PAGE =
  'https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html'

/** AWS publishes one flat list for every operation; a minimum of each operation it does not publish. */
const PAGE = { keyPolicy: [D, G, K, C, L], iamPolicy: [D, G, K, L] } satisfies ActionsByPolicy
const PAGE_FOR_IMPORTS: ActionsByPolicy = { keyPolicy: PAGE.keyPolicy }

const READS_OBJECTS = {
  actions: { keyPolicy: [D, K], iamPolicy: [D, K] },
  why: 'S3 decrypts the objects that are read.',
  source: S3_ENCRYPTION_PAGE
}
const IMPORTS_OBJECTS = { ...READS_OBJECTS, actions: { keyPolicy: [D, K] } }
const WRITES_OBJECTS = {
  actions: { keyPolicy: [D, G, K], iamPolicy: [D, G, K] },
  why: 'S3 encrypts the objects that are written; a multipart upload needs kms:Decrypt as well.',
  source: S3_ENCRYPTION_PAGE
}
const KEEPS_DATASETS = {
  actions: PAGE,
  why: 'The key encrypts the datasets for as long as the dataset group exists, under a grant.',
  source: KEY_ACCESS_PAGE
}
const EXPORTS_DATASETS = {
  actions: { keyPolicy: [D, W, K, C, L], iamPolicy: [D, K, L] },
  why: 'The exported data are encrypted with the key of the dataset group.',
  source: KEY_ACCESS_PAGE
}

const documentedSource = KEY_ACCESS_PAGE
const READ = { direction: 'read', documented: PAGE, documentedSource, derived: READS_OBJECTS } as const
const WRITE = {
  key: 'output',
  direction: 'write',
  documented: PAGE,
  documentedSource,
  derived: WRITES_OBJECTS
} as const

/** What Amazon Personalize needs of a KMS key. */
export const KMS_REQUIREMENTS: ServiceRequirements = {
  service: 'kms',
  actions: DEMANDED_ACTIONS,
  places: [
    {
      principal: 'service',
      policy: 'keyPolicy',
      reason:
        'Amazon Personalize calls KMS as its service principal, which no IAM policy reaches: the key policy has to ' +
        'name it.'
    },
    { principal: 'role', policy: 'keyPolicy', reason: 'The key policy has to grant the key to the service role.' },
    { principal: 'role', policy: 'iamPolicy', reason: 'The IAM policy of the service role has to grant the key, too.' }
  ],
  needs: [
    { operation: 'datasetGroup', key: 'dataset group', documented: PAGE, documentedSource, derived: KEEPS_DATASETS },
    {
      ...READ,
      operation: 'datasetImportJob',
      key: 'source objects',
      documented: PAGE_FOR_IMPORTS,
      derived: IMPORTS_OBJECTS
    },
    { ...WRITE, operation: 'datasetExportJob' },
    {
      operation: 'datasetExportJob',
      together: 'datasetGroup',
      key: 'dataset group',
      documented: { ...PAGE, keyPolicy: DEMANDED_ACTIONS },
      documentedReason: {
        keyPolicy: `Exporting from a dataset group that has a key adds ${W} to the key policy.`
      },
      documentedSource,
      derived: EXPORTS_DATASETS
    },
    { ...READ, operation: 'batchInferenceJob', key: 'input' },
    { ...WRITE, operation: 'batchInferenceJob' },
    { ...READ, operation: 'batchSegmentJob', key: 'input' },
    { ...WRITE, operation: 'batchSegmentJob' },
    { ...WRITE, operation: 'metricAttribution' }
  ],
  acrossAccounts: {
    from: 'keyPolicy',
    to: 'iamPolicy',
    reason:
      'The key is in another account than the role: every permission is needed in the IAM policy as well as in the ' +
      'key policy.',
    source: EXTERNAL_ACCOUNTS_PAGE
  }
}
