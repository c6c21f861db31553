import {
  type Direction,
  type Operation,
  OPERATIONS,
  type Profile,
  type SourceConditions,
  type Usage,
  type VerifiableUsage
} from '../../schemas/usage.js'
import { ServiceError } from '../errors.js'
import { isObject } from '../json/json.js'
import { type ParsedKeyArn, parseKeyArn, parseRoleArn, type Partition, type ParsedRoleArn } from './identifiers.js'
import { type LocationUse, type ResolvedLocation, resolveLocations } from './locations.js'
import { type NamedKey, referencePartition, USAGE_CHECKS, type UsageFacts } from './usage-checks.js'
import type { UsageFault } from './usage-fault.js'

/** A usage with its defaults applied and its parts named, of which every consistency check holds. */
export interface ResolvedUsage {
  operations: Operation[]
  roles: ParsedRoleArn[]
  keys: ParsedKeyArn[]
  accountId: string
  /** Region of Personalize; undefined where neither a Region nor a key was given. */
  region: string | undefined
  partition: Partition
  profile: Profile
  sourceConditions: SourceConditions
  delegateToIam: boolean
  /** Where the request holds the usage. */
  pointer: string
  locations: ResolvedLocation[]
  /** Of the keys that only locations name: what they are used for. Every other key is used for every operation. */
  keyUses: KeyUses
  /** What all usages of a request do with a key, by its ARN; `*` is the key that usages without a key are to create. */
  operationsByKey?: ReadonlyMap<string, readonly Operation[]>
}

/** By the ARN of the key. Not a Map: what was observed of a usage goes to a worker thread as JSON. */
export type KeyUses = Readonly<Record<string, readonly LocationUse[]>>

export interface ResolveOptions {
  /** Whether an alias may name a key: only where the key is read, so that the alias can be resolved. */
  keys: 'keyArns' | 'keyOrAliasArns'
  /** Where the request holds the usage: `/usage`, `/usages/0`. */
  pointer?: string
}

/** The keys that locations name beside `kmsKeyArns`, each once. */
function keysOfLocations ({ kmsKeyArns = [], locations = [] }: Usage | VerifiableUsage): Array<{ arn: string; pointer: string }> {
  if (locations.length === 0) return []
  const known = new Set(kmsKeyArns)
  return locations.flatMap(({ kmsKeyArn: arn }, index) => {
    if (arn === undefined || known.has(arn)) return []
    known.add(arn)
    return [{ arn, pointer: `/locations/${index}/kmsKeyArn` }]
  })
}

function factsOf (usage: Usage | VerifiableUsage, options: ResolveOptions): UsageFacts {
  const roles = usage.roleArns.map((arn) => ({ arn, name: parseRoleArn(arn) }))
  const named = (arn: string, pointer: string): NamedKey => ({ arn, pointer, name: parseKeyArn(arn) })
  const keys = (usage.kmsKeyArns ?? []).map((arn, index) => named(arn, `/kmsKeyArns/${index}`))
  for (const { arn, pointer } of keysOfLocations(usage)) keys.push(named(arn, pointer))
  return {
    usage,
    roles,
    keys,
    aliasesAllowed: options.keys === 'keyOrAliasArns',
    partition: referencePartition(roles, keys),
    accountId: usage.accountId ?? roles.find((role) => role.name !== undefined)?.name?.accountId,
    region: usage.region ?? keys.find((key) => key.name !== undefined)?.name?.region
  }
}

/** `CUSTOMER_KEY_NOT_SUPPORTED` outranks the rest: the caller's purpose fails, whatever else is corrected. */
function usageError (faults: readonly UsageFault[]): ServiceError {
  const code = faults.some((fault) => fault.code === 'CUSTOMER_KEY_NOT_SUPPORTED')
    ? 'CUSTOMER_KEY_NOT_SUPPORTED'
    : faults.every((fault) => fault.code === 'LIMIT_EXCEEDED')
      ? 'LIMIT_EXCEEDED'
      : faults.every((fault) => fault.code === 'EXISTING_POLICY_NOT_STORABLE')
        ? 'EXISTING_POLICY_NOT_STORABLE'
        : 'INCONSISTENT_USAGE'
  const [first] = faults
  const detail =
    faults.length === 1 && first !== undefined
      ? `${first.pointer}: ${first.detail}`
      : `the usage has ${faults.length} faults`
  return new ServiceError(
    code,
    detail,
    faults.map(({ pointer, detail }) => ({ pointer, detail }))
  )
}

function isDefined<T> (value: T | undefined): value is T {
  return value !== undefined
}

/** A usage that was read, or every violation that was found in it. */
export type ReadUsage<T> = { usage: T } | { faults: UsageFault[] }

/** Applies the defaults and checks that the properties fit together. */
export function readUsage (usage: Usage | VerifiableUsage, options: ResolveOptions): ReadUsage<ResolvedUsage> {
  const { pointer = '' } = options
  const facts = factsOf(usage, options)
  const faults = USAGE_CHECKS.flatMap((check) => check(facts))
  const { accountId, partition } = facts
  if (faults.length > 0 || accountId === undefined || partition === undefined) {
    return { faults: faults.map((fault) => ({ ...fault, pointer: `${pointer}${fault.pointer}` })) }
  }
  const locations = resolveLocations(usage, accountId)
  return {
    usage: {
      operations: [...usage.operations],
      roles: facts.roles.map((role) => role.name).filter(isDefined),
      keys: facts.keys.map((key) => key.name).filter(isDefined),
      accountId,
      region: facts.region,
      partition,
      profile: usage.profile ?? 'documented',
      sourceConditions: usage.sourceConditions ?? 'ifExists',
      delegateToIam: usage.delegateToIam ?? true,
      pointer,
      locations,
      keyUses: usesOfKeys(locations, usage.kmsKeyArns ?? [])
    }
  }
}

function usesOfKeys (
  locations: readonly ResolvedLocation[],
  ofUsage: readonly string[]
): KeyUses {
  const uses: Record<string, readonly LocationUse[]> = {}
  for (const { key, uses: own } of locations)
    if (key !== undefined && !ofUsage.includes(key.arn)) uses[key.arn] = [...(uses[key.arn] ?? []), ...own]
  return uses
}

/** Stands for the key that usages without a key are to create. */
export const NEW_KEY = '*'

/** Whether the usage needs a key that it does not name: with locations that name none, only a dataset group does. */
export function usesNewKey ({ keys, locations, operations }: ResolvedUsage): boolean {
  return keys.length === 0 && (locations.length === 0 || operations.includes('datasetGroup'))
}

/** A usage as it is of one key. */
export type UsageOfKey<T> = T & { direction?: Direction; keyOperations?: readonly Operation[] }

/**
 * The usage with only what is done with one key: of a key that only a location names, what is done there. The
 * direction is undefined where the key is both read and written with. `keyOperations`: what other usages do with it.
 */
export function usageOfKey<T extends ResolvedUsage> (usage: T, keyArn: string): UsageOfKey<T> {
  const keyOperations = usage.operationsByKey?.get(keyArn)
  const used = usedAtLocations(usage, keyArn)
  return keyOperations === undefined || keyOperations.every((operation) => used.operations.includes(operation))
    ? used
    : { ...used, keyOperations }
}

function usedAtLocations<T extends ResolvedUsage> (usage: T, keyArn: string): T & { direction?: Direction } {
  const uses = usage.locations.length === 0 ? undefined : usage.keyUses[keyArn]
  if (uses === undefined) return usage
  const directions = new Set(uses.map(({ direction }) => direction))
  const [direction] = directions
  const operations = usage.operations.filter((operation) => uses.some((use) => use.operation === operation))
  return { ...usage, operations, ...(direction === undefined || directions.size > 1 ? {} : { direction }) }
}

/**
 * The violations in a usage that does not fit its schema, so that they are reported together with those of the schema.
 * Only what has the right type is looked at, and of each list no more than a request may have.
 */
export function violationsInMalformed (value: unknown, options: ResolveOptions): UsageFault[] {
  if (!isObject(value)) return []
  const text = (member: unknown): string | undefined => (typeof member === 'string' ? member : undefined)
  const texts = (member: unknown): string[] =>
    Array.isArray(member) ? member.slice(0, MAX_LISTED).map((item) => text(item) ?? '') : []
  const [accountId, region] = [text(value['accountId']), text(value['region'])]
  const facts = factsOf(
    {
      operations: OPERATIONS.filter((operation) => texts(value['operations']).includes(operation)),
      roleArns: texts(value['roleArns']),
      kmsKeyArns: texts(value['kmsKeyArns']),
      ...(accountId === undefined ? {} : { accountId }),
      ...(region === undefined ? {} : { region })
    },
    options
  )
  return USAGE_CHECKS.flatMap((check) => check(facts))
    .filter(({ pointer }) => /^\/(roleArns|kmsKeyArns|region)/.test(pointer))
    .map((fault) => ({ ...fault, pointer: `${options.pointer ?? ''}${fault.pointer}` }))
}

/** Of roles and of keys. */
const MAX_LISTED = 50

/** The usage that was read; throws one error that lists every violation. */
export function usageOrThrow<T> (reading: ReadUsage<T>): T {
  if ('faults' in reading) throw usageError(reading.faults)
  return reading.usage
}

/** Applies the defaults and checks that the properties fit together. Throws one error that lists every violation. */
export function resolveUsage (usage: Usage | VerifiableUsage, options: ResolveOptions): ResolvedUsage {
  return usageOrThrow(readUsage(usage, options))
}

/** Whether the usage names something that can be verified: a key, or a location. */
export function isVerifiable (usage: Usage): usage is VerifiableUsage {
  return usage.kmsKeyArns !== undefined || usage.locations !== undefined
}
