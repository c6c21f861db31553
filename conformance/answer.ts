import { authorize, type Decision } from '../src/iam/authorize.js'
import type { LayerName } from '../src/iam/decide/request.js'
import { isObject } from '../src/json/json.js'
import { faultInJsonText } from '../src/json/strict-json.js'
import { BadRequest, readRequest } from './read-request.js'

/** One line of output. */
export type Answer =
  | { id: unknown; error: string }
  | {
      id: unknown
      decision: Decision['decision']
      matchedStatements: Array<{ policy: string; sid: string | null; index: number; effect: 'Allow' | 'Deny' }>
      missingContextValues: readonly string[]
      unsupported: Array<{ policy: string; pointer: string; what: string }>
      /** Only where it is so: there were too many contexts to try, so that the answer may be needlessly open. */
      capped?: true
    }

/** A layer under the name that it has in the input. */
const memberOf = (layer: LayerName): string => (layer === 'permissionsBoundary' ? 'permissionBoundary' : layer)

/** Answers one line; what cannot be read is an answer too. */
export function answerLine (line: string): Answer {
  let input: unknown
  try {
    input = JSON.parse(line)
  } catch {
    return { id: null, error: 'the line is not JSON' }
  }
  if (!isObject(input)) return { id: null, error: 'the line is not a JSON object' }
  const id = input['id'] ?? null
  if (typeof id === 'object' && id !== null) return { id: null, error: 'id is neither a string nor a number' }
  try {
    return { id, ...decide(input, faultInJsonText(line)) }
  } catch (error) {
    if (error instanceof BadRequest) return { id, error: error.message }
    // A fault of ours costs its own line, not the run.
    return { id, error: `internal error: ${error instanceof Error ? error.message : 'unknown'}` }
  }
}

function decide (...input: Parameters<typeof readRequest>): Omit<Exclude<Answer, { error: string }>, 'id'> {
  const { request, policies, unreadGrants } = readRequest(...input)
  const { decision, matchedStatements, missingContextValues, unsupported, capped } = authorize(request, policies)
  return {
    decision,
    matchedStatements: matchedStatements.map(({ policy, sid, index, effect }) => ({
      policy: memberOf(policy),
      sid: sid ?? null,
      index,
      effect
    })),
    missingContextValues,
    unsupported: [
      ...unsupported.map(({ name, pointer, what }) => ({ policy: name, pointer, what })),
      ...unreadGrants.map((found) => ({ policy: 'grants', ...found }))
    ],
    ...(capped ? { capped } : {})
  }
}
