import type { StatementKind } from './statements.js'

export type CausePolicy = 'keyPolicy' | 'bucketPolicy' | 'iamPolicy' | 'trustPolicy' | 'callerPolicy' | 'other'

/** One cause of a denial. In `commands`, `{name}` stands for a fact of the message or the usage. */
export interface CauseEntry {
  title: string
  detail: string
  /** What distinguishes this cause from the others. */
  distinguish: string
  /** The policy to look at; left out where it is no policy. */
  policy?: CausePolicy
  statements?: readonly StatementKind[]
  /**
   * Whom a Deny of that policy can refuse: the role alone, or also the service principal. It takes an exception; where
   * there are statements as well, these are for a policy without an Allow.
   */
  denies?: 'role' | 'roleOrService'
  commands?: readonly string[]
  source: string
}
