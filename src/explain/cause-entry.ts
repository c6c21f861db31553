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
  /** The condition that a Deny would have to have. */
  isDeny?: true
  commands?: readonly string[]
  source: string
}
