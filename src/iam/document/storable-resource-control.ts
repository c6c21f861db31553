import { asList, type JsonObject } from '../../json/json.js'
import type { StatementRule, StoredValue } from './storable-rule.js'

const kinds = ['resourceControlPolicy'] as const

/** The statement of RCPFullAWSAccess, which AWS attaches itself. */
const isFullAccess = ({ Effect, Principal, Action, Resource, Condition }: JsonObject): boolean =>
  Effect === 'Allow' &&
  Principal === '*' &&
  asList(Action).join() === '*' &&
  asList(Resource).join() === '*' &&
  Condition === undefined

const valueOf = (statement: JsonObject, name: string): StoredValue[] =>
  statement[name] === undefined ? [] : [{ at: `/${name}`, value: statement[name] }]

/**
 * Why AWS Organizations refuses a statement of a resource control policy. `source`: the page about their syntax.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
 */
export function resourceControlFaults (source: string): StatementRule[] {
  const unless =
    (find: (statement: JsonObject) => StoredValue[]): StatementRule['find'] =>
      (statement) => (isFullAccess(statement) ? [] : find(statement))
  return [
    {
      kinds,
      rule: 'the Principal of a resource control policy must be "*"',
      source,
      find: ({ Principal: value }) => (value === '*' ? [] : [{ at: '/Principal', value }])
    },
    {
      kinds,
      rule: 'a resource control policy of your own must only have Deny statements',
      source,
      find: unless((statement) => (statement['Effect'] === 'Allow' ? valueOf(statement, 'Effect') : []))
    },
    {
      kinds,
      rule: 'a resource control policy must not have NotPrincipal or NotAction',
      source,
      find: (statement) => [...valueOf(statement, 'NotPrincipal'), ...valueOf(statement, 'NotAction')]
    },
    {
      kinds,
      rule: 'an action of a resource control policy must name its service; "*" alone is refused',
      source,
      find: unless((statement) =>
        asList(statement['Action'] ?? []).includes('*') ? valueOf(statement, 'Action') : []
      )
    }
  ]
}
