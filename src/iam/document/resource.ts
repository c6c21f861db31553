import { asList, describe, type Unsupported } from '../../json/json.js'
import { type NoteUnknown, noteUnknownKeys } from '../condition/condition.js'
import { arnResourcePattern, hasSixParts } from '../match/arn.js'
import { hasVariable, parseTemplate, resolveTemplate, type Template } from '../match/policy-variable.js'
import type { RequestContext } from '../match/request-context.js'
import { MAYBE, NO, not, or, type Truth, truthOf, YES } from '../match/truth.js'
import { hasWildcard, matches, wildcardTest } from '../match/wildcard.js'

/** One ARN of a `Resource` element: a text, one with wildcards, or a template whose variables the request fills. */
type ResourceValue = { text: string } | { test: (arn: string) => boolean } | { template: Template }

/** `Resource` or `NotResource`. */
export interface ResourceElement {
  inverted: boolean
  every: boolean
  values: readonly ResourceValue[]
}

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
    return template && { template }
  }
  return hasWildcard(text) || !hasSixParts(text) ? { test: wildcardTest(text, arnResourcePattern) } : { text }
}

/** Whether the element matches the resource: `NotResource` matches where none of its ARNs does. */
export function resourceMatches (
  element: ResourceElement,
  arn: string,
  context: RequestContext,
  note: NoteUnknown
): Truth {
  let listed: Truth = element.every ? YES : NO
  if (!element.every) for (const value of element.values) listed = or(listed, valueMatches(value, arn, context, note))
  return element.inverted ? not(listed) : listed
}

function valueMatches (value: ResourceValue, arn: string, context: RequestContext, note: NoteUnknown): Truth {
  if ('text' in value) return truthOf(value.text === arn)
  if ('test' in value) return truthOf(value.test(arn))
  const resolution = resolveTemplate(value.template, context)
  // A variable without value matches no resource.
  if (resolution.state === 'noValue') return NO
  if (resolution.state === 'resolved') return truthOf(matches(arnResourcePattern(resolution.pattern), arn))
  noteUnknownKeys(value.template, context, note)
  return MAYBE
}
