import { parseArn } from '../iam/match/arn.js'
import type { ObservedPolicy, ObservedRole, Read } from '../verify/read/policy-source.js'
import { failed, type Outcome } from './call.js'
import { foreign } from './caller-account.js'
import type { CallFailure } from './errors.js'
import { documentOf, type IamReads, type RoleItself } from './iam.js'
import type { RoleLocation } from './regions.js'

type IdentityPolicies = ObservedRole['identityPolicies']

/** The inline and attached policies of a role; a list that broke off is itself an entry of `lost`. */
export async function readIdentityPolicies (roleArn: string, reads: IamReads): Promise<IdentityPolicies> {
  const kinds = await Promise.all([readInline(roleArn, reads), readAttached(roleArn, reads)])
  return { read: kinds.flatMap((kind) => kind.read), lost: kinds.flatMap((kind) => kind.lost) }
}

async function readInline (roleArn: string, reads: IamReads): Promise<IdentityPolicies> {
  const { items, failure } = await reads.inlinePolicyNames(roleArn)
  const policies = await Promise.all(
    items.map(async (name) => {
      const document = await reads.inlinePolicy(roleArn, name)
      return {
        name,
        policy:
          document.state === 'read' ? { state: 'read' as const, value: { name, document: document.value } } : document
      }
    })
  )
  return collect('inline', policies, 'inline policies', failure)
}

async function readAttached (roleArn: string, reads: IamReads): Promise<IdentityPolicies> {
  const { items, failure } = await reads.attachedPolicies(roleArn)
  const policies = await Promise.all(
    items.map(async ({ PolicyName, PolicyArn }) => {
      const name = PolicyName ?? PolicyArn ?? 'attached policy'
      return PolicyArn === undefined
        ? { name, policy: withoutArn }
        : { name, arn: PolicyArn, policy: await reads.managedPolicy(PolicyArn) }
    })
  )
  return collect('attached', policies, 'attached policies', failure)
}

const withoutArn: Read<never> = {
  state: 'notRead',
  why: 'ListAttachedRolePolicies failed: a policy came without an ARN',
  cause: 'malformedAnswer'
}

function collect (
  kind: 'inline' | 'attached',
  policies: ReadonlyArray<{ name: string; arn?: string; policy: Read<ObservedPolicy> }>,
  list: string,
  failure: CallFailure | undefined
): IdentityPolicies {
  const found: IdentityPolicies = { read: [], lost: [] }
  for (const { policy, ...names } of policies) {
    if (policy.state === 'read') found.read.push({ ...policy.value, kind })
    else if (policy.state === 'notRead') found.lost.push({ ...names, why: policy.why, cause: policy.cause })
  }
  if (failure !== undefined) found.lost.push({ name: list, why: failure.why, cause: failure.cause })
  return found
}

type NotRead = Exclude<Read<never>, { state: 'read' }>

/**
 * Reads a role. IAM's calls take a role's name and look in the account of the credentials, so a role of another
 * account, or at another path, is answered by a role of the same name, or by NoSuchEntity although it exists.
 * Therefore nothing of the role is reported before GetRole has returned the requested ARN: without that, everything is
 * unknown or not found, exactly as for a role that does not exist. Its lists are read beside GetRole, and dropped
 * without that proof, unless `proveFirst`. `credentialsAccount`: the account that the calls look into, where GetRole
 * returns no ARN.
 */
export async function readRole (
  location: RoleLocation,
  reads: IamReads,
  { credentialsAccount, proveFirst }: { credentialsAccount: () => Promise<Outcome<string>>; proveFirst: boolean }
): Promise<ObservedRole> {
  const { roleArn } = location
  const proof = reads.role(roleArn)
  if (!proveFirst) reads.startLists(roleArn)
  const outcome = await proof
  if (!outcome.ok || outcome.value.arn !== roleArn) {
    reads.dropLists(roleArn)
    return noRole(roleArn, await reasonUnproven(location, outcome, credentialsAccount))
  }
  const { boundaryArn, roleId, trustPolicy, tags } = outcome.value
  const [identityPolicies, boundary] = await Promise.all([
    readIdentityPolicies(roleArn, reads),
    boundaryArn === undefined ? undefined : reads.managedPolicy(boundaryArn)
  ])
  return {
    roleArn,
    role: { state: 'read', value: { arn: roleArn, ...(roleId === undefined ? {} : { roleId }) } },
    tags: { state: 'read', value: tags },
    trustPolicy: documentOf('GetRole', trustPolicy),
    identityPolicies,
    permissionsBoundary: boundary ?? { state: 'notPresent' },
    ...(boundaryArn === undefined ? {} : { boundaryArn })
  }
}

/** Why GetRole did not prove that the role with the requested ARN exists. */
async function reasonUnproven (
  { accountId }: RoleLocation,
  outcome: Outcome<RoleItself>,
  credentialsAccount: () => Promise<Outcome<string>>
): Promise<NotRead> {
  const account = outcome.ok
    ? { ok: true as const, value: parseArn(outcome.value.arn)?.accountId }
    : await credentialsAccount()
  if (!account.ok) return outcome.ok || outcome.missing ? ofUnknownAccount(account.cause) : failed(outcome)
  if (account.value !== undefined && account.value !== accountId) return foreign('IAM', accountId, account.value)
  if (outcome.ok)
    return { ...notFound(`the role of this name has the ARN ${outcome.value.arn}`), otherArn: outcome.value.arn }
  return outcome.missing
    ? notFound(`${outcome.why}: the account of the credentials has no role of this name`)
    : failed(outcome)
}

function notFound (why: string): Extract<NotRead, { state: 'notFound' }> {
  return { state: 'notFound', why }
}

/** Without the account of the credentials a missing role cannot be distinguished from one that is elsewhere. */
function ofUnknownAccount (cause: CallFailure['cause']): NotRead {
  return {
    state: 'notRead',
    why: 'GetRole finds no such role, but in which account it looked is not known: GetCallerIdentity failed',
    cause
  }
}

/**
 * A role of which nothing is known. One that does not exist has no policies; of one that was not read they are
 * lost.
 */
export function noRole (roleArn: string, read: NotRead): ObservedRole {
  const lost = read.state === 'notRead' ? [{ name: 'identity-based policies', why: read.why, cause: read.cause }] : []
  return { roleArn, role: read, trustPolicy: read, identityPolicies: { read: [], lost }, permissionsBoundary: read }
}
