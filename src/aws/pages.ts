import type { Outcome } from './call.js'
import type { CallFailure } from './errors.js'

export interface Page<T> {
  items: readonly T[] | undefined
  truncated: boolean
  marker: string | undefined
}

/** What a paged list gave: with `failure`, the items that came before it. */
export interface Listed<T> {
  items: T[]
  failure?: CallFailure
}

/**
 * Reads a list to its end. The SDK's paginators stop at a page without a marker and go on forever on a
 * repeated one; here both are failures, because a list that is cut short may hide the policy with the Deny.
 */
export async function readPages<T, O> (
  operation: string,
  ask: (marker: string | undefined) => Promise<Outcome<O>>,
  pageOf: (answer: O) => Page<T>
): Promise<Listed<T>> {
  const items: T[] = []
  const seen = new Set<string>()
  let marker: string | undefined
  for (;;) {
    const outcome = await ask(marker)
    if (!outcome.ok) return { items, failure: outcome }
    const page = pageOf(outcome.value)
    if (page.items === undefined) return { items, failure: malformed(operation, 'the answer is empty') }
    items.push(...page.items)
    if (!page.truncated) return { items }
    marker = page.marker
    if (marker === undefined) return { items, failure: malformed(operation, 'a truncated page came without a marker') }
    if (seen.has(marker)) return { items, failure: malformed(operation, 'a marker came twice') }
    seen.add(marker)
  }
}

function malformed (operation: string, fault: string): CallFailure {
  return { why: `${operation} failed: ${fault}`, cause: 'malformedAnswer', missing: false }
}
