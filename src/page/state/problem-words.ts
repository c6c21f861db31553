import type { ErrorCode } from '../../errors.js'

const TITLES: Partial<Record<ErrorCode, string>> = {
  INVALID_REQUEST: 'Something on the form is not right yet',
  INCONSISTENT_USAGE: 'Some of this does not fit together',
  SID_CONFLICT: 'A statement of yours has one of our names',
  EXISTING_POLICY_DENIES: 'A Deny of yours would still prevent the use',
  EXISTING_POLICY_NOT_STORABLE: 'AWS would not store the policy that is there',
  KEY_LOCKOUT: 'No principal could change this key policy again',
  POLICY_TOO_LARGE: 'The policy would be larger than AWS accepts'
}

/** The heading over a problem, in words of the form; the title of the problem for the rest. */
export function problemTitle ({ code, title }: { code: string; title: string }): string {
  return new Map(Object.entries(TITLES)).get(code) ?? title
}
