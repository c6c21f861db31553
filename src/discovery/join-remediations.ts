import type { PolicyDocument } from '../../schemas/policy-document.js'
import type { Remediation } from '../../schemas/verification.js'
import { groupBy } from '../group-by.js'
import {
  MAX_BUCKET_POLICY_BYTES,
  MAX_INLINE_POLICIES_CHARACTERS,
  MAX_KEY_POLICY_BYTES,
  MAX_MANAGED_POLICY_CHARACTERS,
  MAX_TRUST_POLICY_CHARACTERS,
  policyBytes,
  policyCharacters
} from '../iam/document/storable-size.js'
import { asList, isObject, type JsonObject } from '../json/json.js'
import { statementPatch } from '../verify/remedy/mergeable.js'

type Statement = PolicyDocument['Statement'][number]
type Change = Omit<Remediation['trustPolicies'][number], 'roleArn'>

/**
 * Several remediations as one. Each gives whole policies, so that two of them for one policy would undo each other when
 * both were applied: their statements are put together. Every statement that a remediation adds allows something, and
 * allowing more takes nothing from the others. What AWS would not store is a step for a person. Undefined where there
 * is none at all.
 */
export function joinRemediations (remediations: readonly Remediation[]): Remediation | undefined {
  if (remediations.length === 0) return undefined
  const keys = split(
    joinedByTarget(remediations.flatMap(({ keyPolicies }) => keyPolicies), ({ kmsKeyArn }) => kmsKeyArn),
    ({ policy }) => policyBytes(policy, 0) <= MAX_KEY_POLICY_BYTES
  )
  const roles = split(
    joinedByTarget(
      remediations.flatMap(({ rolePolicies }) => rolePolicies),
      ({ roleArn, policyName }) => `${roleArn} ${policyName}`
    ),
    ({ policy }) => policyCharacters(policy) <= MAX_INLINE_POLICIES_CHARACTERS
  )
  const trusts = split(
    joinedByTarget(remediations.flatMap(({ trustPolicies }) => trustPolicies), ({ roleArn }) => roleArn),
    ({ policy }) => policyCharacters(policy) <= MAX_TRUST_POLICY_CHARACTERS
  )
  const buckets = split(
    joinedByTarget(remediations.flatMap(({ bucketPolicies = [] }) => bucketPolicies), ({ bucket }) => bucket),
    ({ policy }) => policyBytes(policy, 0) <= MAX_BUCKET_POLICY_BYTES
  )
  const hasBuckets = remediations.some(({ bucketPolicies }) => bucketPolicies !== undefined)
  return {
    keyPolicies: keys.fitting,
    rolePolicies: roles.fitting,
    trustPolicies: trusts.fitting,
    ...(hasBuckets ? { bucketPolicies: buckets.fitting } : {}),
    cannotFix: distinct([
      ...[keys, roles, trusts, buckets].flatMap(({ tooLarge }) => tooLarge.map(tooLargeStep)),
      ...withJoinedDocuments(remediations.flatMap(({ cannotFix }) => cannotFix))
    ])
  }
}

type Step = Remediation['cannotFix'][number]

/** Steps with one document, a permissions boundary, all have that which each of them needs. */
function withJoinedDocuments (steps: readonly Step[]): Step[] {
  const ofDocument = groupBy(
    steps.filter(({ policy }) => policy !== undefined),
    ({ commands = [] }) => commands.join()
  )
  const joinedOf = new Map(
    ofDocument.map(([first, ...others]) => {
      const policies = [first, ...others].flatMap(({ policy }) => policy ?? [])
      return [first.commands?.join(), joinStatements(first.before, policies.map(({ Statement }) => Statement))]
    })
  )
  return steps.map((step): Step => {
    const statements = joinedOf.get(step.commands?.join())
    if (step.policy === undefined || statements === undefined) return step
    const { commands: _, before: _before, policy, ...rest } = step
    const document = { ...policy, Statement: statements }
    return policyCharacters(document) <= MAX_MANAGED_POLICY_CHARACTERS ? { ...step, policy: document } : rest
  })
}

function split<T> (changes: readonly T[], fits: (change: T) => boolean): { fitting: T[]; tooLarge: T[] } {
  return { fitting: changes.filter(fits), tooLarge: changes.filter((change) => !fits(change)) }
}

type Target = Partial<Record<'kmsKeyArn' | 'roleArn' | 'bucket', string>>

function tooLargeStep ({ kmsKeyArn, roleArn, bucket }: Target): Remediation['cannotFix'][number] {
  return {
    code: 'POLICY_TOO_LARGE',
    detail:
      `With what all uses need, the policy of ${kmsKeyArn ?? roleArn ?? bucket} is larger than AWS accepts. ` +
      'Shorten it, then verify again.',
    ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(bucket === undefined ? {} : { bucket })
  }
}

/** `patch`: the operations that lead from the policy before to the joined one, where a change comes with them. */
function joinedByTarget<T extends Change & { patch?: unknown }> (
  changes: readonly T[],
  targetOf: (change: T) => string
): T[] {
  return groupBy(changes, targetOf).map(([first, ...others]) => {
    if (others.length === 0) return first
    const change = joined(first, others)
    if (!('patch' in first)) return change
    return { ...change, patch: statementPatch(change.before ?? NO_STATEMENTS, change.policy.Statement) }
  })
}

/** Where there was no policy. */
const NO_STATEMENTS = { Statement: [] }

function joined<T extends Change> (first: T, others: readonly T[]): T {
  const all = [first, ...others]
  const warnings = new Set(all.flatMap(({ warning }) => warning ?? []))
  return {
    ...first,
    policy: { ...first.policy, Statement: joinStatements(first.before, all.map(({ policy }) => policy.Statement)) },
    repairs: [...new Set(all.flatMap(({ repairs }) => repairs))],
    relaxes: distinct(all.flatMap(({ relaxes }) => relaxes)),
    ...(warnings.size === 0 ? {} : { warning: [...warnings].join(' ') })
  }
}

/** The statements of all policies, each once, without those of the policy before that one of them has removed. */
function joinStatements (before: JsonObject | undefined, lists: ReadonlyArray<readonly Statement[]>): Statement[] {
  const known = new Set(asList(before?.['Statement'] ?? []).map(textOf))
  const isKept = (text: string): boolean =>
    !known.has(text) || lists.every((statements) => statements.some((statement) => textOf(statement) === text))
  const kept = [...new Map(lists.flat().map((statement) => [textOf(statement), statement]))]
    .filter(([text]) => isKept(text))
    .map(([, statement]) => statement)
  const isOurs = (statement: Statement): boolean => !known.has(textOf(statement))
  // Of two that grant the same, the first stays.
  const isIncluded = (statement: Statement, index: number): boolean =>
    kept.some(
      (other, at) => at !== index && includes(other, statement) && (at < index || !includes(statement, other))
    )
  const needed = kept.filter((statement, index) => !isOurs(statement) || !isIncluded(statement, index))
  const sids = new Set<string>()
  return needed.map((statement) => withOwnSid(statement, sids))
}

/** Whether an Allow grants all that another one does, to the same principals under the same condition. */
function includes (wider: Statement, narrower: Statement): boolean {
  const { Sid: _, Action: actions, Resource: resources, ...rest } = narrower
  const { Sid: _sid, Action: widerActions, Resource: widerResources, ...widerRest } = wider
  const has = (list: unknown, values: unknown): boolean =>
    values === undefined ? list === undefined : asList(values).every((value) => asList(list).includes(value))
  return (
    rest['Effect'] === 'Allow' &&
    textOf(rest) === textOf(widerRest) &&
    has(widerActions, actions) &&
    has(widerResources, resources)
  )
}

function distinct<T> (entries: readonly T[]): T[] {
  return groupBy(entries, (entry) => JSON.stringify(entry)).map(([entry]) => entry)
}

/** Equal for statements that differ in the order of their members alone. */
function textOf (statement: unknown): string {
  return JSON.stringify(statement, (_, value: unknown) =>
    isObject(value) ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) : value
  )
}

/**
 * A Sid is unique in a policy.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
 */
function withOwnSid (statement: Statement, taken: Set<string>): Statement {
  const { Sid: sid } = statement
  if (typeof sid !== 'string') return statement
  let [name, number] = [sid, 2]
  while (taken.has(name)) name = `${sid}${number++}`
  taken.add(name)
  return { ...statement, Sid: name }
}
