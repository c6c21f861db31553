import { isObject, type JsonObject, pointerSegment } from '../../json/json.js'
import type { Place, PrincipalPlace, StatementParts, StatementRule } from './storable-rule.js'

const KEY_POLICY = 'https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html'

const TYPES = ['AWS', 'Service', 'Federated', 'CanonicalUser']
const ACCOUNT = /^\d{12}$/
const ARN =
  /^arn:[a-z-]+:(iam|sts)::\d{12}:(root|(user|role|assumed-role|federated-user)\/[^*?\s{}<>]+)$/
/** The origin access identity of CloudFront, which has no account. */
const CLOUDFRONT = /^arn:[a-z-]+:iam::cloudfront:user\/[^*?\s{}<>]+$/
/** What AWS stores in the place of a principal: `AROA…` of a role, `AIDA…` of a user. */
const UNIQUE_ID = /^A[A-Z]{3}[A-Z0-9]{12,}$/
const SERVICE = /^(\*|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)$/

/** Each name in `Principal` and `NotPrincipal`, with its type and its place in the statement. */
export function principalsOf (statement: JsonObject): PrincipalPlace[] {
  return ['Principal', 'NotPrincipal'].flatMap((element) => {
    const principal = statement[element]
    if (!isObject(principal)) return []
    return Object.entries(principal).flatMap(([type, names]) => {
      const at = `/${element}/${pointerSegment(type)}`
      return Array.isArray(names)
        ? names.map((value: unknown, index) => ({ type, at: `${at}/${index}`, value }))
        : [{ type, at, value: names }]
    })
  })
}

/** The names under `AWS` that are text, but no AWS principal. */
export const notAws = (principals: readonly PrincipalPlace[]): Array<Place & { value: string }> =>
  principals.flatMap(({ type, at, value }) =>
    type === 'AWS' && typeof value === 'string' && !isAwsPrincipal(value) ? [{ at, value }] : []
  )

function isAwsPrincipal (name: string): boolean {
  return [ACCOUNT, ARN, CLOUDFRONT, UNIQUE_ID].some((form) => form.test(name)) || name === '*'
}

const isGroup = (name: string): boolean => /^arn:[^:]*:iam::[^:]*:group\//.test(name)
const isPlaceholder = (name: string): boolean => /[{}<>\s]/.test(name)
const hasWildcard = (name: string): boolean => /[*?]/.test(name)
const hasOtherAccountId = (name: string): boolean =>
  /^\d+$/.test(name) || /^arn:[^:]*:(iam|sts)::(?!\d{12}:)/.test(name)

/** The first of these that holds says why AWS refuses the name. */
const AWS_RULES: ReadonlyArray<{ applies: (name: string) => boolean; rule: string; source?: string }> = [
  { applies: isGroup, rule: 'an IAM group cannot be a principal', source: KEY_POLICY },
  { applies: isPlaceholder, rule: 'a placeholder or white space cannot be part of a principal' },
  {
    applies: hasWildcard,
    rule: 'a wildcard cannot be part of a principal ARN; put it into a condition on aws:PrincipalArn'
  },
  { applies: hasOtherAccountId, rule: 'an account id has 12 digits' },
  {
    applies: () => true,
    rule:
      'is no principal: it must be an account id, "*" or an ARN of a root, user or role ' +
      '(arn:aws:iam::111122223333:…)'
  }
]

/** Why AWS refuses a principal. `source`: the page about the element `Principal`. */
export function principalFaults (source: string): StatementRule[] {
  const kinds = ['keyPolicy', 'trustPolicy'] as const
  return [
    {
      kinds,
      rule: 'Principal must be "*" or an object of AWS, Service, Federated or CanonicalUser',
      source,
      find: (statement) =>
        ['Principal', 'NotPrincipal'].flatMap((name): Place[] => {
          const value = statement[name]
          if (value === undefined || value === '*') return []
          if (!isObject(value)) return [{ at: `/${name}`, value }]
          return Object.keys(value)
            .filter((type) => !TYPES.includes(type))
            .map((type) => ({ at: `/${name}/${pointerSegment(type)}`, value: value[type] }))
        })
    },
    {
      kinds,
      rule: 'a principal must be text',
      source,
      find: (_, { principals }) => principals.filter(({ value }) => typeof value !== 'string')
    },
    ...AWS_RULES.map(({ applies, rule, source: page = source }, index) => ({
      kinds,
      rule,
      source: page,
      find: (_: JsonObject, { notAws: names }: StatementParts) =>
        names.filter(
          ({ value }) => applies(value) && !AWS_RULES.slice(0, index).some((earlier) => earlier.applies(value))
        )
    })),
    {
      kinds,
      rule: 'is no service principal, for example personalize.amazonaws.com',
      source,
      find: (_, { principals }) =>
        principals.filter(
          ({ type, value }) => type === 'Service' && typeof value === 'string' && !SERVICE.test(value)
        )
    }
  ]
}
