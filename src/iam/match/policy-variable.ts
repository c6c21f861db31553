import type { RequestContext } from './request-context.js'
import { hasWildcard, literalPattern, type Pattern, wildcardPattern } from './wildcard.js'

/** A reference to a condition key in a policy value: `${aws:PrincipalTag/team, 'none'}`. */
interface Variable {
  key: string
  fallback: string | undefined
}

/**
 * A policy value cut at its variables. Text stands for itself where `literal`, else its `*` and `?` may be wildcards.
 */
export type Template = ReadonlyArray<{ text: string; literal: boolean } | Variable>

/**
 * Every condition key has a prefix; `${bucket}` and `${AWS::Partition}` are templates that somebody has not filled
 * in.
 */
const CONDITION_KEY = /^[^:\s$]+:[^:$][^$]*$/

/** Whether a value needs a template at all; most do not. */
export function hasVariable (text: string): boolean {
  return text.includes('${')
}

/**
 * Cuts a policy value at its variables; undefined where a `${` is not closed or names no condition key.
 * `${*}`, `${?}` and `${$}` are those characters themselves.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function parseTemplate (text: string): Template | undefined {
  const parts: Array<{ text: string; literal: boolean } | Variable> = []
  let from = 0
  for (let start = text.indexOf('${'); start !== -1; start = text.indexOf('${', from)) {
    const end = text.indexOf('}', start)
    const part = end === -1 ? undefined : parseVariable(text.slice(start + 2, end))
    if (part === undefined) return undefined
    if (start > from) parts.push({ text: text.slice(from, start), literal: false })
    parts.push(part)
    from = end + 1
  }
  if (from < text.length) parts.push({ text: text.slice(from), literal: false })
  return parts
}

function parseVariable (inner: string): { text: string; literal: boolean } | Variable | undefined {
  if (inner === '*' || inner === '?' || inner === '$') return { text: inner, literal: true }
  const comma = inner.indexOf(',')
  const key = comma === -1 ? inner : inner.slice(0, comma)
  const fallback = comma === -1 ? undefined : unquote(inner.slice(comma + 1).trim())
  // AWS documents no white space around the name of a key.
  if (!CONDITION_KEY.test(key) || key.trim() !== key || (comma !== -1 && fallback === undefined)) return undefined
  return { key: key.toLowerCase(), fallback }
}

function unquote (text: string): string | undefined {
  return text.length >= 2 && text.startsWith("'") && text.endsWith("'") ? text.slice(1, -1) : undefined
}

/** What a template comes to in a request: a pattern, nothing (a key without value), or nothing known. */
export type Resolution =
  { state: 'resolved'; pattern: Pattern; text: string } | { state: 'noValue' } | { state: 'unknown' }

/** Puts the request's values in. A variable takes single-valued keys only; its value has no wildcards. */
export function resolveTemplate (template: Template, context: RequestContext): Resolution {
  const pattern: number[] = []
  let text = ''
  let unknown = false
  for (const part of template) {
    if ('text' in part) {
      append(pattern, part.literal ? literalPattern(part.text) : wildcardPattern(part.text))
      text += part.text
      continue
    }
    const value = variableValue(part, context)
    if (value.state === 'noValue') return value
    if (value.state === 'unknown') unknown = true
    else {
      append(pattern, literalPattern(value.text))
      text += value.text
    }
  }
  return unknown ? { state: 'unknown' } : { state: 'resolved', pattern, text }
}

/** The template with the values of known keys put in; undefined where one has no value. */
export function fillKnown (template: Template, context: RequestContext): Template | undefined {
  const filled: Array<Template[number]> = []
  for (const part of template) {
    const value = 'text' in part ? undefined : variableValue(part, context)
    if (value?.state === 'noValue') return undefined
    filled.push(value?.state === 'known' ? { text: value.text, literal: true } : part)
  }
  return filled
}

/** Not by spreading: values may be longer than an argument list. */
function append (pattern: number[], tokens: Pattern): void {
  for (const token of tokens) pattern.push(token)
}

function variableValue (
  variable: Variable,
  context: RequestContext
): { state: 'known'; text: string } | { state: 'noValue' } | { state: 'unknown' } {
  const value = context.lookup(variable.key)
  if (value.state === 'unknown') return { state: 'unknown' }
  const single = value.state === 'known' && !value.list ? value.values[0] : undefined
  const text = single ?? variable.fallback
  if (text === undefined) return { state: 'noValue' }
  // Whether a wildcard in a default value stands for itself is not documented.
  return single === undefined && hasWildcard(text) ? { state: 'unknown' } : { state: 'known', text }
}

/** The (lower-case) condition keys that a template refers to. */
export function templateKeys (template: Template): string[] {
  return template.flatMap((part) => ('key' in part ? [part.key] : []))
}
