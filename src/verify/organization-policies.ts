import type { Layer } from '../iam/authorize.js'
import { compilePolicy } from '../iam/policy-document.js'

/** The levels of an organization's policies that bind one account, or, without an `accountId`, every account in question. */
export interface AccountLevels { accountId?: string, levels: readonly Layer[] }

/**
 * AWS attaches this one on every level and lets nobody detach it, so that all other resource control policies only deny.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
 */
const RCP_FULL_ACCESS = compilePolicy('RCPFullAWSAccess', { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })

/** A level of resource control policies with the one that is always there. */
export function withFullAccess ({ policies, complete }: Layer): Layer {
  return { policies: [RCP_FULL_ACCESS, ...policies], complete }
}

/** What binds an account; undefined where that is not known. */
export function levelsFor (lists: readonly AccountLevels[] | undefined, accountId: string): readonly Layer[] | undefined {
  return lists?.find((list) => list.accountId === undefined || list.accountId === accountId)?.levels
}
