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
