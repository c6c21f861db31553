import { accountRootArn } from '../../iam/match/arn.js'
import { asList, isObject } from '../../json/json.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import type { Evidence } from '../assess.js'
import type { PolicyEvidence, RoleEvidence } from '../read/evidence.js'
import type { BucketPolicyFix } from './bucket-changes.js'
import { type ManualStep, WHO } from './manual-step.js'
import {
  isRefusedForLockout,
  type KeyPolicyFix,
  type PolicyFixes,
  ROLE_POLICY_NAME,
  type RolePolicyFix,
  type TrustPolicyFix
} from './policy-changes.js'

/** Whether a statement allows something only to the principals that a change is for. */
type IsOurs = (statement: unknown) => boolean

/**
 * Whether a changed policy keeps every statement as it was and where it was, and adds or widens only what is ours:
 * then no other principal gains an action and none loses one, an administrator's kms:PutKeyPolicy included.
 */
export function isSafeChange (before: readonly unknown[], after: readonly unknown[], isOurs: IsOurs): boolean {
  const isKept = (statement: unknown, index: number): boolean => {
    const now = after[index]
    return (
      statement === now ||
      JSON.stringify(statement) === JSON.stringify(now) ||
      (isOurs(statement) && isOurs(now) && grantsAllOf(statement, now))
    )
  }
  return after.length >= before.length && before.every(isKept) && after.slice(before.length).every(isOurs)
}

function grantsAllOf (before: unknown, after: unknown): boolean {
  if (!isObject(before) || !isObject(after)) return false
  const within = (name: string): boolean => asList(before[name]).every((value) => asList(after[name]).includes(value))
  const hasCondition =
    after['Condition'] !== undefined && JSON.stringify(after['Condition']) !== JSON.stringify(before['Condition'])
  const names = new Set(namesIn(after))
  return (
    within('Action') && within('Resource') && (namesIn(before) ?? []).every((name) => names.has(name)) && !hasCondition
  )
}

/** The names in a `Principal`; undefined where there is none, or it takes in anybody. */
function namesIn (statement: unknown): string[] | undefined {
  const principal = isObject(statement) ? statement['Principal'] : undefined
  if (!isObject(principal)) return undefined
  const names = Object.values(principal).flatMap(asList)
  return names.every((name) => typeof name === 'string' && name !== '*') ? names.map(String) : undefined
}

const ELEMENTS = new Set(['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition'])

/** An Allow of listed actions, for these principals (undefined: whom the policy is attached to). */
function allows (statement: unknown, principals: ReadonlySet<string> | undefined): boolean {
  if (
    !isObject(statement) ||
    statement['Effect'] !== 'Allow' ||
    !Object.keys(statement).every((name) => ELEMENTS.has(name))
  )
    return false
  const actions = asList(statement['Action'])
  if (
    !actions.every(
      (action) =>
        typeof action === 'string' && /^((kms|s3):[A-Za-z]+|sts:AssumeRole|cloudwatch:PutMetricData)$/.test(action)
    )
  )
    return false
  if (principals === undefined) return statement['Principal'] === undefined
  return namesIn(statement)?.every((name) => principals.has(name)) === true
}

const statementsOf = (evidence: PolicyEvidence | undefined): readonly unknown[] =>
  evidence?.document?.['Statement'] === undefined ? [] : asList(evidence.document['Statement'])

/** Affects no other principal. */
type IsSafe<T> = (fix: T) => boolean

/** What makes a change to each kind of policy safe, given what was read. */
function safetyOf ({ keys, roles, buckets = [] }: Evidence): {
  keyPolicy: IsSafe<KeyPolicyFix>
  rolePolicy: IsSafe<RolePolicyFix>
  trustPolicy: IsSafe<TrustPolicyFix>
  bucketPolicy: IsSafe<BucketPolicyFix>
} {
  const allowed = new Set([SERVICE_PRINCIPAL, ...roles.map(({ name }) => name.arn)])
  const service = new Set([SERVICE_PRINCIPAL])
  const roleFor = (arn: string): RoleEvidence | undefined => roles.find(({ name }) => name.arn === arn)
  return {
    keyPolicy: ({ kmsKeyArn, policy }) => {
      const key = keys.find(({ name }) => name.arn === kmsKeyArn)
      const before = statementsOf(key?.keyPolicy)
      const root = key === undefined ? '' : accountRootArn(key.name.partition, key.name.accountId)
      // An empty policy, and one that KMS would refuse, is given the delegation that a new one has.
      const isDelegating = before.length === 0 || (key !== undefined && isRefusedForLockout(key))
      const isDelegation = (statement: unknown): boolean =>
        isDelegating &&
        isObject(statement) &&
        statement['Effect'] === 'Allow' &&
        namesIn(statement)?.join() === root
      return isSafeChange(
        before,
        policy.Statement,
        (statement) => allows(statement, allowed) || isDelegation(statement)
      )
    },
    rolePolicy: ({ roleArn, policy }) => {
      const before = roleFor(roleArn)?.identityPolicies.find(
        ({ kind, policy: { name } }) => kind === 'inline' && name === ROLE_POLICY_NAME
      )
      return isSafeChange(statementsOf(before), policy.Statement, (statement) => allows(statement, undefined))
    },
    trustPolicy: ({ roleArn, policy }) =>
      isSafeChange(statementsOf(roleFor(roleArn)?.trustPolicy), policy.Statement, (statement) =>
        allows(statement, service)
      ),
    bucketPolicy: ({ bucket, policy }) =>
      isSafeChange(
        statementsOf(buckets.find((evidence) => evidence.bucket === bucket)?.bucketPolicy),
        policy.Statement,
        (statement) => allows(statement, allowed)
      )
  }
}

/** The changes that are safe, and in place of each other one a step for a person. */
export function onlySafeChanges (
  fixes: PolicyFixes,
  evidence: Evidence
): { policies: PolicyFixes; refused: ManualStep[] } {
  const isSafe = safetyOf(evidence)
  const ofKeys = split(fixes.keyPolicies, isSafe.keyPolicy)
  const ofRoles = split(fixes.rolePolicies, isSafe.rolePolicy)
  const trusts = split(fixes.trustPolicies, isSafe.trustPolicy)
  const ofBuckets = split(fixes.bucketPolicies, isSafe.bucketPolicy)
  return {
    policies: {
      keyPolicies: ofKeys.safe,
      rolePolicies: ofRoles.safe,
      trustPolicies: trusts.safe,
      bucketPolicies: ofBuckets.safe
    },
    refused: [
      ...ofKeys.unsafe.map(({ kmsKeyArn }) => unsafeStep({ kmsKeyArn }, WHO.keyAdministrator)),
      ...ofBuckets.unsafe.map(({ bucket }) => unsafeStep({ bucket }, WHO.bucketOwner)),
      ...[...ofRoles.unsafe, ...trusts.unsafe].map(({ roleArn }) => unsafeStep({ roleArn }, WHO.iamAdministrator))
    ]
  }
}

function split<T> (fixes: readonly T[], isSafe: IsSafe<T>): { safe: T[]; unsafe: T[] } {
  const verdicts = fixes.map((fix) => ({ fix, safe: isSafe(fix) }))
  return {
    safe: verdicts.flatMap(({ fix, safe }) => (safe ? [fix] : [])),
    unsafe: verdicts.flatMap(({ fix, safe }) => (safe ? [] : [fix]))
  }
}

function unsafeStep (where: { kmsKeyArn: string } | { roleArn: string } | { bucket: string }, who: string): ManualStep {
  return {
    code: 'UNSAFE_CHANGE',
    detail: 'The change would also affect other principals, so it is not returned.',
    remedy: 'Add the statements named in the findings by hand.',
    who,
    ...where
  }
}
