import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import { asTheyCome } from './as-they-come.js'
import type { KeyEvidence, RoleEvidence } from './evidence.js'
import type { ObservedKey, ObservedRole } from './policy-source.js'
import type { Observation } from './observation.js'
import { evidenceOfKey, evidenceOfRole, refusalOf, type Reads } from './reads.js'

/** A key as the usage names it, and a role. */
export interface Pair { kmsKeyArn: string, roleArn: string }

export interface PairEvidence extends Pair { key: KeyEvidence, role: RoleEvidence, observation: Observation }

type Arrived = { key: ObservedKey } | { role: ObservedRole }

/**
 * The evidence about every pair of a key and a role, as soon as both have been read: a list for each read that completes some.
 * Nothing is given before AWS has answered anything; where it never does, AWS_CREDENTIALS_UNAVAILABLE or AWS_UNAVAILABLE is thrown.
 */
export async function * pairEvidence (usage: ResolvedUsage, reads: Reads, now: Date): AsyncGenerator<PairEvidence[]> {
  const keys: ObservedKey[] = []
  const roles: ObservedRole[] = []
  const keysRead: Array<Pick<PairEvidence, 'kmsKeyArn' | 'key'>> = []
  const rolesRead: Array<Pick<PairEvidence, 'roleArn' | 'role'>> = []
  let held: Array<Omit<PairEvidence, 'observation'>> = []
  const arriving: Array<Promise<Arrived>> = [...reads.keys.map(async (key) => ({ key: await key })), ...reads.roles.map(async (role) => ({ role: await role }))]
  for await (const arrived of asTheyCome(arriving)) {
    if ('key' in arrived) {
      keys.push(arrived.key)
      const entries = evidenceOfKey(arrived.key).map((key) => ({ kmsKeyArn: arrived.key.requestedArn, key }))
      held.push(...entries.flatMap((entry) => rolesRead.map((other) => ({ ...entry, ...other }))))
      keysRead.push(...entries)
    } else {
      roles.push(arrived.role)
      const entries = evidenceOfRole(arrived.role).map((role) => ({ roleArn: arrived.role.roleArn, role }))
      held.push(...entries.flatMap((entry) => keysRead.map((other) => ({ ...other, ...entry }))))
      rolesRead.push(...entries)
    }
    if (held.length === 0 || refusalOf(keys, roles) !== undefined) continue
    yield await Promise.all(held.map(async (pair) => ({ ...pair, observation: await observationOf(usage, pair, reads, now) })))
    held = []
  }
  const refusal = refusalOf(keys, roles)
  if (refusal !== undefined) throw refusal
}

async function observationOf (usage: ResolvedUsage, { key, role }: Pick<PairEvidence, 'key' | 'role'>, { organizations }: Reads, now: Date): Promise<Observation> {
  return {
    usage: { ...usage, keys: [key.name], roles: [role.name] },
    keys: [key.observed],
    roles: [role.observed],
    organizations: await organizations({ keys: [key.name.accountId], roles: [role.name.accountId] }),
    now
  }
}
