import type { PolicyDocument } from '../../../schemas/policy-document.js'
import type { Finding } from '../../../schemas/verification.js'
import { groupBy } from '../../group-by.js'
import type { JsonObject } from '../../json/json.js'
import { parseKeyArn } from '../../personalize/identifiers.js'
import { statementsOf } from '../../policies/existing-policy.js'
import { assess, type Assessment, type Evidence } from '../assess.js'
import { isAwsManaged } from '../find/aws-managed.js'
import { type PolicyEvidence, policyEvidence } from '../read/evidence.js'
import { mergeable } from './mergeable.js'

/** What a person needs who takes a step: commands, and of a boundary the document that they read. */
export interface StepDetails {
  commands?: string[]
  /** The permissions boundary with what is missing in it. */
  policy?: PolicyDocument
  before?: JsonObject
}

/** The details of the step that a finding leaves, as far as all of them are known. */
export function stepDetails (evidence: Evidence, assessment: Assessment): (found: Finding) => StepDetails {
  const boundaries = new Map<string, StepDetails>()
  return ({ code, kmsKeyArn, roleArn }) => {
    if (code === 'KEY_NOT_ENABLED' || code === 'KEY_PENDING_DELETION') {
      const key = evidence.keys.find(({ name }) => name.arn === kmsKeyArn)
      return key === undefined ? {} : commandsFor(key.name.arn, key.metadata?.KeyState)
    }
    const boundary = evidence.roles.find(({ name }) => name.arn === roleArn)?.boundary
    if (code !== 'BOUNDARY_BLOCKS' || boundary?.arn === undefined) return {}
    const details = boundaries.get(boundary.arn) ?? widerBoundary(boundary, boundary.arn, evidence, assessment)
    boundaries.set(boundary.arn, details)
    return details
  }
}

/**
 * Only a key in its own account can be enabled, so that its id is enough.
 * https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html
 */
function commandsFor (kmsKeyArn: string, state: string | undefined): StepDetails {
  const name = parseKeyArn(kmsKeyArn)
  if (name === undefined) return {}
  const key = `--key-id ${kmsKeyArn.slice(kmsKeyArn.lastIndexOf('/') + 1)} --region ${name.region}`
  const enable = `aws kms enable-key ${key}`
  if (state === 'Disabled') return { commands: [enable] }
  // A key is disabled after its deletion was canceled.
  return state === 'PendingDeletion' ? { commands: [`aws kms cancel-key-deletion ${key}`, enable] } : {}
}

/** What IAM allows in a path may mean something to a shell. */
const PLAIN_ARN = /^[\w+=,.@:/-]+$/

/**
 * The boundary with what all its roles lack in it: several changes to one document would undo each other. It is given
 * only if it then limits none of these accesses any more, and IAM stores it.
 */
function widerBoundary (
  boundary: PolicyEvidence,
  arn: string,
  evidence: Evidence,
  assessment: Assessment
): StepDetails {
  const document = mergeable(boundary)
  const missing = missingIn(arn, assessment)
  if (isAwsManaged(boundary) || !PLAIN_ARN.test(arn) || document === undefined || missing.length === 0) return {}
  const statements = statementsOf(document)
  const sids = new Set<unknown>(statements.map(({ Sid }) => Sid))
  const policy: PolicyDocument = { ...document, Statement: [...statements, ...withSids(missing, sids)] }
  const changed = { ...policyEvidence(boundary.policy.name, policy), arn }
  if (changed.storageFaults('permissionsBoundary').length > 0) return {}
  const roles = evidence.roles.map((role) =>
    role.boundary?.arn === arn
      ? { ...role, boundary: changed, boundaryLayer: { policies: [changed.policy], complete: true } }
      : role
  )
  if (missingIn(arn, assess({ ...evidence, roles }, assessment)).length > 0) return {}
  const file = `permissions-boundary-${arn.slice(arn.lastIndexOf('/') + 1)}.json`
  const command = `aws iam create-policy-version --policy-arn ${arn} --policy-document file://${file} --set-as-default`
  return { commands: [command], policy, before: document }
}

interface MissingStatement {
  Action: string[]
  Resource: string | string[]
}

/** What a boundary lacks, for all roles that have it: the actions of the checks by the resources that they are on. */
function missingIn (arn: string, { checked, checkedLocations }: Assessment): MissingStatement[] {
  const lacking = [...checked, ...checkedLocations].filter(
    ({ check, role }) => role?.boundary?.arn === arn && check.layers.permissionsBoundary === 'implicitDeny'
  )
  const byAction = groupBy(lacking, ({ check }) => check.action).map((group) => ({
    action: group[0].check.action,
    resources: [...new Set(group.map(({ request }) => request.resource.arn))]
  }))
  return groupBy(byAction, ({ resources }) => resources.join()).map((group) => {
    const [{ resources: [first = '*', ...others] }] = group
    return { Action: group.map(({ action }) => action), Resource: others.length === 0 ? first : [first, ...others] }
  })
}

function withSids (missing: readonly MissingStatement[], taken: Set<unknown>): PolicyDocument['Statement'] {
  return missing.map((statement) => {
    let number = 1
    while (taken.has(sidOf(number))) number++
    taken.add(sidOf(number))
    return { Sid: sidOf(number), Effect: 'Allow', ...statement }
  })
}

const sidOf = (number: number): string => `AllowPersonalize${number === 1 ? '' : number}`
