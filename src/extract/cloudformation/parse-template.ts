import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml'
import { PlanError } from '../plan.js'

/**
 * Functions with a short form:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
const SHORT_FORMS = new Map([
  ['!Ref', 'Ref'],
  ['!Condition', 'Condition'],
  ...['And', 'Base64', 'Cidr', 'Equals', 'FindInMap', 'ForEach', 'GetAtt', 'GetAZs', 'If', 'ImportValue', 'Join'].map(
    tagOf
  ),
  ...['Length', 'Not', 'Or', 'Select', 'Split', 'Sub', 'ToJsonString', 'Transform'].map(tagOf)
])

function tagOf (name: string): [string, string] {
  return [`!${name}`, `Fn::${name}`]
}

/**
 * A CloudFormation template in YAML, with the short forms of its functions as long ones. Throws a PlanError with line
 * and column where it is no YAML or has another tag, which would become a plain value in silence.
 */
export function parseTemplate (text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'silent' })
  const [fault] = document.errors
  if (fault !== undefined) throw new PlanError(`${placeAt(text, fault.pos[0])}: ${fault.message}`)
  try {
    return valueOf(document.contents, document, text, { left: MAX_NODES })
  } catch (error) {
    if (error instanceof RangeError) throw new PlanError('1:1: it refers to itself, or is nested too deeply')
    throw error
  }
}

/** Anchors that are used again and again make a small text a huge value; one that contains itself has no end. */
const MAX_NODES = 300_000

interface Budget {
  left: number
}

function placeAt (text: string, position: number): string {
  const before = text.slice(0, position).split('\n')
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`
}

function valueOf (node: Node | null, document: Document, text: string, budget: Budget): unknown {
  if (node === null) return null
  budget.left -= 1
  if (budget.left < 0) throw new PlanError(`${placeAt(text, node.range?.[0] ?? 0)}: its anchors make it too large`)
  if (isAlias(node)) return valueOf(node.resolve(document) ?? null, document, text, budget)
  const { tag } = node
  if (tag === undefined || tag.startsWith('tag:yaml.org,2002:')) return plainValue(node, document, text, budget)
  const name = SHORT_FORMS.get(tag)
  if (name === undefined) throw new PlanError(`${placeAt(text, node.range?.[0] ?? 0)}: unknown tag ${tag}`)
  const value = isScalar(node) ? String(node.source ?? node.value) : plainValue(node, document, text, budget)
  // `!GetAtt Role.Arn` is a text in its short form, a list in its long one.
  return { [name]: name === 'Fn::GetAtt' && typeof value === 'string' ? attributePath(value) : value }
}

function plainValue (node: unknown, document: Document, text: string, budget: Budget): unknown {
  const ofNode = (value: unknown): unknown => (isNodeLike(value) ? valueOf(value, document, text, budget) : value)
  if (isSeq(node)) return node.items.map(ofNode)
  if (isMap(node)) return Object.fromEntries(node.items.map(({ key, value }) => [String(ofNode(key)), ofNode(value)]))
  if (!isScalar(node)) return undefined
  // Account ids lose their leading zeros as numbers.
  return typeof node.value === 'number' && /^0\d+$/.test(node.source ?? '') ? node.source : node.value
}

function isNodeLike (value: unknown): value is Node {
  return isAlias(value) || isMap(value) || isSeq(value) || isScalar(value)
}

/** The logical id and the attribute in `Role.Arn`. */
export function attributePath (text: string): string[] {
  const at = text.indexOf('.')
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
