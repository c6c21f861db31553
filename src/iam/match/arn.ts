import { ANY, ANY_IN_SEGMENT, ONE, ONE_IN_SEGMENT, type Pattern } from './wildcard.js'

const COLON = 58

function colonsIn (text: string): number {
  let colons = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) colons++
  return colons
}

/** The token at `position`, read as it counts inside an ARN segment: it matches no colon. */
function inSegment (token: number): number {
  return token === ANY ? ANY_IN_SEGMENT : token === ONE ? ONE_IN_SEGMENT : token
}

/**
 * The pattern of an ARN in a condition: six segments, matched one by one, so that a wildcard of the first five
 * takes no colon. Undefined for fewer than six segments.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function arnConditionPattern (pattern: Pattern): Pattern | undefined {
  return pattern.filter((token) => token === COLON).length < 5 ? undefined : inSegments(pattern)
}

/** The same of a pattern that is known to have six. `prefix`: what stands before it and has no wildcard. */
export function inSegments (pattern: Pattern, prefix = ''): Pattern {
  let colons = colonsIn(prefix)
  return pattern.map((token) => {
    const result = colons < 5 ? inSegment(token) : token
    if (token === COLON) colons++
    return result
  })
}

/**
 * The pattern of an ARN in `Resource`: as in a condition, but a `*` that ends its segment may go on beyond the colon,
 * and an ARN of fewer than six segments is completed with `*`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html#reference_policies_elements_resource_wildcards
 */
export function arnResourcePattern (pattern: Pattern, prefix = ''): Pattern {
  let colons = colonsIn(prefix)
  const tokens = pattern.map((token, position) => {
    const next = pattern[position + 1]
    const endsSegment = next === undefined || next === COLON
    const result = colons < 5 && !(token === ANY && endsSegment) ? inSegment(token) : token
    if (token === COLON) colons++
    return result
  })
  return colons < 5 ? [...tokens, COLON, ANY] : tokens
}

/** An AWS account id. */
export const ACCOUNT_ID = /^\d{12}$/

/** The six parts of an ARN. `resource` is all that follows the fifth colon. */
export interface Arn {
  partition: string
  service: string
  region: string
  accountId: string
  resource: string
}

/**
 * Splits an ARN into its six parts; undefined where the text has fewer or does not begin with `arn:`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function parseArn (text: string): Arn | undefined {
  if (!text.startsWith('arn:')) return undefined
  const service = text.indexOf(':', 4)
  const region = service === -1 ? -1 : text.indexOf(':', service + 1)
  const account = region === -1 ? -1 : text.indexOf(':', region + 1)
  const resource = account === -1 ? -1 : text.indexOf(':', account + 1)
  return resource === -1
    ? undefined
    : {
      partition: text.slice(4, service),
      service: text.slice(service + 1, region),
      region: text.slice(region + 1, account),
      accountId: text.slice(account + 1, resource),
      resource: text.slice(resource + 1)
    }
}

/** Whether the text has as many colons as an ARN. */
export function hasSixParts (text: string): boolean {
  let colon = -1
  for (let part = 1; part < 6; part++) {
    colon = text.indexOf(':', colon + 1)
    if (colon === -1) return false
  }
  return true
}

/** The ARN by which a policy names a whole account: its root. */
export function accountRootArn (partition: string, accountId: string): string {
  return `arn:${partition}:iam::${accountId}:root`
}

/** The last path segment: the role's name in `role/service-role/Name`. */
export function lastSegment (resource: string): string {
  return resource.slice(resource.lastIndexOf('/') + 1)
}
