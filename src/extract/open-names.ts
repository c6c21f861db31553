import { asList, isObject, pointerSegment } from '../json/json.js'
import type { UnknownValue } from '../verify/read/policy-source.js'
import { NAME_TO_COME, type Plan, type PlannedKey, type PlannedPolicy, type PlannedRole } from './plan.js'
import type { PolicyPart } from './policy-part.js'

/** An ARN of which AWS decides the rest. `standsFor`: the ARN that stands for it. */
interface OpenArn {
  prefix: string
  standsFor: string
}

interface OpenArns {
  keys: readonly OpenArn[]
  roles: readonly OpenArn[]
}

/**
 * The same plan, in which a pattern is not known where it may match a name that AWS makes up: `key/mrk-*` does not
 * match what stands for a key, but may match the key; with `key/0*` it is the other way round.
 */
export function withOpenNames (plan: Plan): Plan {
  const open = { keys: plan.keys.flatMap(openArn), roles: plan.roles.flatMap(openArn) }
  if (open.keys.length + open.roles.length === 0) return plan
  const inPart = (part: PolicyPart): PolicyPart => withOpenPatterns(part, open)
  const inPolicy = (policy: PlannedPolicy): PlannedPolicy => ({ ...policy, part: inPart(policy.part) })
  return {
    ...plan,
    keys: plan.keys.map((key) => ({ ...key, policy: inPart(key.policy) })),
    roles: plan.roles.map((role) => ({
      ...role,
      trust: inPart(role.trust),
      policies: role.policies.map(inPolicy),
      boundary: role.boundary !== undefined && 'part' in role.boundary ? inPolicy(role.boundary) : role.boundary
    }))
  }
}

function openArn ({ arn, isPlaceholder }: PlannedKey | PlannedRole): OpenArn[] {
  const at = arn.search(NAME_TO_COME)
  return isPlaceholder && at !== -1 ? [{ prefix: arn.slice(0, at), standsFor: arn }] : []
}

function withOpenPatterns (part: PolicyPart, open: OpenArns): PolicyPart {
  const document = part.read.state === 'read' ? parsed(part.read.value) : undefined
  if (!isObject(document)) return part
  const found = asList(document['Statement']).flatMap((statement, index) =>
    isObject(statement) ? openPatterns(statement, `/Statement/${index}`, open) : []
  )
  return found.length === 0 ? part : { ...part, unknown: [...part.unknown, ...found] }
}

function parsed (document: unknown): unknown {
  if (typeof document !== 'string') return document
  try {
    return JSON.parse(document)
  } catch {
    return undefined
  }
}

function openPatterns (statement: Record<string, unknown>, pointer: string, { keys, roles }: OpenArns): UnknownValue[] {
  const ofElement = (name: string): UnknownValue[] => openIn(statement[name], `${pointer}/${name}`, keys)
  const { Condition: condition } = statement
  const ofConditions = Object.entries(isObject(condition) ? condition : {}).flatMap(([operator, values]) =>
    Object.entries(isObject(values) ? values : {})
      .filter(([key]) => key.toLowerCase() === 'aws:principalarn')
      .flatMap(([key, value]) =>
        openIn(value, `${pointer}/Condition/${pointerSegment(operator)}/${pointerSegment(key)}`, roles)
      )
  )
  return [...ofElement('Resource'), ...ofElement('NotResource'), ...ofConditions]
}

function openIn (value: unknown, pointer: string, arns: readonly OpenArn[]): UnknownValue[] {
  const isOpen = (pattern: unknown): pattern is string =>
    typeof pattern === 'string' && arns.some((arn) => mayMatch(pattern, arn))
  return asList(value)
    .filter(isOpen)
    .map((pattern) => ({ pointer, why: `${pattern} may match a name that AWS decides during the apply` }))
}

/**
 * Whether the pattern may match some of the ARNs with the prefix and not others: that it matches what stands for them
 * tells nothing, unless it contains that name, which a reference has put there.
 */
function mayMatch (pattern: string, { prefix, standsFor }: OpenArn): boolean {
  if (!/[*?]/.test(pattern)) return false
  const places = [...placesAfter(pattern, prefix)]
  const isCertain = pattern.includes(standsFor.slice(prefix.length))
    ? placesAfter(pattern, standsFor).has(pattern.length)
    : places.some((place) => /^\*+$/.test(pattern.slice(place)))
  return !isCertain && places.length > 0
}

/** The places of a pattern that are reached when it has matched the text. */
function placesAfter (pattern: string, text: string): Set<number> {
  let places = beyondStars(pattern, [0])
  for (const character of text) {
    const next = [...places].flatMap((place) => {
      const wanted = pattern[place]
      if (wanted === '*') return [place]
      return wanted === '?' || wanted === character ? [place + 1] : []
    })
    places = beyondStars(pattern, next)
  }
  return places
}

function beyondStars (pattern: string, places: readonly number[]): Set<number> {
  const all = new Set(places)
  // A set is walked in the order of insertion, with what is added meanwhile.
  for (const place of all) if (pattern[place] === '*') all.add(place + 1)
  return all
}
