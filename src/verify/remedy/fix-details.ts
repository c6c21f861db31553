import type { Finding, Remediation, StatementReference } from '../../../schemas/verification.js'
import { statementReference } from '../../findings/format.js'
import { namesInAllow } from '../../iam/decide/statement-match.js'
import type { Policy, Statement } from '../../iam/document/policy-document.js'
import { type Caller, parseCaller } from '../../iam/document/principal.js'
import { asList } from '../../json/json.js'
import { parseKeyArn, SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import { ALL_DEMANDED_ACTIONS, REQUIRED_ACTIONS } from '../../personalize/requirements.js'
import type { Evidence } from '../assess.js'
import { ASSUME_ROLE } from '../check/trust.js'
import { coversActionName } from '../find/missing.js'
import type { BucketEvidence } from '../read/bucket-evidence.js'
import type { KeyEvidence, PolicyEvidence, RoleEvidence } from '../read/evidence.js'
import { isRefusedForLockout, type PolicyFixes, ROLE_POLICY_NAME } from './policy-changes.js'

type Changes = Pick<Remediation, 'keyPolicies' | 'rolePolicies' | 'trustPolicies' | 'bucketPolicies'>
type Details = Remediation['trustPolicies'][number]

/** Findings that a change to one kind of policy removes; all others are removed by every change about their place. */
const REPAIRED_BY: Readonly<Record<string, keyof PolicyFixes>> = {
  SERVICE_PRINCIPAL_NOT_ALLOWED: 'keyPolicies',
  ROLE_KEY_POLICY_INCOMPLETE: 'keyPolicies',
  ACCESS_ONLY_BY_GRANT: 'keyPolicies',
  KEY_LOCKOUT: 'keyPolicies',
  ROLE_IAM_POLICY_INCOMPLETE: 'rolePolicies',
  ROLE_NOT_ASSUMABLE: 'trustPolicies',
  S3_SERVICE_PRINCIPAL_NOT_ALLOWED: 'bucketPolicies',
  S3_ROLE_BUCKET_POLICY_INCOMPLETE: 'bucketPolicies',
  S3_ROLE_IAM_POLICY_INCOMPLETE: 'rolePolicies',
  METRIC_DATA_NOT_ALLOWED: 'rolePolicies'
}

/** The changes with the policy before, the findings they remove, the restrictions they void, and ready commands. */
export function withDetails (
  { keyPolicies, rolePolicies, trustPolicies, bucketPolicies }: PolicyFixes,
  { before: { keys, roles, buckets = [] }, after }: { before: Evidence; after: Evidence },
  repaired: readonly Finding[],
  idOf: (id: string) => string
): Changes {
  const service = parseCaller({ kind: 'service', value: SERVICE_PRINCIPAL })
  const callers = [service, ...roles.map(({ name }) => parseCaller({ kind: 'role', value: name.arn }))]
  const idsFor = (kind: keyof PolicyFixes, isAbout: (finding: Finding) => boolean): string[] => {
    const own = repaired.filter((finding) => (REPAIRED_BY[finding.code] ?? kind) === kind && isAbout(finding))
    return [...new Set(own.map(({ id }) => idOf(id)))]
  }
  const roleIn = (among: Evidence['roles'], arn: string): RoleEvidence | undefined =>
    among.find(({ name }) => name.arn === arn)
  const keyIn = (among: Evidence['keys'], arn: string): KeyEvidence | undefined =>
    among.find(({ name }) => name.arn === arn)
  return {
    keyPolicies: keyPolicies.map(({ kmsKeyArn, policy, patch }) => ({
      kmsKeyArn,
      ...keyPolicyDetails(keyIn(keys, kmsKeyArn), keyIn(after.keys, kmsKeyArn), callers),
      repairs: idsFor('keyPolicies', (finding) => finding.kmsKeyArn === kmsKeyArn),
      commands: [putKeyPolicy(kmsKeyArn)],
      policy,
      patch
    })),
    rolePolicies: rolePolicies.map(({ roleArn, policyName, policy }) => ({
      roleArn,
      policyName,
      ...rolePolicyDetails(roleIn(roles, roleArn), roleIn(after.roles, roleArn)),
      repairs: idsFor('rolePolicies', (finding) => finding.roleArn === roleArn),
      commands: [putRolePolicy(roleArn, policyName)],
      policy
    })),
    trustPolicies: trustPolicies.map(({ roleArn, policy }) => ({
      roleArn,
      ...trustPolicyDetails(roleIn(roles, roleArn)?.trustPolicy, roleIn(after.roles, roleArn)?.trustPolicy, service),
      repairs: idsFor('trustPolicies', isAboutRoleAlone(roleArn)),
      commands: [updateTrustPolicy(roleArn)],
      policy
    })),
    ...(buckets.length === 0
      ? {}
      : {
        bucketPolicies: bucketPolicies.map((fix) => ({
          ...detailedBucketPolicy(fix, buckets, after.buckets ?? [], callers),
          repairs: idsFor('bucketPolicies', isRepairedBy(fix))
        }))
      })
  }
}

const isAboutRoleAlone =
  (arn: string) =>
    ({ roleArn, kmsKeyArn, bucket }: Finding): boolean =>
      roleArn === arn && kmsKeyArn === undefined && bucket === undefined

type BucketPolicyFix = PolicyFixes['bucketPolicies'][number]

function detailedBucketPolicy (
  { bucket, policy, patch }: BucketPolicyFix,
  buckets: readonly BucketEvidence[],
  after: readonly BucketEvidence[],
  callers: readonly Caller[]
): Omit<NonNullable<Changes['bucketPolicies']>[number], 'repairs'> {
  const [old, changed] = [buckets, after].map((among) => among.find((each) => each.bucket === bucket))
  return { bucket, ...bucketPolicyDetails(old, changed, callers), commands: [putBucketPolicy(bucket)], policy, patch }
}

/** Of a role a bucket policy repairs nothing unless it names it: in its own account its IAM policy allows it. */
function isRepairedBy ({ bucket, policy }: BucketPolicyFix): (finding: Finding) => boolean {
  const text = JSON.stringify(policy)
  return (finding) =>
    finding.bucket === bucket && (finding.roleArn === undefined || text.includes(JSON.stringify(finding.roleArn)))
}

type Shown = Pick<Details, 'before' | 'relaxes' | 'warning'>

function keyPolicyDetails (
  key: KeyEvidence | undefined,
  after: KeyEvidence | undefined,
  callers: readonly Caller[]
): Shown {
  const layer = 'keyPolicy'
  const shown = details({ before: key?.keyPolicy, after: after?.keyPolicy, layer, callers, actions: REQUIRED_ACTIONS })
  if (key === undefined || !isRefusedForLockout(key)) return shown
  return { ...shown, warning: shown.warning === undefined ? DELEGATION : `${DELEGATION} ${shown.warning}` }
}

const DELEGATION =
  'The statement of the account root is added, because KMS refuses a key policy that no principal may change. With it ' +
  'IAM policies of the account can allow access to the key, too. Put a statement for your key administrators in its ' +
  'place if that is not intended.'

/** Where there was no policy, nothing was before. */
function bucketPolicyDetails (
  bucket: BucketEvidence | undefined,
  after: BucketEvidence | undefined,
  callers: readonly Caller[]
): Shown {
  const before = bucket?.observed.bucketPolicy.state === 'read' ? bucket.bucketPolicy : undefined
  const actions = ALL_DEMANDED_ACTIONS
  return details({ before, after: after?.bucketPolicy, layer: 'bucketPolicy', callers, actions })
}

function rolePolicyDetails (role: RoleEvidence | undefined, after: RoleEvidence | undefined): Shown {
  return details({
    before: role && ownPolicyOf(role),
    after: after && ownPolicyOf(after),
    layer: 'identityPolicies',
    callers: [],
    actions: ALL_DEMANDED_ACTIONS,
    all: role?.identityPolicies ?? []
  })
}

/** The inline policy that a change adds to or makes. */
function ownPolicyOf ({ identityPolicies }: RoleEvidence): PolicyEvidence | undefined {
  return identityPolicies.find(({ kind, policy: { name } }) => kind === 'inline' && name === ROLE_POLICY_NAME)
}

function trustPolicyDetails (
  before: PolicyEvidence | undefined,
  after: PolicyEvidence | undefined,
  service: Caller
): Shown {
  return details({ before, after, layer: 'trustPolicy', callers: [service], actions: [ASSUME_ROLE] })
}

interface Change {
  before: PolicyEvidence | undefined
  after: PolicyEvidence | undefined
  layer: 'keyPolicy' | 'bucketPolicy' | 'identityPolicies' | 'trustPolicy'
  /** Empty: the policy is about whom it is attached to. */
  callers: readonly Caller[]
  actions: readonly string[]
  /** Every policy whose restrictions the change may void; by default the changed one. */
  all?: readonly PolicyEvidence[]
}

function details ({ before, after, layer, callers, actions, all }: Change): Shown {
  const old = asList(before?.document?.['Statement'])
  const added = after?.policy.statements.filter(isAddedTo(old, after)) ?? []
  const relaxes = (all ?? (before === undefined ? [] : [before])).flatMap(({ policy }) =>
    policy.statements
      .filter((statement) => added.some((other) => voids(other, statement, callers, actions)))
      .map((statement) => referenceIn(layer, policy, statement))
  )
  return {
    ...(before?.document === undefined ? {} : { before: before.document }),
    relaxes,
    ...(relaxes.length === 0 ? {} : { warning: WARNING })
  }
}

const WARNING =
  'The added statement allows Amazon Personalize without the conditions of the statements in `relaxes`. If these ' +
  'conditions are intended, change their values instead of applying this change.'

const referenceIn = (layer: string, policy: Policy, statement: Statement): StatementReference =>
  statementReference(layer, policy.name, statement)

/** Whether a statement is none of those before: most are the very same objects. */
function isAddedTo (before: readonly unknown[], { document }: PolicyEvidence): (statement: Statement) => boolean {
  const [old, statements] = [new Set(before), asList(document?.['Statement'])]
  const kept = new Set(statements)
  const others = new Set(before.flatMap((statement) => (kept.has(statement) ? [] : [JSON.stringify(statement)])))
  return ({ index }) =>
    !old.has(statements[index]) && (others.size === 0 || !others.has(JSON.stringify(statements[index])))
}

/** Whether the added statement allows one of the principals what the other allows it only under a condition. */
function voids (
  added: Statement,
  restricted: Statement,
  callers: readonly Caller[],
  actions: readonly string[]
): boolean {
  if (restricted.effect !== 'Allow' || restricted.conditions.length === 0) return false
  const keys = new Set(added.conditions.map(({ key, values }) => JSON.stringify([key, values.map(({ text }) => text)])))
  const isKept = restricted.conditions.every(({ key, values }) =>
    keys.has(JSON.stringify([key, values.map(({ text }) => text)]))
  )
  const isShared =
    callers.length === 0 || callers.some((caller) => namesInAllow(added, caller) && namesInAllow(restricted, caller))
  const both = (action: string): boolean =>
    coversActionName(added.actions, action) && coversActionName(restricted.actions, action)
  return !isKept && isShared && actions.some(both)
}

/** The last part of an ARN: fit for a file name and, as KMS and IAM restrict it, for a shell. */
const lastPart = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)

function putKeyPolicy (kmsKeyArn: string): string {
  const region = parseKeyArn(kmsKeyArn)?.region
  return `aws kms put-key-policy --key-id ${kmsKeyArn} --policy-name default --policy ` +
    `file://key-policy-${lastPart(kmsKeyArn)}.json${region === undefined ? '' : ` --region ${region}`}`
}

function putBucketPolicy (bucket: string): string {
  return `aws s3api put-bucket-policy --bucket ${bucket} --policy file://bucket-policy-${bucket}.json`
}

function putRolePolicy (roleArn: string, policyName: string): string {
  const name = lastPart(roleArn)
  return `aws iam put-role-policy --role-name ${name} --policy-name ${policyName} --policy-document ` +
    `file://role-policy-${name}.json`
}

function updateTrustPolicy (roleArn: string): string {
  const name = lastPart(roleArn)
  return `aws iam update-assume-role-policy --role-name ${name} --policy-document file://trust-policy-${name}.json`
}
