import type { Check, StatementReference } from '../../../schemas/verification.js'
import { truncate, takeFirst, omittedCounts } from '../../findings/format.js'
import type { Decision } from '../../iam/authorize.js'
import type { StatementLocation } from '../../iam/explain.js'

type Evidence = Pick<Check, 'matchedStatements' | 'missingContextValues' | 'conditions' | 'unsupported' | 'omitted'>

/** What a decision rests on, as much of it as a report tells. */
export function checkEvidence (decision: Decision): Evidence {
  const matched = takeFirst(decision.matchedStatements)
  const isOpen = decision.decision === 'conditional' || decision.decision === 'unknown'
  const missing = takeFirst(isOpen ? decision.missingContextValues : [])
  const conditions = takeFirst(isOpen ? decision.conditions : [])
  // Where the decision depends on it; the finding MALFORMED_POLICY lists all of it once.
  const unsupported = takeFirst(decision.decision === 'unknown' ? decision.unsupported : [])
  return {
    matchedStatements: matched.listed.map(referenceTo),
    missingContextValues: missing.listed.map((name) => truncate(name)),
    ...(conditions.listed.length === 0
      ? {}
      : {
        conditions: conditions.listed.map(({ key, needs, effect, statement }) => ({
          key: truncate(key),
          needs: truncate(needs),
          effect,
          statement: referenceTo(statement)
        }))
      }),
    ...(unsupported.listed.length === 0
      ? {}
      : {
        unsupported: unsupported.listed.map(({ policy, name, pointer, what }) => ({
          policy: policyWord(policy),
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

/** The engine knows resource policies; here that is the key policy. */
function policyWord (layer: string): string {
  return layer === 'resourcePolicy' ? 'keyPolicy' : layer
}

/** A statement as the report names it. */
export function referenceTo ({ policy, name, sid, ...place }: StatementLocation): StatementReference {
  return {
    policy: policyWord(policy),
    name: truncate(name),
    ...(sid === undefined ? {} : { sid: truncate(sid) }),
    ...place
  }
}
