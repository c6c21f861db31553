import type { PolicyInput } from '../../../schemas/policy-document.js'
import { isObject, type JsonObject } from '../../json/json.js'
import { faultInJsonText } from '../../json/strict-json.js'
import { utf8Bytes } from '../../json/utf8.js'

/** A request may carry this much of one policy document; AWS's own limits are far below. */
export const MAX_POLICY_INPUT_BYTES = 65_536

/**
 * AWS's policies are seven levels deep at most; a value nested without limit would exhaust the stack of a
 * recursive function.
 */
const MAX_DEPTH = 64

/**
 * `pointer`: where the input holds the document (RFC 6901), up to the text that contains it.
 * `isText`: a pointer cannot reach into a document that was given as text.
 */
export interface PolicyText {
  document: JsonObject
  pointer: string
  isText: boolean
}

/** `isOtherOutput`: JSON that is neither a policy nor the output of a command that prints one. */
export type PolicyReading = PolicyText | { fault: string; isOtherOutput?: true }

/**
 * Where the AWS CLI puts the policy in the output of its commands.
 * https://docs.aws.amazon.com/cli/latest/reference/kms/get-key-policy.html
 * https://docs.aws.amazon.com/cli/latest/reference/iam/get-role.html
 */
const COMMAND_OUTPUTS = [
  { command: 'organizations describe-policy', path: ['Policy', 'Content'] },
  { command: 'kms get-key-policy', path: ['Policy'] },
  { command: 'iam get-role', path: ['Role', 'AssumeRolePolicyDocument'] },
  { command: 'iam get-role-policy', path: ['PolicyDocument'] },
  { command: 'iam get-policy-version', path: ['PolicyVersion', 'Document'] }
] as const

const COMMANDS = COMMAND_OUTPUTS.map(({ command }) => `aws ${command}`).join(', ')
const OTHER_OUTPUT = {
  fault: `is not a policy: it has neither Version nor Statement. Send the policy, or the whole output of ${COMMANDS}`,
  isOtherOutput: true
} as const

const POLICY_ELEMENTS = ['version', 'id', 'statement']

/** An empty object is a policy without elements; their letter case is checked where the policy is evaluated. */
function isPolicy (value: JsonObject): boolean {
  const names = Object.keys(value)
  return names.length === 0 || names.some((name) => POLICY_ELEMENTS.includes(name.toLowerCase()))
}

function valueAt (value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((parent, name) => (isObject(parent) ? parent[name] : undefined), value)
}

/** The policy in the output of a command of the AWS CLI, and where the output holds it. */
export function unwrapCommandOutput (output: JsonObject): { value: unknown; pointer: string } | undefined {
  for (const { path } of COMMAND_OUTPUTS) {
    const value = valueAt(output, path)
    if (typeof value === 'string' || isObject(value)) return { value, pointer: `/${path.join('/')}` }
  }
  return undefined
}

function isDeeperThan (value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  if (isObject(value)) {
    for (const name in value) if (isDeeperThan(value[name], levels - 1)) return true
  } else if (Array.isArray(value)) {
    for (const member of value) if (isDeeperThan(member, levels - 1)) return true
  }
  return false
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

/** PowerShell and some editors put a byte order mark before a text. */
function parseText (marked: string): Parsed | undefined {
  const text = marked.startsWith('\uFEFF') ? marked.slice(1) : marked
  const plain = parse(text)
  if (plain !== undefined) return plain
  const decoded = decode(text)
  return decoded === undefined ? undefined : parse(decoded)
}

/** Every program on the way that expects an object may have encoded the text as JSON once more. */
const MAX_ENCODINGS = 3

function parseValue (input: unknown, encodings = MAX_ENCODINGS): Parsed | undefined {
  if (typeof input !== 'string') return { value: input }
  const parsed = parseText(input)
  if (encodings === 0 || parsed === undefined || !('value' in parsed) || typeof parsed.value !== 'string') return parsed
  return parseValue(parsed.value, encodings - 1) ?? parsed
}

function readObject (input: unknown): { value: JsonObject } | { fault: string } {
  const parsed = parseValue(input)
  if (parsed === undefined) return { fault: 'is neither JSON nor URL-encoded JSON' }
  if ('fault' in parsed) return parsed
  const { value } = parsed
  if (!isObject(value)) return { fault: 'is not a JSON object' }
  return isDeeperThan(value, MAX_DEPTH) ? { fault: `is nested deeper than ${MAX_DEPTH} levels` } : { value }
}

/**
 * A policy given as the document, as its JSON text (plain, URL-encoded, or encoded twice), or as the whole output of
 * a command of the AWS CLI that prints it. Never throws.
 */
export function readPolicyInput (input: PolicyInput): PolicyReading {
  const outer = readObject(input)
  if ('fault' in outer) return outer
  const isText = typeof input === 'string'
  if (isPolicy(outer.value)) return { document: outer.value, pointer: '', isText }
  const unwrapped = unwrapCommandOutput(outer.value)
  if (unwrapped === undefined) return OTHER_OUTPUT
  const inner = readObject(unwrapped.value)
  if ('fault' in inner) return { fault: `${unwrapped.pointer} ${inner.fault}`, isOtherOutput: true }
  if (!isPolicy(inner.value)) return OTHER_OUTPUT
  return {
    document: inner.value,
    pointer: isText ? '' : unwrapped.pointer,
    isText: isText || typeof unwrapped.value === 'string'
  }
}

/**
 * The role that the output of `get-role` (its ARN) or `get-role-policy` (its name) is about, and where the input says
 * so; undefined for a policy by itself.
 */
export function roleOfOutput (input: PolicyInput): { role: string; pointer: string } | undefined {
  if (typeof input === 'string' && !input.includes('Role')) return undefined
  const outer = readObject(input)
  if ('fault' in outer || isPolicy(outer.value)) return undefined
  for (const path of [['Role', 'Arn'], ['RoleName']]) {
    const role = valueAt(outer.value, path)
    if (typeof role === 'string') return { role, pointer: typeof input === 'string' ? '' : `/${path.join('/')}` }
  }
  return undefined
}

/** Why an input is JSON but no policy; undefined for a policy, and for text that is not JSON. */
export function faultOfOtherOutput (input: PolicyInput): string | undefined {
  if (isObject(input) && isPolicy(input)) return undefined
  const reading = readPolicyInput(input)
  return 'fault' in reading && reading.isOtherOutput === true ? reading.fault : undefined
}

/** The size that `MAX_POLICY_INPUT_BYTES` limits: of the text as given, or of the compact text of a document. */
export function policyInputBytes (input: PolicyInput): number {
  return utf8Bytes(typeof input === 'string' ? input : JSON.stringify(input))
}

/** Whether an input is larger than a request may carry. */
export function isTooLarge (input: PolicyInput): boolean {
  const text = typeof input === 'string' ? input : JSON.stringify(input)
  // No character of a text has more than three bytes: of most texts the bytes need not be counted.
  return text.length * 3 > MAX_POLICY_INPUT_BYTES && utf8Bytes(text) > MAX_POLICY_INPUT_BYTES
}
