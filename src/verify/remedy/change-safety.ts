import type { Remediation } from '../../../schemas/verification.js'
import { accountRootArn } from '../../iam/match/arn.js'
import { asList, isObject } from '../../json/json.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import { MAX_KEY_POLICY_BYTES, policyBytes } from '../../policies/limits.js'
import type { Evidence } from '../assess.js'
import type { PolicyEvidence, RoleEvidence } from '../read/evidence.js'
import { ROLE_POLICY_NAME } from './policy-changes.js'

/** What a person has to do, and for which key or role. */
export interface LeftToDo {
  code: string
  detail: string
  remedy: string
  kmsKeyArn?: string
  roleArn?: string
}

/**
 * All inline policies of a role together, white space not counted.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MAX_INLINE_CHARACTERS = 10_240

const characters = (document: unknown): number => JSON.stringify(document).replace(/\s/g, '').length

/** Policies that AWS would refuse for their size: handing them out would mend nothing. */
export function oversized (
  { keyPolicies, rolePolicies }: Pick<Remediation, 'keyPolicies' | 'rolePolicies'>,
  roles: readonly RoleEvidence[]
): LeftToDo[] {
  const ofKeys = keyPolicies
    .map(({ kmsKeyArn, policy }) => ({ kmsKeyArn, bytes: policyBytes(policy, 0) }))
    .filter(({ bytes }) => bytes > MAX_KEY_POLICY_BYTES)
  const ofRoles = rolePolicies
    .map(({ roleArn, policy }) => {
      const others = roles
        .flatMap(({ name, identityPolicies }) => (name.arn === roleArn ? identityPolicies : []))
        .filter(({ kind, policy: { name } }) => kind === 'inline' && name !== ROLE_POLICY_NAME)
      return {
        roleArn,
        count: [policy, ...others.map(({ document }) => document ?? {})]
          .map(characters)
          .reduce((sum, count) => sum + count, 0)
      }
    })
    .filter(({ count }) => count > MAX_INLINE_CHARACTERS)
  return [
    ...ofKeys.map(({ kmsKeyArn, bytes }) => ({
      code: 'POLICY_TOO_LARGE',
      kmsKeyArn,
      detail: `With the statements that are missing the key policy would have ${bytes} bytes; KMS takes ${MAX_KEY_POLICY_BYTES}.`,
      remedy: 'Shorten the key policy, then verify again.'
    })),
    ...ofRoles.map(({ roleArn, count }) => ({
      code: 'POLICY_TOO_LARGE',
      roleArn,
      detail: `With the policy that is missing the inline policies of the role would have ${count} characters; IAM takes ${MAX_INLINE_CHARACTERS}.`,
      remedy: 'Move inline policies of the role to managed policies, then verify again.'
    }))
  ]
}

type Policies = Pick<Remediation, 'keyPolicies' | 'rolePolicies' | 'trustPolicies'>

/** Whether a statement allows something to nobody but those a change is for. */
type IsOurs = (statement: unknown) => boolean

/**
 * Whether a changed policy keeps every statement as it was and where it was, and adds or widens only what is ours:
 * then nobody else gains
 * an action and nobody loses one, an administrator's kms:PutKeyPolicy included.
 */
export function isHarmless (before: readonly unknown[], after: readonly unknown[], isOurs: IsOurs): boolean {
  const isKept = (statement: unknown, index: number): boolean => {
    const now = after[index]
    return (
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

/** An Allow of listed KMS or STS actions, for these principals (undefined: whom the policy is attached to). */
function allows (statement: unknown, principals: ReadonlySet<string> | undefined): boolean {
  if (
    !isObject(statement) ||
    statement['Effect'] !== 'Allow' ||
    !Object.keys(statement).every((name) => ELEMENTS.has(name))
  )
    return false
  const actions = asList(statement['Action'])
  if (!actions.every((action) => typeof action === 'string' && /^(kms:[A-Za-z]+|sts:AssumeRole)$/.test(action)))
    return false
  if (principals === undefined) return statement['Principal'] === undefined
  return namesIn(statement)?.every((name) => principals.has(name)) === true
}

const statementsOf = (evidence: PolicyEvidence | undefined): readonly unknown[] =>
  evidence?.document?.['Statement'] === undefined ? [] : asList(evidence.document['Statement'])

/** The changes that are harmless, and in the place of each other one that a person has to make it. */
export function harmlessOf (
  { keyPolicies, rolePolicies, trustPolicies }: Policies,
  { keys, roles }: Evidence
): { policies: Policies; refused: LeftToDo[] } {
  const asked = new Set([SERVICE_PRINCIPAL, ...roles.map(({ name }) => name.arn)])
  const refused: LeftToDo[] = []
  const keep = (isSafe: boolean, where: Pick<LeftToDo, 'kmsKeyArn' | 'roleArn'>): boolean => {
    if (!isSafe)
      refused.push({
        code: 'UNSAFE_CHANGE',
        detail: 'The change would do more than let Amazon Personalize and its roles in, so it is not handed out.',
        remedy: 'Add the statements that the findings ask for by hand.',
        ...where
      })
    return isSafe
  }
  const policies: Policies = {
    keyPolicies: keyPolicies.filter(({ kmsKeyArn, policy }) => {
      const key = keys.find(({ name }) => name.arn === kmsKeyArn)
      const before = statementsOf(key?.keyPolicy)
      const root = key === undefined ? '' : accountRootArn(key.name.partition, key.name.accountId)
      // Into an empty policy goes the delegation that a new one has.
      const isDelegation = (statement: unknown): boolean =>
        before.length === 0 &&
        isObject(statement) &&
        statement['Effect'] === 'Allow' &&
        namesIn(statement)?.join() === root
      return keep(
        isHarmless(before, policy.Statement, (statement) => allows(statement, asked) || isDelegation(statement)),
        { kmsKeyArn }
      )
    }),
    rolePolicies: rolePolicies.filter(({ roleArn, policy }) => {
      const ours = roles
        .find(({ name }) => name.arn === roleArn)
        ?.identityPolicies.find(({ kind, policy: { name } }) => kind === 'inline' && name === ROLE_POLICY_NAME)
      return keep(
        isHarmless(statementsOf(ours), policy.Statement, (statement) => allows(statement, undefined)),
        { roleArn }
      )
    }),
    trustPolicies: trustPolicies.filter(({ roleArn, policy }) =>
      keep(
        isHarmless(
          statementsOf(roles.find(({ name }) => name.arn === roleArn)?.trustPolicy),
          policy.Statement,
          (statement) => allows(statement, new Set([SERVICE_PRINCIPAL]))
        ),
        { roleArn }
      )
    )
  }
  return { policies, refused }
}
