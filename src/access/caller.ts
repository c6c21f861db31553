/** What a caller may be allowed to do; each operation of the API that is not public asks for one of these. */
export const SCOPES = ['policies:generate', 'verify:documents', 'verify:live'] as const
export type Scope = (typeof SCOPES)[number]

/** Who asks, as the gateway or the token says. */
export interface Caller {
  id: string
  scopes: ReadonlySet<string>
}

/** Whose name can stand in a log line, a metric and a header as it is. */
const CALLER_ID = /^[\x21-\x2b\x2d-\x7e]{1,256}$/

/**
 * A name without spaces and commas: two headers of one name arrive joined by a comma, and one of them may be the
 * client's own.
 */
export function isCallerId (text: string): boolean {
  return CALLER_ID.test(text)
}

/** Scopes divided by spaces, as RFC 6749 §3.3 has them. */
export function scopesOf (text: string): Set<string> {
  return new Set(text.match(/[^ ]+/g))
}

/** Thrown where a request does not say, or cannot prove, who sends it. The text is sent to the client. */
export class NotAuthenticated extends Error {
  override readonly name: string = 'NotAuthenticated'
}

/** Thrown where it does not even try. */
export class MissingCredentials extends NotAuthenticated {
  override readonly name = 'MissingCredentials'
}

/** Thrown where the keys that verify tokens cannot be fetched, so that no caller can be identified. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
}
