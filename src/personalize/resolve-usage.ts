import type { Operation, Profile, SourceConditions, Usage, VerifiableUsage } from '../../schemas/usage.js'
import { ServiceError } from '../errors.js'
import { readExistingPolicy, type ExistingPolicy, type UsageFault } from './existing-policy.js'
import { parseKeyName, parseRoleArn, type KeyName, type Partition, type RoleName } from './identifiers.js'
import { referencePartition, USAGE_CHECKS, type UsageFacts } from './usage-checks.js'

/** A usage with its defaults applied and its parts named, of which every consistency check holds. */
export interface ResolvedUsage {
  operations: Operation[]
  roles: RoleName[]
  keys: KeyName[]
  accountId: string
  /** Region of Personalize; undefined where neither a Region nor a key was given. */
  region: string | undefined
  partition: Partition
  profile: Profile
  sourceConditions: SourceConditions
  delegateToIam: boolean
  existingKeyPolicy?: ExistingPolicy
  existingRolePolicy?: ExistingPolicy
  /** Where the request holds the usage. */
  pointer: string
}

export interface ResolveOptions {
  /** Whether an alias may name a key: only where the key is read, so that the alias can be resolved. */
  keys: 'keyArns' | 'keyOrAliasArns'
  /** Where the request holds the usage: `/usage`, `/usages/0`. */
  pointer?: string
}

function factsOf (usage: Usage | VerifiableUsage, options: ResolveOptions): UsageFacts {
  const roles = usage.roleArns.map((arn) => ({ arn, name: parseRoleArn(arn) }))
  const keys = (usage.kmsKeyArns ?? []).map((arn) => ({ arn, name: parseKeyName(arn) }))
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

/** `CUSTOMER_KEY_NOT_SUPPORTED` outranks the rest: the caller's purpose fails, however well the rest is mended. */
function refuse (faults: readonly UsageFault[]): ServiceError {
  const code = faults.some((fault) => fault.code === 'CUSTOMER_KEY_NOT_SUPPORTED')
    ? 'CUSTOMER_KEY_NOT_SUPPORTED'
    : faults.every((fault) => fault.code === 'LIMIT_EXCEEDED') ? 'LIMIT_EXCEEDED' : 'INCONSISTENT_USAGE'
  const [first] = faults
  const detail = faults.length === 1 && first !== undefined ? `${first.pointer}: ${first.detail}` : `the usage has ${faults.length} faults`
  return new ServiceError(code, detail, faults.map(({ pointer, detail }) => ({ pointer, detail })))
}

function defined<T> (value: T | undefined): value is T {
  return value !== undefined
}

type Reading = { usage: ResolvedUsage } | { faults: UsageFault[] }
type Merge = Partial<Pick<ResolvedUsage, 'existingKeyPolicy' | 'existingRolePolicy'>>

function existing (usage: Usage, member: keyof Merge, pointer: string): { merge: Merge, faults: UsageFault[] } {
  const input = usage[member]
  if (input === undefined) return { merge: {}, faults: [] }
  const reading = readExistingPolicy(input, `${pointer}/${member}`)
  return 'existing' in reading ? { merge: { [member]: reading.existing }, faults: [] } : { merge: {}, faults: reading.faults }
}

function readUsage (usage: Usage | VerifiableUsage, options: ResolveOptions): Reading {
  const pointer = options.pointer ?? ''
  const facts = factsOf(usage, options)
  const policies = [existing(usage, 'existingKeyPolicy', pointer), existing(usage, 'existingRolePolicy', pointer)]
  const faults = [
    ...USAGE_CHECKS.flatMap((check) => check(facts)).map((fault) => ({ ...fault, pointer: `${pointer}${fault.pointer}` })),
    ...policies.flatMap((policy) => policy.faults)
  ]
  const { accountId, partition } = facts
  if (faults.length > 0 || accountId === undefined || partition === undefined) return { faults }
  return {
    usage: {
      operations: [...usage.operations],
      roles: facts.roles.map((role) => role.name).filter(defined),
      keys: facts.keys.map((key) => key.name).filter(defined),
      accountId,
      region: facts.region,
      partition,
      profile: usage.profile ?? 'documented',
      sourceConditions: usage.sourceConditions ?? 'ifExists',
      delegateToIam: usage.delegateToIam ?? true,
      ...policies[0]?.merge,
      ...policies[1]?.merge,
      pointer
    }
  }
}

/** Applies the defaults and checks that the members fit together. Throws one error with every fault. */
export function resolveUsage (usage: Usage | VerifiableUsage, options: ResolveOptions): ResolvedUsage {
  const reading = readUsage(usage, options)
  if ('faults' in reading) throw refuse(reading.faults)
  return reading.usage
}

/** The same for several usages of one request, with the faults of them all in the one error. */
export function resolveUsages (usages: readonly Usage[], options: ResolveOptions): ResolvedUsage[] {
  const resolved: ResolvedUsage[] = []
  const faults: UsageFault[] = []
  for (const [index, usage] of usages.entries()) {
    const reading = readUsage(usage, { ...options, pointer: `${options.pointer ?? ''}/${index}` })
    if ('faults' in reading) faults.push(...reading.faults)
    else resolved.push(reading.usage)
  }
  if (faults.length > 0) throw refuse(faults)
  return resolved
}
