import type { Finding } from '../../../schemas/verification.js'
import { finding } from '../../findings/catalogue.js'
import { formatList } from '../../findings/format.js'
import { groupBy } from '../../group-by.js'
import { inlineSizeFaults } from '../../iam/document/storable-size.js'
import type { DocumentKind, StorageFault } from '../../iam/document/storable-rule.js'
import { storageFaults } from '../../iam/document/storable.js'
import type { JsonObject } from '../../json/json.js'
import type { BucketEvidence } from '../read/bucket-evidence.js'
import { type KeyEvidence, type PolicyEvidence, policyEvidence, type RoleEvidence } from '../read/evidence.js'
import type { OrganizationContext } from '../read/organization.js'
import type { UnknownValue } from '../read/policy-source.js'

interface StoredDocument {
  kind: DocumentKind
  layer: string
  evidence: PolicyEvidence | undefined
  where: { kmsKeyArn?: string; roleArn?: string; bucket?: string }
  isProposed: boolean
  /** Values in it that are not known yet. */
  unknown?: readonly UnknownValue[] | undefined
}

/** What was read from AWS is stored: what AWS would refuse to store again is a warning there. */
type Severity = 'error' | 'warning'

/** A bucket without a policy has no document. */
function bucketDocument ({ bucket, bucketPolicy: evidence, observed }: BucketEvidence): StoredDocument[] {
  return observed.bucketPolicy.state === 'read'
    ? [
      {
        kind: 'bucketPolicy',
        layer: 'bucketPolicy',
        evidence,
        where: { bucket },
        isProposed: observed.isProposed === true
      }
    ]
    : []
}

function documentsOf (
  keys: readonly KeyEvidence[],
  roles: readonly RoleEvidence[],
  buckets: readonly BucketEvidence[]
): StoredDocument[] {
  return [
    ...buckets.flatMap(bucketDocument),
    ...keys.map(({ name, keyPolicy, observed }): StoredDocument => ({
      kind: 'keyPolicy',
      layer: 'keyPolicy',
      evidence: keyPolicy,
      where: { kmsKeyArn: name.arn },
      isProposed: observed.isProposed === true,
      unknown: observed.unknownInKeyPolicy
    })),
    ...roles.flatMap(({ name, identityPolicies, boundary, trustPolicy, observed }): StoredDocument[] => {
      const where = { roleArn: name.arn }
      const readBoundary = observed.permissionsBoundary
      return [
        ...identityPolicies.map((evidence, index): StoredDocument => ({
          kind: evidence.kind === 'attached' ? 'managedPolicy' : 'identityPolicy',
          layer: 'identityPolicies',
          evidence,
          where,
          isProposed: evidence.isProposed === true,
          unknown: observed.identityPolicies.read[index]?.unknown
        })),
        {
          kind: 'permissionsBoundary',
          layer: 'permissionsBoundary',
          evidence: boundary,
          where,
          isProposed: readBoundary.state === 'read' && readBoundary.value.isProposed === true,
          unknown: readBoundary.state === 'read' ? readBoundary.value.unknown : undefined
        },
        {
          kind: 'trustPolicy',
          layer: 'trustPolicy',
          evidence: trustPolicy,
          where,
          isProposed: observed.isTrustProposed === true,
          unknown: observed.unknownInTrustPolicy
        }
      ]
    })
  ]
}

/** One finding for each rule that a document breaks. */
function findingsOf (
  faults: readonly StorageFault[],
  title: string,
  where: StoredDocument['where'],
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

/** What a value that is not known yet stands in is not checked, nor is the size of its document. */
function storable ({ kind, layer, evidence, where, unknown = [] }: StoredDocument, severity: Severity): Finding[] {
  if (evidence === undefined) return []
  const { policy, document } = evidence
  const title = `${layer} ${policy.name}`
  if (document === undefined) return []
  const known = severity === 'warning' ? policy.unsupported.map(({ pointer }) => pointer) : []
  const open = unknown.map(({ pointer }) => pointer)
  const faults = storageFaults(kind, document).filter(
    ({ pointer }) =>
      !known.some((at) => pointer.startsWith(at)) &&
      !open.some((at) => `${pointer}/`.startsWith(`${statementOf(at)}/`) || `${at}/`.startsWith(`${pointer}/`))
  )
  return findingsOf(faults, title, where, severity)
}

const statementOf = (pointer: string): string => pointer.split('/').slice(0, 3).join('/')

function inlineSizes ({ name, observed }: RoleEvidence, severity: Severity): Finding[] {
  const documents = observed.identityPolicies.read
    .filter(({ isInline }) => isInline === true)
    .map(({ name: policyName, document }) => policyEvidence(policyName, document).document)
    .filter((document): document is JsonObject => document !== undefined)
  return findingsOf(inlineSizeFaults(documents), 'identityPolicies', { roleArn: name.arn }, severity)
}

/** What AWS refuses to store: an error in documents that are to be applied, a warning in those that are in force. */
export function storableFindings (
  keys: readonly KeyEvidence[],
  roles: readonly RoleEvidence[],
  buckets: readonly BucketEvidence[],
  { now, organizationDocuments = [] }: OrganizationContext
): Finding[] {
  const severity = now === undefined ? 'error' : 'warning'
  const ofOrganization = organizationDocuments.map(
    ({ kind, name, document }): StoredDocument => ({
      kind,
      layer: kind === 'serviceControlPolicy' ? 'serviceControlPolicies' : 'resourceControlPolicies',
      evidence: policyEvidence(name, document),
      where: {},
      isProposed: false
    })
  )
  return [
    ...[...documentsOf(keys, roles, buckets), ...ofOrganization].flatMap((document) =>
      storable(document, document.isProposed ? 'error' : severity)
    ),
    ...roles.flatMap((role) => inlineSizes(role, severity))
  ]
}
