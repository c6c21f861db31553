import type { Finding } from '../../../schemas/verification.js'
import { finding } from '../../findings/catalogue.js'
import { formatList } from '../../findings/format.js'
import { groupBy } from '../../group-by.js'
import { inlineSizeFaults, MAX_INLINE_POLICIES_CHARACTERS } from '../../iam/document/storable-size.js'
import type { StorageFault } from '../../iam/document/storable-rule.js'
import type { BucketEvidence } from '../read/bucket-evidence.js'
import { policyEvidence, type RoleEvidence } from '../read/evidence.js'
import type { OrganizationContext } from '../read/organization.js'
import type { PolicyPlace } from './statement-place.js'

/** What was read from AWS is stored: what AWS would refuse to store again is a warning there. */
type Severity = 'error' | 'warning'

/** One finding for each rule that a document breaks. */
function findingsOf (
  faults: readonly StorageFault[],
  title: string,
  where: PolicyPlace['where'],
  severity: Severity
): Finding[] {
  return groupBy(faults, ({ rule }) => rule).map((group) => {
    const [{ rule, source }] = group
    const places = group.map(({ pointer, value }) => (pointer === '' ? value : `${pointer}: ${value}`))
    return {
      ...finding('NOT_STORABLE', { ...where, severity, detail: `${title}: ${formatList(places, '; ')}: ${rule}.` }),
      source,
      pointers: group.map(({ pointer }) => pointer)
    }
  })
}

/** What is looked at of a document: its place in the report, and what it is for. */
type StoredDocument = Pick<PolicyPlace, 'evidence' | 'where' | 'kind' | 'unknown' | 'isProposed'> & {
  layer: string
}

/**
 * What AWS refuses to store of a document: an error in one that is to be applied, a warning in one that is in force.
 * What a value that is not known yet stands in is not checked, nor is the size of its document.
 */
export function storableFindings (
  { kind, layer, evidence: { policy, storageFaults }, where, isProposed, unknown = [] }: StoredDocument,
  around: OrganizationContext
): Finding[] {
  const all = storageFaults(kind)
  if (all.length === 0) return []
  const severity = isProposed ? 'error' : severityIn(around)
  const known = severity === 'warning' ? policy.unsupported.map(({ pointer }) => pointer) : []
  const open = unknown.map(({ pointer }) => pointer)
  const faults = all.filter(
    ({ pointer }) =>
      !known.some((at) => pointer.startsWith(at)) &&
      !open.some((at) => `${pointer}/`.startsWith(`${statementOf(at)}/`) || `${at}/`.startsWith(`${pointer}/`))
  )
  return findingsOf(faults, `${layer} ${policy.name}`, where, severity)
}

const severityIn = ({ now }: OrganizationContext): Severity => (now === undefined ? 'error' : 'warning')

const statementOf = (pointer: string): string => pointer.split('/').slice(0, 3).join('/')

/** The same of a bucket policy; a bucket without one has no document. */
export function bucketStorableFindings (
  { bucket, bucketPolicy, observed }: BucketEvidence,
  around: OrganizationContext
): Finding[] {
  if (bucketPolicy === undefined || observed.bucketPolicy.state !== 'read') return []
  const where = { bucket }
  const { isProposed = false, unknownInBucketPolicy: unknown } = observed
  return storableFindings(
    { kind: 'bucketPolicy', layer: 'bucketPolicy', evidence: bucketPolicy, where, isProposed, unknown },
    around
  )
}

/** The same of the documents that a request brings of an organization. */
export function organizationStorableFindings (around: OrganizationContext): Finding[] {
  return (around.organizationDocuments ?? []).flatMap(({ kind, name, document }) =>
    storableFindings(
      {
        kind,
        layer: kind === 'serviceControlPolicy' ? 'serviceControlPolicies' : 'resourceControlPolicies',
        evidence: policyEvidence(name, document),
        where: {},
        isProposed: false
      },
      around
    )
  )
}

/** The inline policies of a role that are together larger than IAM stores. */
export function inlineSizeFindings ({ name, identityPolicies }: RoleEvidence, around: OrganizationContext): Finding[] {
  const inline = identityPolicies.filter(({ isInline }) => isInline === true)
  // Of most roles the white space, which IAM does not count, need not be left out.
  if (inline.reduce((sum, { length }) => sum + length, 0) <= MAX_INLINE_POLICIES_CHARACTERS) return []
  const documents = inline.map(({ document }) => document).filter((document) => document !== undefined)
  const severity = inline.some(({ isProposed }) => isProposed === true) ? 'error' : severityIn(around)
  return findingsOf(inlineSizeFaults(documents), 'identityPolicies', { roleArn: name.arn }, severity)
}
