/**
 * Levenshtein distance: how many letters one has to insert, delete or replace. Its time is the product of the lengths,
 * so callers bound them.
 */
export function editDistance (a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries())
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)))
    row = next
  }
  return row[b.length] ?? 0
}

/** Longer texts differ in more than a slip of the pen. */
const MAX_DIFFERING = 8

/** Whether two texts differ in one or two letters that stand near one another. Takes time with the length alone. */
export function isMistyped (written: string, wanted: string): boolean {
  const shorter = Math.min(written.length, wanted.length)
  let start = 0
  while (start < shorter && written[start] === wanted[start]) start++
  let end = 0
  while (end < shorter - start && written.at(-1 - end) === wanted.at(-1 - end)) end++
  const [a, b] = [written, wanted].map((text) => text.slice(start, text.length - end))
  if (a === undefined || b === undefined || Math.max(a.length, b.length) > MAX_DIFFERING) return false
  return editDistance(a, b) <= 2
}
