import type { Finding } from '../../../schemas/verification.js'
import { formatList } from '../../findings/format.js'
import type { Statement } from '../../iam/document/policy-document.js'
import { resourceMatches } from '../../iam/document/resource.js'
import { RequestContext } from '../../iam/match/request-context.js'
import { asList, describe, isObject } from '../../json/json.js'
import { statementAsWritten } from '../read/evidence.js'
import { type StatementPlace, reportStatement } from './statement-place.js'

/** KMS accepts a statement without an element that it needs, with an empty list, or with the ARN of another key. */
export function inert (place: StatementPlace, statement: Statement, keyArn: string): Finding[] {
  if (statement.defects.has('Statement')) return []
  const { principals, actions, resources } = statement
  const missing: string[] = []
  if (principals === undefined) missing.push('Principal')
  if (actions === undefined) missing.push('Action')
  if (resources === undefined) missing.push('Resource')
  const empty = emptyLists(place, statement)
  if (empty.length > 0) return empty
  if (missing.length > 0)
    return [
      reportStatement('INERT_STATEMENT', place, statement, {
        detail: 'The statement has no ' + `${missing.join(', no ')}.`
      })
    ]
  const elsewhere =
    resources !== undefined && resourceMatches(resources, keyArn, new RequestContext([]), () => {}) === 0
  return elsewhere
    ? [
      reportStatement('INERT_STATEMENT', place, statement, {
        detail: `Its ${resourceAsWritten(place, statement)} is not this key. In a key policy, use "*".`
      })
    ]
    : []
}

const ELEMENTS: readonly string[] = ['Principal', 'Action', 'Resource']

/** A statement with an empty list applies to nothing; so does one with a condition that no value can satisfy. */
export function emptyLists (place: StatementPlace, statement: Statement): Finding[] {
  const written = statementAsWritten(place.document, statement) ?? {}
  const elements = ELEMENTS.filter((name) => isEmpty(written[name]))
  const conditions = statement.conditions
    .filter(
      ({ values, operator, set, ifExists }) =>
        values.length === 0 && !operator.negated && operator.family !== 'null' && set !== 'forAllValues' && !ifExists
    )
    .map(({ operatorName, keyName }) => `${operatorName} ${keyName}`)
  const empty = elements.concat(conditions)
  return empty.length === 0
    ? []
    : [
      reportStatement('INERT_STATEMENT', place, statement, {
        detail: `The list under ${formatList(empty, ' and ')} is empty, so the statement applies to nothing.`,
        remedy: 'Fill the list with what the statement is meant for, or remove the statement.'
      })
    ]
}

/** An empty list, also as the only one under the types of principals. */
function isEmpty (element: unknown): boolean {
  if (isObject(element)) return Object.keys(element).every((type) => isEmpty(element[type]))
  return Array.isArray(element) && element.length === 0
}

function resourceAsWritten ({ document }: StatementPlace, statement: Statement): string {
  const { Resource, NotResource } = statementAsWritten(document, statement) ?? {}
  return `${Resource === undefined ? 'NotResource' : 'Resource'} ` +
    `${formatList(asList(Resource ?? NotResource).map(describe))}`
}
