import type { Check, StatementReference } from '../../../schemas/verification.js'
import { truncate, takeFirst, omittedCounts } from '../../findings/format.js'
import type { Decision } from '../../iam/authorize.js'
import type { Policies } from '../../iam/decide/request.js'
import type { StatementLocation } from '../../iam/explain.js'

type Evidence = Pick<Check, 'matchedStatements' | 'missingContextValues' | 'conditions' | 'unsupported' | 'omitted'>

/** What a decision rests on, as much of it as a report tells. */
export function checkEvidence (decision: Decision, resourcePolicy: ResourcePolicy = 'keyPolicy'): Evidence {
  const reference = (location: StatementLocation): StatementReference => referenceTo(location, resourcePolicy)
  const matched = takeFirst(decision.matchedStatements)
  const isOpen = decision.decision === 'conditional' || decision.decision === 'unknown'
  const missing = takeFirst(isOpen ? decision.missingContextValues : [])
  const conditions = takeFirst(isOpen ? decision.conditions : [])
  // Where the decision depends on it; the finding MALFORMED_POLICY lists all of it once.
  const unsupported = takeFirst(decision.decision === 'unknown' ? decision.unsupported : [])
  const evidence: Evidence = {
    matchedStatements: matched.listed.map(reference),
    missingContextValues: missing.listed.map((name) => truncate(name))
  }
  if (conditions.listed.length > 0)
    evidence.conditions = conditions.listed.map(({ key, needs, effect, statement }) => ({
      key: truncate(key),
      needs: truncate(needs),
      effect,
      statement: reference(statement)
    }))
  if (unsupported.listed.length > 0)
    evidence.unsupported = unsupported.listed.map(({ policy, name, pointer, what }) => ({
      policy: policyWord(policy, resourcePolicy),
      name: truncate(name),
      pointer: truncate(pointer),
      what: truncate(what)
    }))
  const { omitted } = omittedCounts({
    matchedStatements: matched.left,
    missingContextValues: missing.left,
    conditions: conditions.left,
    unsupported: unsupported.left
  })
  if (omitted !== undefined) evidence.omitted = omitted
  return evidence
}

/** The engine knows resource policies; here that is the policy of a key, or of a bucket. */
type ResourcePolicy = 'keyPolicy' | 'bucketPolicy'

function policyWord (layer: string, resourcePolicy: ResourcePolicy): string {
  return layer === 'resourcePolicy' ? resourcePolicy : layer
}

/** A statement as the report names it. */
export function referenceTo (
  { policy, name, sid, index, effect, level }: StatementLocation,
  resourcePolicy: ResourcePolicy = 'keyPolicy'
): StatementReference {
  const [word, text] = [policyWord(policy, resourcePolicy), truncate(name)]
  const reference: StatementReference =
    sid === undefined
      ? { policy: word, name: text, index, effect }
      : { policy: word, name: text, sid: truncate(sid), index, effect }
  if (level !== undefined) reference.level = level
  return reference
}

/** What each layer decides by itself. */
export function layersOf (decision: Decision, given: Policies): Check['layers'] {
  const { layers } = decision
  const evaluated = <T>(levels: unknown, word: T): T | 'notEvaluated' =>
    levels === undefined && word === 'notPresent' ? 'notEvaluated' : word
  return {
    keyPolicy: layers.resourcePolicy,
    identityPolicies: layers.identityPolicies,
    permissionsBoundary: layers.permissionsBoundary,
    grants: layers.grants,
    serviceControlPolicies: evaluated(given.serviceControlPolicies, layers.serviceControlPolicies),
    resourceControlPolicies: evaluated(given.resourceControlPolicies, layers.resourceControlPolicies)
  }
}
