import type { Condition, ConditionValue } from '../condition/condition.js'
import type { Evaluation } from '../decide/decision-table.js'
import { constraintsOf } from '../decide/grant.js'
import { SESSION_KEY } from '../decide/session.js'
import type { Statement } from '../document/policy-document.js'
import { patternOf } from '../document/resource.js'
import { type RequestContext, RESOURCE } from '../match/request-context.js'
import { literalPattern, wildcardPattern } from '../match/wildcard.js'
import type { Comparisons } from './variable-constraints.js'

/** The `Resource` of a statement as a condition on the resource that is requested. */
function resourceCondition ({ resources }: Statement, context: RequestContext): Condition[] {
  if (resources === undefined || resources.every) return []
  const values = resources.values.flatMap((value): ConditionValue[] => {
    const pattern = patternOf(value, context)
    // What is not known stands among the templates, by which the evaluation ends.
    return pattern === undefined || pattern === 'unknown' ? [] : [{ text: value.text, test: () => false, pattern }]
  })
  return [
    {
      operatorName: RESOURCE,
      operator: SAME_RESOURCE,
      set: undefined,
      ifExists: false,
      keyName: RESOURCE,
      key: RESOURCE,
      values
    }
  ]
}

/** Every session of a role has a name. */
export const isSessionCondition = ({ key, operator }: Condition): boolean =>
  key === SESSION_KEY && operator === SAME_RESOURCE

/** The sessions that a statement or a grant names as a condition on the key that ends with the name of the session. */
function sessionCondition (names: readonly string[] = []): Condition[] {
  if (names.length === 0) return []
  const values = names.map((name): ConditionValue => ({
    text: `*:${name}`,
    test: () => false,
    pattern: [...wildcardPattern('*:'), ...literalPattern(name)]
  }))
  return [
    {
      operatorName: 'StringLike',
      operator: SAME_RESOURCE,
      set: undefined,
      ifExists: false,
      keyName: SESSION_KEY,
      key: SESSION_KEY,
      values
    }
  ]
}

const SAME_RESOURCE: Condition['operator'] = { family: 'like', negated: false, test: () => undefined }

/** What the statements and grants that are open compare with the unknown keys. */
export function comparisonsIn ({ action, facts, matches, grants }: Evaluation): Comparisons {
  const statements = matches.filter((match) => match.unknownKeys.length > 0).map((match) => match.statement)
  return {
    conditions: [
      ...statements.flatMap((statement) => statement.conditions),
      ...matches.flatMap(({ sessions }) => sessionCondition(sessions?.names)),
      ...grants.flatMap(({ sessions }) => sessionCondition(sessions)),
      ...(facts.isPattern ? statements.flatMap((statement) => resourceCondition(statement, facts.context)) : []),
      ...grants.flatMap(({ grant }) => constraintsOf(grant, action.name))
    ],
    resourceTemplates: statements.flatMap(
      ({ resources }) => resources?.values.flatMap((value) => ('template' in value ? [value.template] : [])) ?? []
    ),
    resourceArn: facts.isPattern ? undefined : facts.resourceArn
  }
}
