import { isObject, type JsonObject, pointerSegment } from '../../json/json.js'
import type { StoredValue, PrincipalPlace, StatementParts, StatementRule } from './storable-rule.js'

const KEY_POLICY = 'https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html'

const TYPES = ['AWS', 'Service', 'Federated', 'CanonicalUser']
const ACCOUNT = /^\d{12}$/
/** A session belongs to STS, everything else to IAM; it has the name of its role, without a path, and its own. */
const NAME = '[^*?\\s{}<>]+'
const ARN = new RegExp(
  `^arn:[a-z-]+:(iam::\\d{12}:(root|(user|role)/${NAME})|sts::\\d{12}:(assumed-role/[^/]+/|federated-user/)${NAME})$`
)
/**
 * The origin access identity of CloudFront, which has no account, and spaces in its name.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
 */
const CLOUDFRONT = /^arn:[a-z-]+:iam::cloudfront:user\/[^*?\s{}<>]+( [^*?\s{}<>]+)*$/
/** What AWS stores in the place of a principal: `AROA…` of a role, `AIDA…` of a user. */
const UNIQUE_ID = /^A[A-Z]{3}[A-Z0-9]{12,}$/
const PRINCIPAL_FORMS = [ARN, ACCOUNT, UNIQUE_ID, CLOUDFRONT]
const SERVICE = /^(\*|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)$/

const NO_PLACES: readonly StoredValue[] = []
const ELEMENTS = ['Principal', 'NotPrincipal'] as const

/** Each name in `Principal` and `NotPrincipal`, with its type and its place in the statement. */
export function principalsOf (statement: JsonObject): PrincipalPlace[] {
  const places: PrincipalPlace[] = []
  for (const element of ELEMENTS) {
    const principal = statement[element]
    if (!isObject(principal)) continue
    for (const type in principal) {
      const names = principal[type]
      const at = `/${element}/${pointerSegment(type)}`
      if (!Array.isArray(names)) places.push({ type, at, value: names })
      else names.forEach((value: unknown, index) => places.push({ type, at: `${at}/${index}`, value }))
    }
  }
  return places
}

/** The names under `AWS` that are text, but no AWS principal. */
export const notAws = (principals: readonly PrincipalPlace[]): Array<StoredValue & { value: string }> =>
  principals.flatMap(({ type, at, value }) =>
    type === 'AWS' && typeof value === 'string' && !isAwsPrincipal(value) ? [{ at, value }] : []
  )

function isAwsPrincipal (name: string): boolean {
  return name === '*' || PRINCIPAL_FORMS.some((form) => form.test(name))
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

/** The principals of an element that are of no type that policies know. */
function wrongTypes (element: 'Principal' | 'NotPrincipal', value: unknown): readonly StoredValue[] {
  if (value === undefined || value === '*') return NO_PLACES
  if (!isObject(value)) return [{ at: `/${element}`, value }]
  const types = Object.keys(value)
  return types.every((type) => TYPES.includes(type))
    ? NO_PLACES
    : types
      .filter((type) => !TYPES.includes(type))
      .map((type) => ({ at: `/${element}/${pointerSegment(type)}`, value: value[type] }))
}

/** Why AWS refuses a principal. `source`: the page about the element `Principal`. */
export function principalFaults (source: string): StatementRule[] {
  const kinds = ['keyPolicy', 'bucketPolicy', 'trustPolicy'] as const
  return [
    {
      kinds,
      rule: 'Principal must be "*" or an object of AWS, Service, Federated or CanonicalUser',
      source,
      find: ({ Principal, NotPrincipal }) =>
        NotPrincipal === undefined
          ? wrongTypes('Principal', Principal)
          : [...wrongTypes('Principal', Principal), ...wrongTypes('NotPrincipal', NotPrincipal)]
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
        names.length === 0 ? NO_PLACES : names.filter(
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
