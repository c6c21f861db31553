import type { Finding, Report } from '../../../schemas/verification.js'
import { finding } from '../../findings/catalogue.js'
import { toldList } from '../../findings/format.js'
import { grouped } from '../../group-by.js'
import type { KeyEvidence, RoleEvidence } from '../read/evidence.js'
import type { NotEvaluated, OrganizationLayers, Unread } from '../read/organization.js'
import type { Read } from '../read/policy-source.js'

export function unreadOf ({
  keys,
  roles,
  around
}: {
  keys: readonly KeyEvidence[]
  roles: readonly RoleEvidence[]
  around: OrganizationLayers
}): Unread[] {
  return [
    ...keys.flatMap(({ observed, name: { arn: kmsKeyArn } }) => [
      ...lost('keyMetadata', observed.metadata, { kmsKeyArn }),
      ...lost('keyPolicy', ofPresentKey(observed.metadata, observed.keyPolicy), { kmsKeyArn }),
      ...lost('grants', ofPresentKey(observed.metadata, observed.grants), { kmsKeyArn })
    ]),
    ...roles.flatMap(({ observed, name: { arn: roleArn } }) => [
      ...lost('role', observed.role, { roleArn }),
      ...lost('trustPolicy', observed.trustPolicy, { roleArn }),
      ...lost('permissionsBoundary', observed.permissionsBoundary, { roleArn }),
      ...observed.identityPolicies.lost.map(({ name, why, cause }) => ({
        what: 'identityPolicies',
        name,
        why,
        cause,
        roleArn
      }))
    ]),
    ...(around.organizationUnread ?? [])
  ]
}

function lost (what: string, read: Read<unknown>, where: Pick<Unread, 'kmsKeyArn' | 'roleArn'>): Unread[] {
  return read.state === 'notRead' ? [{ what, why: read.why, cause: read.cause, ...where }] : []
}

/** Whether a key exists DescribeKey says; a part that is not found of a key that may well exist is just not read. */
function ofPresentKey (metadata: Read<unknown>, read: Read<unknown>): Read<unknown> {
  return read.state === 'notFound' && metadata.state !== 'notFound'
    ? { state: 'notRead', why: read.why, cause: 'other' }
    : read
}

/**
 * What the report says was not evaluated: what could not be read, and the organization's policies where nobody gave
 * them.
 */
export function notEvaluated (unread: readonly Unread[], around: OrganizationLayers): Report['notEvaluated'] {
  const missing = (what: 'serviceControlPolicies' | 'resourceControlPolicies'): NotEvaluated[] =>
    around[what] === undefined ? [{ what, why: 'The policies of the organization were not given.' }] : []
  const ofOrganization = around.organizationNotEvaluated ?? [
    ...missing('serviceControlPolicies'),
    ...missing('resourceControlPolicies')
  ]
  return [...unread.map(({ cause: _, ...rest }) => rest), ...ofOrganization]
}

/** A finding for each read that failed, with all the parts that it cost; what the request left out is no failure. */
export function unreadFindings (unread: readonly Unread[]): Finding[] {
  const failed = unread.filter(({ cause }) => cause !== 'notGiven')
  return grouped(failed, ({ why, kmsKeyArn, roleArn, accountId }) =>
    JSON.stringify([why, kmsKeyArn, roleArn, accountId])
  ).map((parts) => {
    const [{ why, kmsKeyArn, roleArn, accountId }] = parts
    const where = kmsKeyArn ?? roleArn ?? (accountId === undefined ? 'the request' : `account ${accountId}`)
    return finding('NOT_READABLE', {
      detail: `${toldList(parts.map(({ what, name }) => (name === undefined ? what : `${what} ${name}`)))} of ${where}: ${why}.`,
      ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
      ...(roleArn === undefined ? {} : { roleArn })
    })
  })
}
