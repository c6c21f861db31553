import type { Location, Operation } from '../../schemas/usage.js'
import { viaOf } from '../personalize/kms-call.js'
import { bucketNamed, isSelectable, selectLocation } from './locations.js'
import { type Plan, PlanError, type PlannedKey } from './plan.js'

/**
 * Which keys, roles and buckets of a plan are meant: by ARN, address, logical id, alias or name. The `uri` of a
 * location may be the address of a bucket, with `=PREFIX` behind it.
 */
export interface PlanSelection {
  keys?: readonly string[] | undefined
  roles?: readonly string[] | undefined
  locations?: readonly Location[] | undefined
  operations?: readonly Operation[] | undefined
}

/** The part of a usage that a selection stands for. */
export interface SelectedUsage {
  kmsKeyArns?: string[]
  roleArns: string[]
  locations?: Location[]
}

/** The keys, roles and locations that a selection stands for. Throws where the plan leaves open which are meant. */
export function selectUsage (plan: Plan, selection: PlanSelection): SelectedUsage {
  const { operations = [] } = selection
  const [keys = [], roles = []] = [ofPairs(plan, 'key'), ofPairs(plan, 'role')]
  if (selection.keys?.length !== 1 && selection.roles?.length !== 1 && keys.length > 1 && roles.length > 1) {
    const groups = plan.pairs.map(({ address }) => address).join(', ')
    throw new PlanError(`${groups} have several keys and several roles; choose with --key and --role`)
  }
  const roleArns = chosen('role', selection.roles, plan.roles, ofPairs(plan, 'role') ?? servingRoles(plan), plan)
  const locations = chosenLocations(plan, selection, roleArns)
  // Of what the jobs do in buckets of the plan, the buckets name the keys.
  const needsKey =
    operations.includes('datasetGroup') || !locations.some(({ uri }) => bucketNamed(plan, uri) !== undefined)
  const kmsKeyArns = chosenKeys(plan, selection, needsKey)
  refuseSeveralAccounts(plan, [...kmsKeyArns, ...roleArns])
  return {
    ...(kmsKeyArns.length === 0 ? {} : { kmsKeyArns }),
    roleArns,
    ...(locations.length === 0 ? {} : { locations })
  }
}

/**
 * Without a name those of the import jobs, or the only bucket of a plan without keys: there is nothing else to check.
 */
function chosenLocations (
  plan: Plan,
  { keys = [], locations = [], operations = [] }: PlanSelection,
  roleArns: readonly string[]
): Location[] {
  if (locations.length > 0) return locations.map((location) => selectLocation(plan, location))
  const imports = operations.includes('datasetImportJob') ? importLocations(plan, roleArns) : []
  if (imports.length > 0) return imports.map((location) => selectLocation(plan, location))
  const present = plan.buckets.filter(({ isRemoved }) => isRemoved !== true)
  const complete = present.filter(({ hasPolicyAlone }) => hasPolicyAlone !== true)
  const buckets = complete.length > 0 ? complete : present
  const [only, ...others] = buckets
  const isAboutBuckets = operations.length > 0 && operations.every((operation) => viaOf(operation) === 's3')
  if (!isAboutBuckets || only === undefined || keys.length + plan.keys.length > 0) return []
  if (others.length > 0) {
    const list = buckets.map(({ address }) => address).join(', ')
    throw new PlanError(`the ${plan.source} contains no key and several buckets (${list}); choose with --location`)
  }
  return [selectLocation(plan, { uri: only.address })]
}

/** What the import jobs of these roles read. Every role of a usage uses every location, so others are left out. */
function importLocations (plan: Plan, roleArns: readonly string[]): Location[] {
  const { imports, roles } = plan
  const names = new Set([...roleArns, ...roles.flatMap(({ arn, names }) => (roleArns.includes(arn) ? names : []))])
  const read = imports.flatMap(({ uri, role }) =>
    uri !== undefined && isSelectable(plan, uri) && roleArns.length === 1 && role !== undefined && names.has(role)
      ? [uri]
      : []
  )
  return [...new Set(read)].map((uri) => ({
    uri,
    direction: 'read' as const,
    operations: ['datasetImportJob' as const]
  }))
}

function chosenKeys (plan: Plan, { keys }: PlanSelection, isNeeded: boolean): string[] {
  const preferred = ofPairs(plan, 'key')
  const isNamed = keys !== undefined && keys.length > 0
  return isNeeded || isNamed || preferred !== undefined || plan.keys.length === 1
    ? chosen('key', keys, plan.keys, preferred, plan)
    : []
}

/** All ARNs that are foretold have one account; providers with other credentials may create them in another. */
function refuseSeveralAccounts ({ keys, roles, source }: Plan, arns: readonly string[]): void {
  const foretold = [...keys, ...roles].filter(({ arn, credentials }) => credentials !== undefined && arns.includes(arn))
  const [first] = foretold
  const other = foretold.find(({ credentials }) => credentials !== first?.credentials)
  if (first !== undefined && other !== undefined)
    throw new PlanError(
      `${first.address} and ${other.address} are created with different credentials, maybe in different accounts: ` +
        `the ${source} does not say in which; verify it after the apply`
    )
}

type Named = Pick<PlannedKey, 'address' | 'arn' | 'names'>

function chosen (
  what: 'key' | 'role',
  names: readonly string[] | undefined,
  planned: readonly Named[],
  preferred: string[] | undefined,
  { source }: Plan
): string[] {
  const list = planned.map(({ address }) => address).join(', ')
  if (names !== undefined && names.length > 0) return names.map((name) => arnOf(name, what, planned, source))
  if (preferred !== undefined && preferred.length > 0) return preferred
  const [only, ...others] = planned
  if (only === undefined) throw new PlanError(`the ${source} contains no ${what}; name one with --${what}`)
  if (others.length > 0) throw new PlanError(`the ${source} contains several ${what}s (${list}); choose with --${what}`)
  return [only.arn]
}

/** A name that the plan does not have is taken for the ARN of a key or role outside of it. */
function arnOf (name: string, what: string, planned: readonly Named[], source: string): string {
  const found = planned.filter(({ names }) => names.includes(name))
  const [only, ...others] = found
  if (only !== undefined && others.length === 0) return only.arn
  if (others.length > 0)
    throw new PlanError(`${name} is the name of several ${what}s: ${found.map(({ address }) => address).join(', ')}`)
  if (name.startsWith('arn:')) return name
  const known = planned.map(({ address }) => address).join(', ')
  throw new PlanError(`the ${source} contains no ${what} ${name}; it contains ${known === '' ? 'none' : known}`)
}

/** The keys or roles that dataset groups name; undefined where none does. */
function ofPairs ({ pairs, keys, roles }: Plan, what: 'key' | 'role'): string[] | undefined {
  const planned: readonly Named[] = what === 'key' ? keys : roles
  const arns = pairs.flatMap((pair) => {
    const name = pair[what]
    if (name === undefined) return []
    return planned.find(({ names }) => names.includes(name))?.arn ?? (name.startsWith('arn:') ? name : [])
  })
  return arns.length === 0 ? undefined : [...new Set(arns)]
}

/** The roles that mention Amazon Personalize in their trust policy. */
function servingRoles ({ roles }: Plan): string[] {
  return roles
    .filter(
      ({ trust: { read } }) => read.state === 'read' && JSON.stringify(read.value).includes('personalize.amazonaws.com')
    )
    .map(({ arn }) => arn)
}
