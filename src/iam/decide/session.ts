import type { NoteUnknown } from '../condition/condition.js'
import type { RequestContext } from '../match/request-context.js'
import { MAYBE, type Truth, truthOf } from '../match/truth.js'

/** The key whose value ends with the name of the session: `AROA…:session`. */
export const SESSION_KEY = 'aws:userid'

/**
 * Whether a role calls in one of the sessions of these names; which one it calls in may not be known.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 */
export function callsInSession (names: readonly string[], context: RequestContext, note: NoteUnknown): Truth {
  const value = context.lookup(SESSION_KEY)
  if (value.state !== 'known') {
    note(SESSION_KEY)
    return MAYBE
  }
  const [userid = ''] = value.values
  return truthOf(names.includes(userid.slice(userid.lastIndexOf(':') + 1)))
}
