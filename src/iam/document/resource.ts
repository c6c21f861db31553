import { asList, describe, type Unsupported } from '../../json/json.js'
import { type NoteUnknown, noteUnknownKeys } from '../condition/condition.js'
import { arnResourcePattern, hasSixParts } from '../match/arn.js'
import { hasVariable, parseTemplate, resolveTemplate, type Template } from '../match/policy-variable.js'
import { type RequestContext, RESOURCE } from '../match/request-context.js'
import { and, MAYBE, NO, not, or, type Truth, truthOf, YES } from '../match/truth.js'
import {
  coversPattern,
  hasWildcard,
  literalPattern,
  matches,
  type Pattern,
  patternsOverlap,
  wildcardPattern,
  wildcardTest
} from '../match/wildcard.js'

/** One ARN of a `Resource` element: a text, one with wildcards, or a template whose variables the request fills. */
type ResourceValue = { text: string } & (
  | { kind: 'text' }
  | { kind: 'pattern'; test: (arn: string) => boolean; incomplete: boolean }
  | { kind: 'template'; template: Template }
)

/** `Resource` or `NotResource`. */
export interface ResourceElement {
  inverted: boolean
  every: boolean
  values: readonly ResourceValue[]
}

/** A wildcard in the part of an ARN that names the service matches nothing. */
const WILDCARD_SERVICE = /^arn:[^:]*:[^:]*[*?]/

/**
 * Reads `Resource` or `NotResource`: `*`, or ARNs.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function parseResources (
  element: unknown,
  inverted: boolean,
  variables: boolean,
  pointer: string,
  report: (fault: Unsupported) => void
): ResourceElement {
  const values: ResourceValue[] = []
  let every = false
  for (const value of asList(element)) {
    const compiled = value === '*' || typeof value !== 'string' ? undefined : compile(value, variables)
    if (value === '*') every = true
    else if (compiled === undefined) report({ pointer, what: `${describe(value)} is neither an ARN nor *` })
    else values.push(compiled)
  }
  if (inverted && values.length === 0 && !every) report({ pointer, what: 'NotResource names no resource' })
  return { inverted, every, values }
}

function compile (text: string, variables: boolean): ResourceValue | undefined {
  const templated = variables && hasVariable(text)
  if (!text.startsWith('arn:') && !(templated && text.startsWith('${'))) return undefined
  if (templated) {
    const template = parseTemplate(text)
    return template && { kind: 'template', text, template }
  }
  const incomplete = !hasSixParts(text)
  if (WILDCARD_SERVICE.test(text)) return { kind: 'pattern', text, test: () => false, incomplete }
  return hasWildcard(text) || incomplete
    ? { kind: 'pattern', text, test: wildcardTest(text, arnResourcePattern), incomplete }
    : { kind: 'text', text }
}

/**
 * Whether the element matches the resource: `NotResource` matches where none of its ARNs does.
 * `incompleteArns`: what an ARN of fewer than six parts comes to where it would match if completed: *yes* in an
 * identity-based policy, in which alone AWS completes it.
 */
export function resourceMatches (
  element: ResourceElement,
  arn: string,
  context: RequestContext,
  note: NoteUnknown,
  incompleteArns: Truth = YES
): Truth {
  let listed: Truth = element.every ? YES : NO
  if (!element.every)
    for (const value of element.values)
      listed = or(listed, valueMatches(value, arn, context, note, incompleteArns))
  return element.inverted ? not(listed) : listed
}

function valueMatches (
  value: ResourceValue,
  arn: string,
  context: RequestContext,
  note: NoteUnknown,
  incompleteArns: Truth
): Truth {
  if (value.kind === 'text') return truthOf(value.text === arn)
  if (value.kind === 'pattern') return value.test(arn) ? truthOfForm(value, incompleteArns) : NO
  const resolution = resolveTemplate(value.template, context)
  // A variable without value matches no resource.
  if (resolution.state === 'noValue') return NO
  if (resolution.state === 'resolved') return truthOf(matches(arnResourcePattern(resolution.pattern), arn))
  noteUnknownKeys(value.template, context, note)
  return MAYBE
}

/**
 * What a value comes to that would match as an ARN of any other form. Where AWS does not complete an ARN, a `*` at its
 * end may go on beyond the colons all the same.
 */
function truthOfForm (value: ResourceValue, incompleteArns: Truth): Truth {
  if (value.kind !== 'pattern' || !value.incomplete) return YES
  return value.text.endsWith('*') ? or(incompleteArns, MAYBE) : incompleteArns
}

/**
 * The same where only a wildcard pattern of the resource's ARN is known: *yes* or *no* where it holds for every
 * resource of the pattern. `note` is then called with `RESOURCE` where it does not.
 */
export function resourcePatternMatches (
  element: ResourceElement,
  requested: string,
  context: RequestContext,
  note: NoteUnknown,
  incompleteArns: Truth = YES
): Truth {
  const inner = wildcardPattern(requested)
  let listed: Truth = element.every ? YES : NO
  for (const value of element.every ? [] : element.values) {
    const form = truthOfForm(value, incompleteArns)
    if (form !== NO) listed = or(listed, and(patternTruth(value, inner, context, note), form))
  }
  return element.inverted ? not(listed) : listed
}

function patternTruth (value: ResourceValue, inner: Pattern, context: RequestContext, note: NoteUnknown): Truth {
  const outer = patternOf(value, context)
  if (outer === undefined) return NO
  if (outer === 'unknown') {
    if (value.kind === 'template') noteUnknownKeys(value.template, context, note)
    note(RESOURCE)
    return MAYBE
  }
  if (coversPattern(outer, inner)) return YES
  if (!patternsOverlap(outer, inner)) return NO
  note(RESOURCE)
  return MAYBE
}

/** The pattern of one value; undefined where it matches nothing, `unknown` where a variable has no known value. */
export function patternOf (value: ResourceValue, context: RequestContext): Pattern | undefined | 'unknown' {
  if (value.kind === 'text') return literalPattern(value.text)
  if (value.kind === 'pattern')
    return WILDCARD_SERVICE.test(value.text) ? undefined : arnResourcePattern(wildcardPattern(value.text))
  const resolution = resolveTemplate(value.template, context)
  if (resolution.state === 'noValue') return undefined
  return resolution.state === 'unknown' ? 'unknown' : arnResourcePattern(resolution.pattern)
}
