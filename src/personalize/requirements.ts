import type { Requirement } from '../../schemas/generation.js'
import { type Operation, OPERATIONS, type Profile } from '../../schemas/usage.js'

export type AccessRequirement = Requirement
export type PolicyKind = Requirement['policy']
export type DemandingPrincipal = Requirement['principal']

const D = 'kms:Decrypt'
const G = 'kms:GenerateDataKey'
const W = 'kms:GenerateDataKeyWithoutPlaintext'
const K = 'kms:DescribeKey'
const C = 'kms:CreateGrant'
const L = 'kms:ListGrants'

/** Every action that AWS's page names, in its order; the one it adds for a special case comes last. */
export const DEMANDED_ACTIONS: readonly string[] = [D, G, K, C, L, W]

const KEY_ACCESS_PAGE = 'https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-key-access.html'
const S3_ENCRYPTION_PAGE = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html'
const EXTERNAL_ACCOUNTS_PAGE =
  'https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html'

/** The key policy demands the same for the service principal and the role throughout; the IAM policy is the role's. */
interface Actions {
  keyPolicy: readonly string[]
  iamPolicy: readonly string[]
}

interface KeyUse {
  operation: Operation
  together?: Operation
  key: string
  documented: Actions
  derived: Actions & { why: string; source: string }
}

/** AWS publishes one flat list for every operation; a minimum of each operation it does not publish. */
const PAGE: Actions = { keyPolicy: [D, G, K, C, L], iamPolicy: [D, G, K, L] }
const PAGE_FOR_IMPORTS: Actions = { keyPolicy: PAGE.keyPolicy, iamPolicy: [] }

const READS_OBJECTS = {
  keyPolicy: [D, K],
  iamPolicy: [D, K],
  why: 'S3 decrypts the objects that are read.',
  source: S3_ENCRYPTION_PAGE
}
const IMPORTS_OBJECTS = { ...READS_OBJECTS, iamPolicy: [] }
const WRITES_OBJECTS = {
  keyPolicy: [D, G, K],
  iamPolicy: [D, G, K],
  why: 'S3 encrypts the objects that are written; a multipart upload needs kms:Decrypt as well.',
  source: S3_ENCRYPTION_PAGE
}
const KEEPS_DATASETS = {
  ...PAGE,
  why: 'The key encrypts the datasets for as long as the dataset group exists, under a grant.',
  source: KEY_ACCESS_PAGE
}
const EXPORTS_DATASETS = {
  keyPolicy: [D, W, K, C, L],
  iamPolicy: [D, K, L],
  why: 'The exported data are encrypted with the key of the dataset group.',
  source: KEY_ACCESS_PAGE
}

const KEY_USES: readonly KeyUse[] = [
  { operation: 'datasetGroup', key: 'dataset group', documented: PAGE, derived: KEEPS_DATASETS },
  { operation: 'datasetImportJob', key: 'source objects', documented: PAGE_FOR_IMPORTS, derived: IMPORTS_OBJECTS },
  { operation: 'datasetExportJob', key: 'output', documented: PAGE, derived: WRITES_OBJECTS },
  {
    operation: 'datasetExportJob',
    together: 'datasetGroup',
    key: 'dataset group',
    documented: { ...PAGE, keyPolicy: DEMANDED_ACTIONS },
    derived: EXPORTS_DATASETS
  },
  { operation: 'batchInferenceJob', key: 'input', documented: PAGE, derived: READS_OBJECTS },
  { operation: 'batchInferenceJob', key: 'output', documented: PAGE, derived: WRITES_OBJECTS },
  { operation: 'batchSegmentJob', key: 'input', documented: PAGE, derived: READS_OBJECTS },
  { operation: 'batchSegmentJob', key: 'output', documented: PAGE, derived: WRITES_OBJECTS },
  { operation: 'metricAttribution', key: 'output', documented: PAGE, derived: WRITES_OBJECTS }
]

const PLACES = [
  {
    principal: 'service',
    policy: 'keyPolicy',
    reason:
      'Amazon Personalize calls KMS as its service principal, which no IAM policy reaches: the key policy has to ' +
      'name it.'
  },
  { principal: 'role', policy: 'keyPolicy', reason: 'The key policy has to grant the key to the service role.' },
  { principal: 'role', policy: 'iamPolicy', reason: 'The IAM policy of the service role has to grant the key, too.' }
] as const

function reasonOf (use: KeyUse, profile: Profile, place: (typeof PLACES)[number]): string {
  if (profile === 'derived') return `Least privilege, by inference: ${use.derived.why}`
  return use.together !== undefined && place.policy === 'keyPolicy'
    ? `Exporting from a dataset group that has a key adds ${W} to the key policy.`
    : place.reason
}

function requirementsOf (use: KeyUse, profile: Profile): AccessRequirement[] {
  const { operation, together, key } = use
  const actions = use[profile]
  return PLACES.filter((place) => actions[place.policy].length > 0).map((place) => ({
    operation,
    ...(together === undefined ? {} : { together }),
    key,
    principal: place.principal,
    policy: place.policy,
    actions: [...actions[place.policy]],
    profile,
    // Which principals need kms:GenerateDataKeyWithoutPlaintext the page does not say, only that the key policy has
    // to hold it.
    confidence: profile === 'derived' || together !== undefined ? 'medium' : 'high',
    reason: reasonOf(use, profile, place),
    source: profile === 'derived' ? use.derived.source : KEY_ACCESS_PAGE
  }))
}

/**
 * What each operation demands of each policy for each principal: the one table that generator and verifier work from.
 */
export const ACCESS_REQUIREMENTS: readonly AccessRequirement[] = (['documented', 'derived'] as const).flatMap(
  (profile) => KEY_USES.flatMap((use) => requirementsOf(use, profile))
)

/**
 * KMS's own rule, whatever Personalize demands: in another account than the key's, the key policy alone grants
 * no access.
 */
function acrossAccounts (row: AccessRequirement): AccessRequirement {
  return {
    ...row,
    policy: 'iamPolicy',
    confidence: 'high',
    reason:
      'The key is in another account than the role: every permission is needed in the IAM policy as well as in the ' +
      'key policy.',
    source: EXTERNAL_ACCOUNTS_PAGE
  }
}

/** One action that one principal needs, in which policies, and the rows that demand it. */
export interface Demand {
  readonly principal: DemandingPrincipal
  readonly action: string
  readonly operations: readonly Operation[]
  readonly requiredIn: readonly PolicyKind[]
  readonly rows: readonly AccessRequirement[]
}

export function inCatalogueOrder (operations: ReadonlySet<Operation>): Operation[] {
  return OPERATIONS.filter((operation) => operations.has(operation))
}

function demandOf (principal: DemandingPrincipal, action: string, rows: AccessRequirement[]): Demand {
  const operations = new Set(
    rows.flatMap((row) => (row.together === undefined ? [row.operation] : [row.operation, row.together]))
  )
  const requiredIn = (['keyPolicy', 'iamPolicy'] as const).filter((policy) => rows.some((row) => row.policy === policy))
  return { principal, action, operations: inCatalogueOrder(operations), requiredIn, rows }
}

/**
 * What a usage demands of one key: the service principal's actions first, each in the page's order.
 * `crossAccount`: the key is in another account than the role. `keyOperations`: all that is done with the key, also by
 * other usages: exporting from a dataset group concerns both, whichever usage does what.
 */
export function demandsOf (
  usage: { operations: readonly Operation[]; profile: Profile },
  { crossAccount, keyOperations = [] }: { crossAccount: boolean; keyOperations?: readonly Operation[] }
): readonly Demand[] {
  const operations = inCatalogueOrder(new Set(usage.operations))
  const ofKey = inCatalogueOrder(new Set([...operations, ...keyOperations]))
  const asked = `${usage.profile} ${crossAccount} ${operations.join()} ${ofKey.join()}`
  const known = demandsAsked.get(asked)
  if (known !== undefined) return known
  const demands = readDemands({ operations, ofKey }, usage.profile, crossAccount)
  demandsAsked.set(asked, demands)
  return demands
}

/** One entry for each set of operations, profile and account relation, so it is bounded. */
const demandsAsked = new Map<string, readonly Demand[]>()

function readDemands (
  { operations, ofKey }: Record<'operations' | 'ofKey', readonly Operation[]>,
  profile: Profile,
  crossAccount: boolean
): Demand[] {
  const applies = ({ operation, together }: AccessRequirement): boolean =>
    together === undefined
      ? operations.includes(operation)
      : [operation, together].every((each) => ofKey.includes(each)) &&
        [operation, together].some((each) => operations.includes(each))
  const rows = ACCESS_REQUIREMENTS.filter((row) => row.profile === profile && applies(row))
  const external = crossAccount
    ? rows.filter((row) => row.principal === 'role' && row.policy === 'keyPolicy').map(acrossAccounts)
    : []
  return (['service', 'role'] as const).flatMap((principal) =>
    DEMANDED_ACTIONS.flatMap((action) => {
      const demanding = [...rows, ...external].filter(
        (row) => row.principal === principal && row.actions.includes(action)
      )
      return demanding.length === 0 ? [] : [demandOf(principal, action, demanding)]
    })
  )
}
