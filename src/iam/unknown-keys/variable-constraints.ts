import type { Condition } from '../condition/condition.js'
import type { Template } from '../match/policy-variable.js'
import type { ContextValue, RequestContext } from '../match/request-context.js'
import { ANY, ANY_IN_SEGMENT, literalPattern, type Pattern } from '../match/wildcard.js'
import type { ClassPattern } from './pattern-partition.js'

/** What the undecided statements of a request compare, for finding the values worth trying. */
export interface Comparisons {
  conditions: readonly Condition[]
  /** Resource ARNs with variables, to be compared with the request's resource. */
  resourceTemplates: readonly Template[]
  /** Undefined where it is not known. */
  resourceArn: string | undefined
}

/**
 * Unknown keys that policy variables compare with one another: equal or not, each may take whatever another is
 * compared with.
 */
export interface VariableConstraints {
  keys: ReadonlySet<string>
  /** What variables compare any of them with, beside. */
  patterns: readonly ClassPattern[]
  /** Some variable is compared without regard to case. */
  folded: boolean
}

const MAX_VARIABLES = 32
const ANY_ARN: Pattern = [
  ANY_IN_SEGMENT,
  58,
  ANY_IN_SEGMENT,
  58,
  ANY_IN_SEGMENT,
  58,
  ANY_IN_SEGMENT,
  58,
  ANY_IN_SEGMENT,
  58,
  ANY
]

/** Unknown keys, put together as variables are met that compare them. */
class UnionFind {
  readonly #linked = new Map<string, { keys: Set<string>; patterns: ClassPattern[]; folded: boolean }>()

  constructor (keys: Iterable<string>) {
    for (const key of keys) this.#linked.set(key, { keys: new Set([key]), patterns: [], folded: false })
  }

  of (key: string): VariableConstraints | undefined {
    return this.#linked.get(key)
  }

  compare (key: string, texts: readonly string[], ignoreCase: boolean): void {
    for (const text of texts) this.#linked.get(key)?.patterns.push({ pattern: literalPattern(text), ignoreCase })
  }

  join (key: string, other: string, patterns: readonly ClassPattern[], ignoreCase: boolean): void {
    const [a, b] = [this.#linked.get(key), this.#linked.get(other)]
    const sides = [...new Set([a, b])].filter((side) => side !== undefined)
    const keys = new Set(sides.flatMap((side) => [...side.keys]))
    const joined = {
      keys,
      patterns: [...sides.flatMap((side) => side.patterns), ...patterns],
      folded: ignoreCase || sides.some(({ folded }) => folded)
    }
    for (const one of keys) this.#linked.set(one, joined)
  }
}

/**
 * What policy variables compare each of these (lower-case) unknown keys with. Undefined where a variable stands in a
 * way that cannot be turned round: two of them in one value, or beside a wildcard, or beside a text where both sides
 * are open.
 */
export function constrainKeys (
  keys: ReadonlySet<string>,
  context: RequestContext,
  { conditions, resourceTemplates, resourceArn }: Comparisons
): ((key: string) => VariableConstraints | undefined) | undefined {
  const links = new UnionFind(keys)
  for (const pair of context.relations.equal) linkEqual(links, pair, keys, context)
  let variables = 0
  for (const { key, operator, values } of conditions) {
    const value = context.lookup(key)
    for (const policyValue of values) {
      if (!('template' in policyValue)) continue
      if (++variables > MAX_VARIABLES || !link(links, policyValue.template, key, value, operator.family))
        return undefined
    }
  }
  for (const template of resourceTemplates) {
    if (++variables > MAX_VARIABLES || !linkToResource(links, template, resourceArn)) return undefined
  }
  return (key) => links.of(key)
}

/** Keys with one value: each may take whatever the other is compared with. */
function linkEqual (
  links: UnionFind,
  [key, other]: readonly [string, string],
  keys: ReadonlySet<string>,
  context: RequestContext
): void {
  if (keys.has(key) && keys.has(other)) {
    links.join(key, other, [], false)
    return
  }
  for (const [open, known] of [[key, context.lookup(other)], [other, context.lookup(key)]] as const)
    if (keys.has(open) && known.state === 'known') links.compare(open, known.values, false)
}

/** A template in a condition; false where it cannot be turned round. */
function link (
  links: UnionFind,
  template: Template,
  key: string,
  value: ContextValue,
  family: Condition['operator']['family']
): boolean {
  const variable = variableIn(template)
  if (variable === undefined) return false
  const ignoreCase = family === 'ignoreCase'
  if (value.state === 'known') links.compare(variable.key, variable.solutions(value.values, ignoreCase), ignoreCase)
  if (value.state !== 'unknown') return true
  if (template.length > 1) return false
  const fallback = variable.fallback === undefined ? [] : [{ pattern: literalPattern(variable.fallback), ignoreCase }]
  // An ARN operator compares nothing but ARNs.
  links.join(
    key,
    variable.key,
    family === 'arn' ? [...fallback, { pattern: ANY_ARN, ignoreCase: false }] : fallback,
    ignoreCase
  )
  return true
}

/** A template in a resource. One that lacks some of an ARN's colons would be completed with a wildcard. */
function linkToResource (links: UnionFind, template: Template, resourceArn: string | undefined): boolean {
  const variable = variableIn(template)
  if (resourceArn === undefined || variable === undefined || variable.colons < 5) return false
  links.compare(variable.key, variable.solutions([resourceArn], false), false)
  return true
}

interface VariablePart {
  key: string
  fallback: string | undefined
  /** In the text around it. */
  colons: number
  /** What it would have to be for the template to equal one of the texts. */
  solutions: (texts: readonly string[], ignoreCase: boolean) => string[]
}

/** The one variable of a template with no wildcard beside it. */
function variableIn (template: Template): VariablePart | undefined {
  const at = template.findIndex((part) => 'key' in part)
  const variable = template[at]
  const [before, after] = [plainText(template.slice(0, at)), plainText(template.slice(at + 1))]
  if (variable === undefined || 'text' in variable || before === undefined || after === undefined) return undefined
  const least = before.length + after.length
  return {
    ...variable,
    colons: `${before}${after}`.split(':').length - 1,
    solutions: (texts, ignoreCase) => {
      const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text)
      return texts
        .filter(
          (text) => text.length >= least && fold(text).startsWith(fold(before)) && fold(text).endsWith(fold(after))
        )
        .map((text) => text.slice(before.length, text.length - after.length))
    }
  }
}

/** Parts without variable as the text that they match, if it is the only one. */
function plainText (parts: Template): string | undefined {
  let text = ''
  for (const part of parts) {
    if ('key' in part || (!part.literal && /[*?]/.test(part.text))) return undefined
    text += part.text
  }
  return text
}
