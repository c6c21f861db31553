import type { Unsupported } from './json.js'
import type { Statement } from './policy-document.js'
import type { LayerName } from './request.js'

const NONE: readonly Unsupported[] = []

/**
 * The elements that a statement has, or lacks, and for which AWS refuses it in a policy of this kind. Such an Allow does
 * not count; such a Deny makes the decision unknown. A key policy, where KMS accepts almost everything, is not checked here.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html#policies-grammar-notes
 */
export function disallowedElements (layer: LayerName, statement: Statement): readonly Unsupported[] {
  if (layer === 'resourcePolicy') return NONE
  // A resource control policy has a Principal, and it must be `*`.
  const named = statement.principals !== undefined && layer !== 'resourceControlPolicies'
  if (!named && statement.resources !== undefined) return NONE
  const found: Unsupported[] = []
  if (named) found.push({ pointer: statement.pointer, what: 'a policy of this kind names no principal' })
  if (statement.resources === undefined) found.push({ pointer: statement.pointer, what: 'the statement has no Resource' })
  return found
}
