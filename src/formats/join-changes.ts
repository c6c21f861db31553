import { isObject } from '../json/json.js'
import { groupBy } from './matrix.js'
import type { PolicyChangeModel, RemediationModel } from './report-model.js'

/**
 * Several remediations as one. Each gives whole policies, so that two of them for one policy would undo each other when
 * both were applied: their statements are put together. Every statement that a remediation adds allows something, and
 * allowing more takes nothing from the others.
 */
export function joinRemediations (remediations: readonly RemediationModel[]): RemediationModel | undefined {
  if (remediations.length === 0) return undefined
  const bucketPolicies = remediations.flatMap(({ bucketPolicies = [] }) => bucketPolicies)
  return {
    keyPolicies: joined(remediations.flatMap(({ keyPolicies }) => keyPolicies), ({ kmsKeyArn }) => kmsKeyArn),
    rolePolicies: joined(
      remediations.flatMap(({ rolePolicies }) => rolePolicies),
      ({ roleArn, policyName }) => `${roleArn} ${policyName}`
    ),
    trustPolicies: joined(remediations.flatMap(({ trustPolicies }) => trustPolicies), ({ roleArn }) => roleArn),
    ...(bucketPolicies.length === 0 ? {} : { bucketPolicies: joined(bucketPolicies, ({ bucket }) => bucket) }),
    cannotFix: groupBy(remediations.flatMap(({ cannotFix }) => cannotFix), (entry) => JSON.stringify(entry)).flatMap(
      ([, entries]) => entries.slice(0, 1)
    )
  }
}

function joined<T extends PolicyChangeModel> (changes: readonly T[], targetOf: (change: T) => string): T[] {
  return groupBy(changes, targetOf).flatMap(([, [first, ...others]]) => {
    if (first === undefined) return []
    if (others.length === 0) return [first]
    const all = [first, ...others]
    return [
      {
        ...first,
        // It would be of the first policy alone.
        patch: [],
        policy: { ...first.policy, Statement: joinStatements(first.before, all.map(({ policy }) => policy)) },
        repairs: [...new Set(all.flatMap(({ repairs = [] }) => repairs))],
        relaxes: groupBy(all.flatMap(({ relaxes = [] }) => relaxes), (statement) => JSON.stringify(statement)).flatMap(
          ([, statements]) => statements.slice(0, 1)
        )
      }
    ]
  })
}

/** The statements of all policies, each once, without those of the policy before that one of them has removed. */
function joinStatements (before: unknown, policies: ReadonlyArray<Readonly<Record<string, unknown>>>): unknown[] {
  const lists = policies.map(statementsOf)
  const known = new Set(statementsOf(before).map(textOf))
  const isKept = (text: string): boolean =>
    !known.has(text) || lists.every((statements) => statements.some((statement) => textOf(statement) === text))
  const distinct = new Map(lists.flat().map((statement) => [textOf(statement), statement]))
  const sids = new Set<string>()
  return [...distinct].filter(([text]) => isKept(text)).map(([, statement]) => withOwnSid(statement, sids))
}

function statementsOf (policy: unknown): unknown[] {
  const statements = isObject(policy) ? policy['Statement'] : undefined
  return statements === undefined ? [] : [statements].flat()
}

/** Equal for statements that differ in the order of their members alone. */
function textOf (statement: unknown): string {
  return JSON.stringify(statement, (_, value: unknown) =>
    isObject(value) ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) : value
  )
}

/** A Sid is unique in a policy. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html */
function withOwnSid (statement: unknown, taken: Set<string>): unknown {
  if (!isObject(statement) || typeof statement['Sid'] !== 'string') return statement
  const { Sid: sid } = statement
  let [name, number] = [sid, 2]
  while (taken.has(name)) name = `${sid}${number++}`
  taken.add(name)
  return { ...statement, Sid: name }
}
