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
  return {
    matchedStatements: matched.listed.map(reference),
    missingContextValues: missing.listed.map((name) => truncate(name)),
    ...(conditions.listed.length === 0
      ? {}
      : {
        conditions: conditions.listed.map(({ key, needs, effect, statement }) => ({
          key: truncate(key),
          needs: truncate(needs),
          effect,
          statement: reference(statement)
        }))
      }),
    ...(unsupported.listed.length === 0
      ? {}
      : {
        unsupported: unsupported.listed.map(({ policy, name, pointer, what }) => ({
          policy: policyWord(policy, resourcePolicy),
          name: truncate(name),
          pointer: truncate(pointer),
          what: truncate(what)
        }))
      }),
    ...omittedCounts({
      matchedStatements: matched.left,
      missingContextValues: missing.left,
      conditions: conditions.left,
      unsupported: unsupported.left
    })
  }
}

/** The engine knows resource policies; here that is the policy of a key, or of a bucket. */
type ResourcePolicy = 'keyPolicy' | 'bucketPolicy'

function policyWord (layer: string, resourcePolicy: ResourcePolicy): string {
  return layer === 'resourcePolicy' ? resourcePolicy : layer
}

/** A statement as the report names it. */
export function referenceTo (
  { policy, name, sid, ...place }: StatementLocation,
  resourcePolicy: ResourcePolicy = 'keyPolicy'
): StatementReference {
  return {
    policy: policyWord(policy, resourcePolicy),
    name: truncate(name),
    ...(sid === undefined ? {} : { sid: truncate(sid) }),
    ...place
  }
}

/** What a check says of its decision. */
export type Explained = Pick<Check, 'layers'> & ReturnType<typeof checkEvidence>

/** Explains decisions under these policies, each once: actions that are decided alike share one. */
export function explanations (policies: Policies): (decision: Decision) => Explained {
  const known = new Map<Decision, Explained>()
  return (decision) => {
    const earlier = known.get(decision)
    if (earlier !== undefined) return earlier
    const explained = { layers: layersOf(decision, policies), ...checkEvidence(decision) }
    known.set(decision, explained)
    return explained
  }
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
