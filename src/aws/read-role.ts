import type { ObservedRole, Read } from '../verify/policy-source.js'
import { parseArn } from '../iam/arn.js'
import { failed } from './call.js'
import { documentOf, type IamReads, type RoleItself } from './iam-reads.js'
import { readIdentityPolicies } from './identity-policies.js'
import type { RoleLocation } from './location.js'

/** The account of the service's own credentials, where these tell it. */
export type CallerAccount = () => Promise<string | undefined>

type Unread = Exclude<Read<never>, { state: 'read' }>

export async function readRole (location: RoleLocation, reads: IamReads, callerAccount: CallerAccount): Promise<ObservedRole> {
  const [{ observed, isNamesake }, identityPolicies] = await Promise.all([
    readRoleItself(location, reads, callerAccount),
    readIdentityPolicies(location.roleName, reads)
  ])
  return isNamesake ? observed : { ...observed, identityPolicies }
}

/**
 * IAM's calls take a role's name and look in the account of the credentials. So a role of another account, or
 * at another path, is answered by a namesake, or by NoSuchEntity though it exists: the ARN that comes back, or
 * else the account of the credentials, has to agree before anything of the answers is told.
 */
async function readRoleItself (location: RoleLocation, reads: IamReads, callerAccount: CallerAccount): Promise<{ observed: ObservedRole, isNamesake: boolean }> {
  const { roleArn, accountId } = location
  const outcome = await reads.role(location.roleName)
  const account = outcome.ok ? parseArn(outcome.value.arn)?.accountId : await callerAccount()
  if (account !== undefined && account !== accountId) return { observed: noRole(roleArn, foreign(accountId, account)), isNamesake: true }
  if (!outcome.ok) {
    return outcome.missing
      ? { observed: noRole(roleArn, notFound(`${outcome.why}: the account of the credentials has no role of this name`)), isNamesake: true }
      : { observed: noRole(roleArn, failed(outcome)), isNamesake: false }
  }
  if (outcome.value.arn !== roleArn) return { observed: noRole(roleArn, notFound(`the role of this name has the ARN ${outcome.value.arn}`)), isNamesake: true }
  return { observed: await observe(outcome.value, reads), isNamesake: false }
}

async function observe ({ arn, roleId, trustPolicy, boundaryArn }: RoleItself, reads: IamReads): Promise<ObservedRole> {
  return {
    ...noRole(arn, { state: 'notPresent' }),
    role: { state: 'read', value: { arn, ...(roleId === undefined ? {} : { roleId }) } },
    trustPolicy: documentOf('GetRole', trustPolicy),
    ...(boundaryArn === undefined ? {} : { permissionsBoundary: await reads.managedPolicy(boundaryArn) })
  }
}

function notFound (why: string): Unread {
  return { state: 'notFound', why }
}

function foreign (accountId: string, account: string): Unread {
  return { state: 'notRead', why: `the credentials are of account ${account}; IAM of account ${accountId} can only be read with its own`, cause: 'accessDenied' }
}

/** A role of which nothing can be told. One that does not exist has no policies; of one that was not read they are lost. */
export function noRole (roleArn: string, read: Unread): ObservedRole {
  const lost = read.state === 'notRead' ? [{ name: 'identity-based policies', why: read.why, cause: read.cause }] : []
  return { roleArn, role: read, trustPolicy: read, identityPolicies: { read: [], lost }, permissionsBoundary: read }
}
