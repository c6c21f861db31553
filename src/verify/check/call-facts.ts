import type { CallFacts, Membership } from '../../personalize/call-facts.js'
import type { KeyEvidence, RoleEvidence } from '../read/evidence.js'
import type { OrganizationLayers } from '../read/organization.js'
import type { Read } from '../read/policy-source.js'

/**
 * What was read of role, key and their organizations beside the policies. `role`: undefined for the service.
 * `accountId`: the account that runs Personalize.
 */
export function callFacts (
  { key, role, accountId }: { key: KeyEvidence; role: RoleEvidence | undefined; accountId: string },
  organization: OrganizationLayers,
  sessionTags: boolean | undefined
): CallFacts {
  const [keyTags, aliases] = [valueOf(key.observed.tags), valueOf(key.observed.aliases)]
  const shared = { resourceAccountId: key.name.accountId, role, accountId }
  return {
    ...resourceFacts(shared, organization, sessionTags),
    ...(keyTags === undefined ? {} : { keyTags }),
    ...(aliases === undefined ? {} : { aliases })
  }
}

/** The same of any resource: a bucket has nothing else that is a condition key. */
export function resourceFacts (
  {
    resourceAccountId,
    role,
    accountId
  }: { resourceAccountId: string; role: RoleEvidence | undefined; accountId: string },
  { memberships }: OrganizationLayers,
  sessionTags: boolean | undefined
): CallFacts {
  const [roleRead, roleTags] = [valueOf(role?.observed.role), valueOf(role?.observed.tags)]
  const memberOf = (account: string | undefined): Membership | undefined =>
    account === undefined ? undefined : memberships?.get(account)
  const [roleMembership, keyMembership] = [memberOf(role?.name.accountId), memberOf(resourceAccountId)]
  const sourceMembership = memberOf(accountId)
  return {
    ...(roleRead?.roleId === undefined ? {} : { roleId: roleRead.roleId }),
    ...(roleTags === undefined ? {} : { roleTags }),
    ...(sessionTags === undefined ? {} : { sessionTags }),
    ...(roleMembership === undefined ? {} : { roleMembership }),
    ...(keyMembership === undefined ? {} : { keyMembership }),
    ...(sourceMembership === undefined ? {} : { sourceMembership })
  }
}

function valueOf<T> (read: Read<T> | undefined): T | undefined {
  return read?.state === 'read' ? read.value : undefined
}
