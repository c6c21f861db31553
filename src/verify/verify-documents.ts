import type { PolicyInput } from '../../schemas/policy-document.js'
import type { KeyDocuments, Report, RoleDocuments, VerifyDocumentsBody } from '../../schemas/verification.js'
import { type FieldError, ServiceError } from '../errors.js'
import type { Layer } from '../iam/decide/request.js'
import { faultOfOtherOutput, isTooLarge, MAX_POLICY_INPUT_BYTES } from '../iam/document/policy-input.js'
import { type ResolvedUsage, resolveUsage } from '../personalize/usage.js'
import { withBucketKeys } from './read/bucket-evidence.js'
import { bucketFaults, bucketsOfDocuments } from './read/bucket-input.js'
import { keyEvidence, policyEvidence, type PolicyEvidence, roleEvidence } from './read/evidence.js'
import { parseContext } from './read/context.js'
import { keyInputFaults, unwrapGrants, unwrapMetadata } from './read/key-input.js'
import { type AccountLevels, type NotEvaluated, type OrganizationContext, withFullAccess } from './read/organization.js'
import type { ObservedKey, ObservedRole, Read } from './read/policy-source.js'
import { contextFaults, repeatedNames } from './read/proposed.js'
import { roleInputFaults } from './read/role-input.js'
import { reportOn } from './report.js'

/** Reports on the documents of the request. A pure function of it: no AWS, no clock. */
export function verifyDocuments (body: VerifyDocumentsBody): Report {
  const request = { ...body, keys: body.keys ?? [] }
  const resolved = resolveUsage(request.usage, { keys: 'keyArns', pointer: '/usage' })
  // A request about keys alone may have locations, too: then nothing is said of Amazon S3.
  const isAboutBuckets = (body.buckets ?? []).length > 0 || resolved.keys.length === 0
  const configuration = bucketFaults(request, resolved.locations)
  // What is no configuration names no keys that could be missing or too many.
  const isReadable = configuration.length === 0
  const buckets = isAboutBuckets && isReadable ? bucketsOfDocuments(body, resolved.locations) : []
  const usage = withBucketKeys(resolved, buckets)
  const faults = [
    ...missingDocuments(request, resolved),
    ...(isReadable ? surplusDocuments(request, usage) : []),
    ...configuration,
    ...request.keys.flatMap((key, i) => keyInputFaults(key, `/keys/${i}`)),
    ...request.roles.flatMap((role, i) => roleInputFaults(role, `/roles/${i}`)),
    ...request.roles.flatMap(({ identityPolicies }, i) => repeatedInline(identityPolicies, `/roles/${i}`)),
    ...contextFaults(request.context ?? {}, request.usage)
  ]
  if (faults.length > 0)
    throw new ServiceError(
      'INCONSISTENT_USAGE',
      'the documents do not fit the usage: ' +
        `${faults.length === 1 ? 'there is 1 fault' : `there are ${faults.length} faults`}`,
      faults
    )
  assertDocuments(documentsOf(request))
  return reportOn({
    usage,
    buckets,
    keys: usage.keys.flatMap(({ arn }) => {
      const documents = request.keys.find(({ kmsKeyArn }) => kmsKeyArn === arn)
      return keyEvidence(documents === undefined ? keyOfBucket(arn) : observedKey(documents)) ?? []
    }),
    roles: usage.roles.flatMap(({ arn }) =>
      request.roles.filter(({ roleArn }) => roleArn === arn).flatMap((role) => roleEvidence(observedRole(role)) ?? [])
    ),
    around: organizationContext(request)
  })
}

/** Two policies of one name may be an inline and a managed one, or managed ones of different paths. */
function repeatedInline (policies: RoleDocuments['identityPolicies'], pointer: string): FieldError[] {
  return repeatedNames(policies, `${pointer}/identityPolicies`, ({ kind }) => kind === 'inline')
}

function given<T> (value: T | undefined, what: string): Read<T> {
  return value === undefined
    ? { state: 'notRead', cause: 'notGiven', why: `The request brings no ${what}.` }
    : { state: 'read', value }
}

/** Policies that are not applied yet have no grants, unless the request says so. */
function observedKey ({ kmsKeyArn, keyPolicy, grants, metadata }: KeyDocuments): ObservedKey {
  return {
    requestedArn: kmsKeyArn,
    kmsKeyArn,
    metadata: metadata === undefined ? { state: 'notPresent' } : { state: 'read', value: unwrapMetadata(metadata) },
    keyPolicy: { state: 'read', value: keyPolicy },
    grants: grants === undefined ? { state: 'notPresent' } : { state: 'read', value: unwrapGrants(grants) }
  }
}

/** A key that a bucket encrypts with, of which the request brings nothing. */
function keyOfBucket (kmsKeyArn: string): ObservedKey {
  return {
    requestedArn: kmsKeyArn,
    kmsKeyArn,
    metadata: { state: 'notPresent' },
    keyPolicy: given(undefined, 'key policy'),
    grants: { state: 'notPresent' }
  }
}

function observedRole ({ roleArn, identityPolicies, permissionsBoundary, trustPolicy }: RoleDocuments): ObservedRole {
  return {
    roleArn,
    role: { state: 'read', value: { arn: roleArn } },
    trustPolicy: given(trustPolicy, 'trust policy of the role'),
    identityPolicies: {
      read: identityPolicies.map(({ kind, ...policy }) => ({
        ...policy,
        isInline: kind === 'inline',
        kind: kind === 'managed' ? ('attached' as const) : ('inline' as const)
      })),
      lost: []
    },
    permissionsBoundary:
      permissionsBoundary === undefined
        ? { state: 'notPresent' }
        : { state: 'read', value: { name: 'permissionsBoundary', document: permissionsBoundary } }
  }
}

/** A key without metadata is one that is yet to be created. */
function assumedUsable (kmsKeyArn: string): NotEvaluated {
  return {
    what: 'keyMetadata',
    kmsKeyArn,
    why: 'The request contains no metadata of the key: it is assumed to be a usable key, such as one to be created.'
  }
}

function assumedUnencrypted (bucket: string): NotEvaluated {
  return {
    what: 'bucketEncryption',
    bucket,
    why:
      'The request contains no encryption of the bucket: it is assumed to use no other ' +
      'customer-managed key than those ' +
      'of the usage.'
  }
}

function organizationDocuments (
  kind: 'serviceControlPolicy' | 'resourceControlPolicy',
  levels: Levels = []
): NonNullable<OrganizationContext['organizationDocuments']> {
  return levels.flatMap((level, depth) =>
    level.map((document, index) => ({ kind, name: `${depth}/${index}`, document }))
  )
}

type Levels = VerifyDocumentsBody['serviceControlPolicies']

function layerOfAll (level: readonly PolicyEvidence[]): Layer {
  return { policies: level.map(({ policy }) => policy), complete: true }
}

function organizationContext ({
  keys = [],
  buckets = [],
  serviceControlPolicies,
  resourceControlPolicies,
  context
}: VerifyDocumentsBody): OrganizationContext {
  const evidenceOf = (word: string, documents: Levels = []): PolicyEvidence[][] =>
    documents.map((level, depth) =>
      level.map((document, index) => policyEvidence(`${word}/${depth}/${index}`, document))
    )
  const scps = evidenceOf('serviceControlPolicies', serviceControlPolicies)
  const rcps = evidenceOf('resourceControlPolicies', resourceControlPolicies)
  const forEveryAccount = (levels: readonly Layer[]): AccountLevels[] => [{ levels }]
  return {
    ...(serviceControlPolicies === undefined ? {} : { serviceControlPolicies: forEveryAccount(scps.map(layerOfAll)) }),
    ...(resourceControlPolicies === undefined
      ? {}
      : { resourceControlPolicies: forEveryAccount(rcps.map(layerOfAll).map(withFullAccess)) }),
    organizationEvidence: [...scps, ...rcps].flat(),
    context: parseContext(context),
    now: undefined,
    assumptions: [
      ...keys.flatMap(({ kmsKeyArn, metadata }) => (metadata === undefined ? [assumedUsable(kmsKeyArn)] : [])),
      ...buckets.flatMap(({ bucket, encryption }) => (encryption === undefined ? [assumedUnencrypted(bucket)] : []))
    ],
    organizationDocuments: [
      ...organizationDocuments('serviceControlPolicy', serviceControlPolicies),
      ...organizationDocuments('resourceControlPolicy', resourceControlPolicies)
    ]
  }
}

type WithKeys = VerifyDocumentsBody & Required<Pick<VerifyDocumentsBody, 'keys'>>

/** Every key and role that the usage names needs its documents. */
function missingDocuments ({ usage, keys, roles }: WithKeys, { locations }: ResolvedUsage): FieldError[] {
  const named = [
    ...(usage.kmsKeyArns ?? []).map((arn, i) => ({ arn, pointer: `/usage/kmsKeyArns/${i}` })),
    ...locations.flatMap(({ key, pointer }) =>
      key === undefined || usage.kmsKeyArns?.includes(key.arn) === true
        ? []
        : [{ arn: key.arn, pointer: `/usage${pointer}/kmsKeyArn` }]
    )
  ]
  return [
    ...named.flatMap(({ arn, pointer }) =>
      keys.some(({ kmsKeyArn }) => kmsKeyArn === arn) ? [] : [{ pointer, detail: 'has no entry in /keys' }]
    ),
    ...usage.roleArns.flatMap((arn, i) =>
      roles.some(({ roleArn }) => roleArn === arn)
        ? []
        : [{ pointer: `/usage/roleArns/${i}`, detail: 'has no entry in /roles' }]
    )
  ]
}

/** Documents that the usage does not name, or names that come twice, would be checked in no place of it. */
function surplusDocuments ({ usage, keys, roles }: WithKeys, { keys: used }: ResolvedUsage): FieldError[] {
  const check = (list: string, member: string, arns: readonly string[], named: readonly string[]): FieldError[] =>
    arns.flatMap((arn, i) => {
      const pointer = `/${list}/${i}/${member}`
      if (!named.includes(arn)) return [{ pointer, detail: 'is not in the usage' }]
      return arns.indexOf(arn) < i ? [{ pointer, detail: 'comes twice' }] : []
    })
  return [
    ...check(
      'keys',
      'kmsKeyArn',
      keys.map(({ kmsKeyArn }) => kmsKeyArn),
      used.map(({ arn }) => arn)
    ),
    ...check(
      'roles',
      'roleArn',
      roles.map(({ roleArn }) => roleArn),
      usage.roleArns
    )
  ]
}

type PointedDocument = { pointer: string; document: PolicyInput }

function documentsOf ({
  keys = [],
  roles,
  buckets = [],
  serviceControlPolicies,
  resourceControlPolicies
}: VerifyDocumentsBody): PointedDocument[] {
  return [
    ...keys.map(({ keyPolicy }, i) => ({ pointer: `/keys/${i}/keyPolicy`, document: keyPolicy })),
    ...roles.flatMap(({ identityPolicies, permissionsBoundary, trustPolicy }, i) => [
      ...identityPolicies.map(({ document }, j) => ({
        pointer: `/roles/${i}/identityPolicies/${j}/document`,
        document
      })),
      ...(permissionsBoundary === undefined
        ? []
        : [{ pointer: `/roles/${i}/permissionsBoundary`, document: permissionsBoundary }]),
      ...(trustPolicy === undefined ? [] : [{ pointer: `/roles/${i}/trustPolicy`, document: trustPolicy }])
    ]),
    ...buckets.flatMap(({ policy }, i) =>
      policy === undefined || policy === null ? [] : [{ pointer: `/buckets/${i}/policy`, document: policy }]
    ),
    ...Object.entries({ serviceControlPolicies, resourceControlPolicies }).flatMap(([name, levels]) =>
      (levels ?? []).flatMap((level, i) => level.map((document, j) => ({ pointer: `/${name}/${i}/${j}`, document })))
    )
  ]
}

/** Throws where a document is too large, or is JSON that contains no policy. */
function assertDocuments (documents: readonly PointedDocument[]): void {
  const large = documents
    .filter(({ document }) => isTooLarge(document))
    .map(({ pointer }) => ({
      pointer,
      detail: `is larger than ${MAX_POLICY_INPUT_BYTES} bytes, the limit of a policy document`
    }))
  if (large.length > 0)
    throw new ServiceError('LIMIT_EXCEEDED', `a policy document may have ${MAX_POLICY_INPUT_BYTES} bytes`, large)
  const faults = documents.flatMap(({ pointer, document }) => {
    const detail = faultOfOtherOutput(document)
    return detail === undefined ? [] : [{ pointer, detail }]
  })
  if (faults.length > 0) throw new ServiceError('INCONSISTENT_USAGE', 'not every document contains a policy', faults)
}
