import { type Direction, type Operation, OPERATIONS, type Profile } from '../../schemas/usage.js'
import { KMS_REQUIREMENTS } from './kms-requirements.js'
import {
  type AccessRequirement,
  type DemandingPrincipal,
  type PolicyKind,
  rowsOf,
  type Service,
  type ServiceRequirements
} from './requirement-table.js'
import { CLOUDWATCH_REQUIREMENTS, S3_REQUIREMENTS } from './s3-requirements.js'

export type { AccessRequirement, PolicyKind, Service } from './requirement-table.js'

const TABLES = { kms: KMS_REQUIREMENTS, s3: S3_REQUIREMENTS, cloudwatch: CLOUDWATCH_REQUIREMENTS } satisfies Record<
  Service,
  ServiceRequirements
>

/** Every KMS action that AWS's page names, in its order; the one it adds for a special case comes last. */
export const REQUIRED_ACTIONS: readonly string[] = KMS_REQUIREMENTS.actions

/** Every action that is demanded of any service. */
export const ALL_DEMANDED_ACTIONS: readonly string[] = Object.values(TABLES).flatMap(({ actions }) => actions)

/**
 * What each operation demands of each policy for each principal: the one table that generator and verifier work from.
 */
export const ACCESS_REQUIREMENTS: readonly AccessRequirement[] = Object.values(TABLES).flatMap(rowsOf)

const ROWS = new Map(Object.values(TABLES).map((table) => [table.service, rowsOf(table)]))

/** The service's own rule for a resource of another account, whatever Personalize demands. */
function acrossAccounts (rows: readonly AccessRequirement[], { acrossAccounts: rule }: ServiceRequirements): AccessRequirement[] {
  if (rule === undefined) return []
  const { from, to, reason, source } = rule
  return rows
    .filter((row) => row.principal === 'role' && row.policy === from)
    .map((row) => ({ ...row, policy: to, confidence: 'high', reason, source }))
}

/** One action that one principal needs, in which policies, and the rows that demand it. */
export interface RequiredPermission {
  readonly principal: DemandingPrincipal
  readonly action: string
  readonly operations: readonly Operation[]
  readonly requiredIn: readonly PolicyKind[]
  readonly rows: readonly AccessRequirement[]
}

export function inCatalogueOrder (operations: ReadonlySet<Operation>): Operation[] {
  return OPERATIONS.filter((operation) => operations.has(operation))
}

const POLICY_ORDER = ['keyPolicy', 'bucketPolicy', 'iamPolicy'] as const satisfies readonly PolicyKind[]

function demandOf (principal: DemandingPrincipal, action: string, rows: AccessRequirement[]): RequiredPermission {
  const operations = new Set(
    rows.flatMap((row) => (row.together === undefined ? [row.operation] : [row.operation, row.together]))
  )
  const requiredIn = POLICY_ORDER.filter((policy) => rows.some((row) => row.policy === policy))
  return { principal, action, operations: inCatalogueOrder(operations), requiredIn, rows }
}

/** Of which service, and of a resource in which account, something is demanded. */
interface DemandScope {
  /** Default: `kms`. */
  service?: Service
  /** The resource is in another account than the role. */
  crossAccount: boolean
  /** Of a location: what is done there. */
  direction?: Direction | undefined
}

/** What is done, and what is done with the same key beside: exporting from a dataset group concerns both. */
interface DemandingUsage {
  operations: readonly Operation[]
  profile: Profile
  keyOperations?: readonly Operation[]
}

/**
 * What a usage demands of one resource of a service (by default of one key): the service principal's actions first,
 * each in the page's order.
 */
export function requirementsFor (
  { operations: own, profile, keyOperations = [] }: DemandingUsage,
  { service = 'kms', crossAccount, direction }: DemandScope
): readonly RequiredPermission[] {
  const asked = `${service} ${direction} ${profile} ${crossAccount} ${bitsOf(own)} ${bitsOf(keyOperations)}`
  const known = demandsAsked.get(asked)
  if (known !== undefined) return known
  const [operations, beside] = [inCatalogueOrder(new Set(own)), inCatalogueOrder(new Set(keyOperations))]
  const demands = readDemands(
    { operations, profile, keyOperations: beside },
    { service, crossAccount, direction }
  )
  demandsAsked.set(asked, demands)
  return demands
}

/** A set of operations, each as one bit. */
function bitsOf (operations: readonly Operation[]): number {
  let bits = 0
  for (const operation of operations) bits |= 1 << OPERATIONS.indexOf(operation)
  return bits
}

/** One entry for each set of operations, profile and scope, so it is bounded. */
const demandsAsked = new Map<string, readonly RequiredPermission[]>()

/** Whether a row is for one of the operations; one for two operations, where either is of this usage. */
function isDemanded (
  { operation, together = operation }: AccessRequirement,
  { operations, keyOperations }: Required<DemandingUsage>
): boolean {
  const both = [operation, together]
  return (
    both.some((each) => operations.includes(each)) &&
    both.every((each) => operations.includes(each) || keyOperations.includes(each))
  )
}

function readDemands (
  usage: Required<DemandingUsage>,
  { service, crossAccount, direction }: DemandScope & { service: Service }
): RequiredPermission[] {
  const table = TABLES[service]
  const rows = (ROWS.get(service) ?? []).filter(
    (row) =>
      row.profile === usage.profile &&
      isDemanded(row, usage) &&
      (direction === undefined || row.direction === undefined || row.direction === direction)
  )
  const all = crossAccount ? [...rows, ...acrossAccounts(rows, table)] : rows
  return (['service', 'role'] as const).flatMap((principal) =>
    table.actions.flatMap((action) => {
      const demanding = all.filter((row) => row.principal === principal && row.actions.includes(action))
      return demanding.length === 0 ? [] : [demandOf(principal, action, demanding)]
    })
  )
}
