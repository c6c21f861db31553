import type { CallFacts } from '../../personalize/call-facts.js'
import type { KeyEvidence, RoleEvidence } from '../read/evidence.js'
import type { OrganizationLayers } from '../read/organization.js'
import type { Read } from '../read/policy-source.js'

/**
 * What was read of role, key and their organizations beside the policies. `role`: undefined for the service.
 * `accountId`: the account that runs Personalize.
 */
export function callFacts (
  { key, role, accountId }: { key: KeyEvidence; role: RoleEvidence | undefined; accountId: string },
  { memberships }: OrganizationLayers,
  sessionTags: boolean | undefined
): CallFacts {
  const [roleRead, roleTags] = [valueOf(role?.observed.role), valueOf(role?.observed.tags)]
  const [keyTags, aliases] = [valueOf(key.observed.tags), valueOf(key.observed.aliases)]
  const roleMembership = role === undefined ? undefined : memberships?.get(role.name.accountId)
  const sourceMembership = memberships?.get(accountId)
  const keyMembership = memberships?.get(key.name.accountId)
  return {
    ...(roleRead?.roleId === undefined ? {} : { roleId: roleRead.roleId }),
    ...(roleTags === undefined ? {} : { roleTags }),
    ...(sessionTags === undefined ? {} : { sessionTags }),
    ...(keyTags === undefined ? {} : { keyTags }),
    ...(aliases === undefined ? {} : { aliases }),
    ...(roleMembership === undefined ? {} : { roleMembership }),
    ...(keyMembership === undefined ? {} : { keyMembership }),
    ...(sourceMembership === undefined ? {} : { sourceMembership })
  }
}

function valueOf<T> (read: Read<T> | undefined): T | undefined {
  return read?.state === 'read' ? read.value : undefined
}
