import type { Report } from '../../schemas/verification.js'
import type { ResolvedUsage } from '../personalize/resolve-usage.js'
import { grouped } from '../policies/grouped.js'
import type { Evidence } from './assess.js'
import type { ObservedKey, ObservedRole } from './policy-source.js'
import { evidenceOfKey, evidenceOfRole } from './reads.js'
import { reportOn } from './report.js'
import { organizationLayers, type ObservedOrganization } from './surroundings.js'

/** What was read of AWS for a usage: plain data, which can be judged here or on another thread. */
export interface Observation {
  usage: ResolvedUsage
  keys: readonly ObservedKey[]
  roles: readonly ObservedRole[]
  /** Undefined where the service is not set up to read them. */
  organizations: readonly ObservedOrganization[] | undefined
  /** When AWS was asked. */
  now: Date
}

/** Makes the report on what was observed. */
export type Judge = (observation: Observation) => Promise<Report>

export const judgeAtOnce: Judge = async (observation) => reportOnObservation(observation)

/** Everything that is known of what was observed, as the report that is answered. */
export function reportOnObservation (observation: Observation): Report {
  return reportOn(evidenceOf(observation))
}

function evidenceOf ({ usage, keys, roles, organizations, now }: Observation): Evidence {
  // Two references may stand for one key.
  const known = grouped(keys.flatMap(evidenceOfKey), ({ name }) => name.arn).map(([key]) => key)
  const found = roles.flatMap(evidenceOfRole)
  const accountsOf = (names: ReadonlyArray<{ name: { accountId: string } }>): string[] => [...new Set(names.map(({ name }) => name.accountId))]
  return {
    // What an alias stood for is known only now.
    usage: { ...usage, keys: known.map(({ name }) => name) },
    keys: known,
    roles: found,
    around: { ...organizationLayers(organizations, { keys: accountsOf(known), roles: accountsOf(found) }), context: { role: {}, service: {}, both: {} }, now }
  }
}
