import { parseArn } from '../iam/arn.js'
import type { ObservedRole, Read } from '../verify/policy-source.js'
import { failed, type Outcome } from './call.js'
import type { CallFailure } from './errors.js'
import { foreign } from './caller-account.js'
import { documentOf, type IamReads, type RoleItself } from './iam-reads.js'
import { readIdentityPolicies } from './identity-policies.js'
import type { RoleLocation } from './location.js'

type Unread = Exclude<Read<never>, { state: 'read' }>

/** `credentialsAccount`: whose IAM the calls look into, should the answers not tell. */
export async function readRole (location: RoleLocation, reads: IamReads, credentialsAccount: () => Promise<Outcome<string>>): Promise<ObservedRole> {
  const [{ observed, isSure }, identityPolicies] = await Promise.all([
    readRoleItself(location, reads, credentialsAccount),
    readIdentityPolicies(location.roleArn, reads)
  ])
  return isSure ? { ...observed, identityPolicies } : observed
}

/**
 * IAM's calls take a role's name and look in the account of the credentials. So a role of another account, or
 * at another path, is answered by a namesake, or by NoSuchEntity though it exists: the ARN that comes back, or
 * else the account of the credentials, has to agree before anything of the answers is told.
 */
async function readRoleItself (location: RoleLocation, reads: IamReads, credentialsAccount: () => Promise<Outcome<string>>): Promise<{ observed: ObservedRole, isSure: boolean }> {
  const { roleArn, accountId } = location
  const outcome = await reads.role(roleArn)
  const account = outcome.ok ? { ok: true as const, value: parseArn(outcome.value.arn)?.accountId } : await credentialsAccount()
  if (!account.ok) return { observed: noRole(roleArn, outcome.ok || outcome.missing ? ofUnknownAccount(account.cause) : failed(outcome)), isSure: false }
  if (account.value !== undefined && account.value !== accountId) return { observed: noRole(roleArn, foreign('IAM', accountId, account.value)), isSure: false }
  if (!outcome.ok) {
    return outcome.missing
      ? { observed: noRole(roleArn, notFound(`${outcome.why}: the account of the credentials has no role of this name`)), isSure: false }
      : { observed: noRole(roleArn, failed(outcome)), isSure: true }
  }
  if (outcome.value.arn !== roleArn) return { observed: noRole(roleArn, notFound(`the role of this name has the ARN ${outcome.value.arn}`)), isSure: false }
  return { observed: await observe(outcome.value, reads), isSure: true }
}

async function observe ({ arn, roleId, trustPolicy, boundaryArn }: RoleItself, reads: IamReads): Promise<ObservedRole> {
  return {
    ...noRole(arn, { state: 'notPresent' }),
    role: { state: 'read', value: { arn, ...(roleId === undefined ? {} : { roleId }) } },
    trustPolicy: documentOf('GetRole', trustPolicy),
    ...(boundaryArn === undefined ? {} : { boundaryArn, permissionsBoundary: await reads.managedPolicy(boundaryArn) })
  }
}

function notFound (why: string): Unread {
  return { state: 'notFound', why }
}

/** Without the account of the credentials nobody can tell a role that is missing from one that is elsewhere. */
function ofUnknownAccount (cause: CallFailure['cause']): Unread {
  return { state: 'notRead', why: 'GetRole finds no such role, but in which account it looked is not known: GetCallerIdentity failed', cause }
}

/** A role of which nothing can be told. One that does not exist has no policies; of one that was not read they are lost. */
export function noRole (roleArn: string, read: Unread): ObservedRole {
  const lost = read.state === 'notRead' ? [{ name: 'identity-based policies', why: read.why, cause: read.cause }] : []
  return { roleArn, role: read, trustPolicy: read, identityPolicies: { read: [], lost }, permissionsBoundary: read }
}
