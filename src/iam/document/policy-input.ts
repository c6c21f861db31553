import type { PolicyInput } from '../../../schemas/policy-document.js'
import { isObject, type JsonObject } from '../../json/json.js'
import { faultInJsonText } from '../../json/strict-json.js'

/** A request may carry this much of one policy document; AWS's own limits are far below. */
export const MAX_POLICY_INPUT_BYTES = 65_536

/**
 * AWS's policies are seven levels deep at most; what is nested without end would exhaust the stack of the code that walks
 * it.
 */
const MAX_DEPTH = 64

export type PolicyReading = { document: JsonObject } | { fault: string }

function isDeeperThan (value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(member, levels - 1))
}

type Parsed = { value: unknown } | { fault: string }

function parse (text: string): Parsed | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const fault = faultInJsonText(text)
    return fault === undefined
      ? { value }
      : { fault: `holds something that parsing would lose: ${fault.pointer} ${fault.what}` }
  } catch {
    return undefined
  }
}

/** IAM answers policies URL-encoded after RFC 3986, where `+` stands for itself. */
function decode (text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function parseText (text: string): Parsed | undefined {
  const plain = parse(text)
  if (plain !== undefined) return plain
  const decoded = decode(text)
  return decoded === undefined ? undefined : parse(decoded)
}

/** A policy given as the document or as its JSON text, plain or URL-encoded. Never throws. */
export function readPolicyInput (input: PolicyInput): PolicyReading {
  const parsed = typeof input === 'string' ? parseText(input) : { value: input }
  if (parsed === undefined) return { fault: 'is neither JSON nor URL-encoded JSON' }
  if ('fault' in parsed) return parsed
  if (!isObject(parsed.value)) return { fault: 'is not a JSON object' }
  if (isDeeperThan(parsed.value, MAX_DEPTH)) return { fault: `is nested deeper than ${MAX_DEPTH} levels` }
  return { document: parsed.value }
}

/** The size that `MAX_POLICY_INPUT_BYTES` limits: of the text as given, or of the compact text of a document. */
export function policyInputBytes (input: PolicyInput): number {
  return Buffer.byteLength(typeof input === 'string' ? input : JSON.stringify(input))
}
