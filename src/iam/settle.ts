import { overall, wordFor, type DecisionWord } from './decision.js'
import { constraintsOf } from './grant.js'
import type { Match } from './matches.js'
import { lookAgain, lookAt, type Look, type Plan } from './plan.js'
import type { RequestContext } from './request-context.js'
import { YES } from './truth.js'
import type { Comparisons } from './linked-keys.js'
import { choicesFor, decisiveKeys, worldsOf, type Choice, type World } from './worlds.js'

/** A context that leads to an answer: `null` where the key is absent. */
export type Witness = Record<string, string | readonly string[] | null>

/** A decision with everything settled that can be. */
export interface Settled {
  plan: Plan
  word: DecisionWord
  /** What there is to see: once, or in every world that the unknown keys allow. */
  looks: readonly Look[]
  /** The word for what is open in a look. */
  left: 'conditional' | 'unknown'
  /** The (lower-case) unknown keys on which the decision hangs. */
  keys: readonly string[]
  witnesses: { allowed: Witness, denied: Witness } | undefined
  /** There were too many worlds to try, or a comparison could not be taken apart: sound, but perhaps needlessly open. */
  capped: boolean
}

/** Kleene's logic first; what it leaves open is tried in every world that the unknown keys allow. */
export function settle (plan: Plan): Settled {
  const look = lookAt(plan)
  const word = wordFor(look.outcome, plan.situation.actions.all)
  const keys = word === undefined ? unknownKeys(look) : []
  if (word !== undefined || keys.length === 0) return { plan, word: word ?? 'unknown', looks: [look], left: 'unknown', keys: [], witnesses: undefined, capped: false }
  const choices = choicesFor(keys, plan.question.context, comparisonsOf(plan, look), look.matches.length)
  if (choices !== undefined) return inWorlds(plan, look, choices)
  const left = hasUndocumented(plan, look) ? 'unknown' : 'conditional'
  return { plan, word: left, looks: [look], left, keys, witnesses: undefined, capped: true }
}

function unknownKeys (look: Look): string[] {
  const keys = new Set<string>()
  for (const match of look.matches) for (const key of match.unknownKeys) keys.add(key)
  for (const match of look.grants) for (const key of match.unknownKeys) keys.add(key)
  return [...keys]
}

function inWorlds (plan: Plan, look: Look, choices: readonly Choice[]): Settled {
  const { context } = plan.question
  const worlds = worldsOf(choices)
  const looks = worlds.map((world) => lookAgain(plan, look, context.with(world)))
  const words = looks.map(({ outcome }) => wordFor(outcome, plan.situation.actions.all) ?? 'unknown')
  const settled: Settled = { plan, word: overall(words), looks, left: 'unknown', keys: [], witnesses: undefined, capped: false }
  if (settled.word !== 'conditional') return settled
  const allowed = words.map((found) => found === 'allowed')
  const [yes, no] = [worlds[allowed.indexOf(true)], worlds[allowed.indexOf(false)]]
  return { ...settled, keys: decisiveKeys(choices, allowed), witnesses: yes && no && { allowed: witness(yes, context), denied: witness(no, context) } }
}

function witness (world: World, context: RequestContext): Witness {
  return Object.fromEntries([...world].map(([key, value]) => [context.spelling(key) ?? key, value.state !== 'known' ? null : value.list ? value.values : value.values.join()]))
}

/** A *maybe* that no context could settle: something not read, not understood, not documented, as what a boundary leaves of a grant. */
function hasUndocumented ({ situation: { layers, grantsIncomplete } }: Plan, look: Look): boolean {
  const limited = layers.some(({ name }) => name === 'permissionsBoundary' || name === 'sessionPolicy')
  return grantsIncomplete || layers.some(({ incomplete }) => incomplete) || (limited && look.grants.length > 0) || look.matches.some((match) => match.statement.defects.size > 0 || (match.truth !== YES && match.unknownKeys.length === 0))
}

function comparisonsOf (plan: Plan, look: Look): Comparisons {
  const statements = look.matches.filter((match: Match) => match.unknownKeys.length > 0).map((match) => match.statement)
  return {
    conditions: [...statements.flatMap((statement) => statement.conditions), ...look.grants.flatMap(({ grant, action }) => constraintsOf(grant, action))],
    resourceTemplates: statements.flatMap((statement) => statement.resources?.values.flatMap((value) => 'template' in value ? [value.template] : []) ?? []),
    resourceArn: plan.question.resourceArn
  }
}
