import { asList, isObject, pointerSegment } from '../json/json.js'
import type { UnknownValue } from '../verify/read/policy-source.js'
import { NAME_TO_COME, type Plan, type PlannedPolicy } from './plan.js'
import type { PolicyPart } from './policy-part.js'

/** An ARN of which AWS decides the rest. `standsFor`: the ARN that stands for it. */
interface OpenArn {
  prefix: string
  standsFor: string
  /** The ARNs of objects begin with that of their bucket. */
  hasObjects: boolean
  /** It may be any name but these. */
  takenNames?: readonly string[]
}

interface OpenArns {
  keys: readonly OpenArn[]
  roles: readonly OpenArn[]
  buckets: readonly OpenArn[]
}

/**
 * The same plan, in which a pattern is not known where it may match a name that AWS makes up: `key/mrk-*` does not
 * match what stands for a key, but may match the key; with `key/0*` it is the other way round.
 */
export function withOpenNames (plan: Plan): Plan {
  const open = {
    keys: plan.keys.flatMap((key) => openArn(key)),
    roles: plan.roles.flatMap((role) => openArn(role)),
    buckets: openBuckets(plan)
  }
  if (open.keys.length + open.roles.length + open.buckets.length === 0) return plan
  const inPart = (part: PolicyPart): PolicyPart => withOpenPatterns(part, open)
  const inPolicy = (policy: PlannedPolicy): PlannedPolicy => ({ ...policy, part: inPart(policy.part) })
  return {
    ...plan,
    keys: plan.keys.map((key) => ({ ...key, policy: inPart(key.policy) })),
    buckets: plan.buckets.map((bucket) => ({ ...bucket, policy: inPart(bucket.policy) })),
    roles: plan.roles.map((role) => ({
      ...role,
      trust: inPart(role.trust),
      policies: role.policies.map(inPolicy),
      boundary: role.boundary !== undefined && 'part' in role.boundary ? inPolicy(role.boundary) : role.boundary
    }))
  }
}

function openBuckets ({ buckets }: Plan): OpenArn[] {
  const takenNames = buckets.flatMap(({ name, isPlaceholder }) => (isPlaceholder ? [] : [name]))
  return buckets.flatMap((bucket) =>
    openArn(bucket, true).map((arn) => (bucket.mayHaveAnyName ? { ...arn, takenNames } : arn))
  )
}

function openArn ({ arn, isPlaceholder }: { arn: string; isPlaceholder: boolean }, hasObjects = false): OpenArn[] {
  const at = arn.search(NAME_TO_COME)
  return isPlaceholder && at !== -1 ? [{ prefix: arn.slice(0, at), standsFor: arn, hasObjects }] : []
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

function openPatterns (
  statement: Record<string, unknown>,
  pointer: string,
  { keys, roles, buckets }: OpenArns
): UnknownValue[] {
  const resources = [...keys, ...buckets]
  const ofElement = (name: string): UnknownValue[] => openIn(statement[name], `${pointer}/${name}`, resources)
  const { Condition: condition } = statement
  const ofConditions = Object.entries(isObject(condition) ? condition : {}).flatMap(([operator, values]) =>
    Object.entries(isObject(values) ? values : {}).flatMap(([key, value]) => {
      const arns = { 'aws:principalarn': roles, [ENCRYPTION_CONTEXT]: buckets }[key.toLowerCase()] ?? []
      return openIn(value, `${pointer}/Condition/${pointerSegment(operator)}/${pointerSegment(key)}`, arns)
    })
  )
  return [...ofElement('Resource'), ...ofElement('NotResource'), ...ofConditions]
}

/** Amazon S3 sends the ARN of the bucket or the object to AWS KMS. */
const ENCRYPTION_CONTEXT = 'kms:encryptioncontext:aws:s3:arn'

function openIn (value: unknown, pointer: string, arns: readonly OpenArn[]): UnknownValue[] {
  const isOpen = (pattern: unknown): pattern is string =>
    typeof pattern === 'string' && arns.some((arn) => mayMatch(pattern, arn))
  return asList(value)
    .filter(isOpen)
    .map((pattern) => ({ pointer, why: `${pattern} may match a name that AWS decides during the apply` }))
}

/**
 * Whether the pattern may match some of the ARNs with the prefix and not others: that it matches what stands for them
 * means nothing, unless it contains that name, which a reference has put there.
 */
function mayMatch (pattern: string, arn: OpenArn): boolean {
  const { prefix, standsFor, hasObjects } = arn
  if (mayBeName(pattern, arn)) return true
  if (!/[*?]/.test(pattern)) return false
  const places = [...placesAfter(pattern, prefix)].filter((place) => !hasObjects || hasOpenName(pattern.slice(place)))
  const isEnd = (place: number): boolean => place === pattern.length || (hasObjects && pattern[place] === '/')
  const isCertain = pattern.includes(standsFor.slice(prefix.length))
    ? [...placesAfter(pattern, standsFor)].some(isEnd)
    : places.some((place) => (hasObjects ? /^\*+(?:\/.*)?$/s : /^\*+$/).test(pattern.slice(place)))
  return !isCertain && places.length > 0
}

/** Whether the pattern names one bucket, and that may be the one whose name is not known. */
function mayBeName (pattern: string, { prefix, standsFor, takenNames }: OpenArn): boolean {
  if (takenNames === undefined || !pattern.startsWith(prefix)) return false
  const [name = ''] = pattern.slice(prefix.length).split('/')
  return !/[*?]/.test(name) && !takenNames.includes(name) && name !== standsFor.slice(prefix.length)
}

/** Whether the name of the bucket is a pattern, whatever the objects are; no name of a bucket has a colon. */
function hasOpenName (text: string): boolean {
  const [name = ''] = text.split('/')
  return /[*?]/.test(name) && !name.includes(':')
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
