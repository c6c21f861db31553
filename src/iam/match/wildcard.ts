/**
 * `*` and `?` in policies. A pattern is a list of tokens: a character code, or one of the wildcards below.
 * Policy text never becomes a RegExp: live policies are other people's input, and a RegExp built from one
 * can run for minutes; the loops here take at most pattern × text steps.
 */
export type Pattern = readonly number[]

/** Any run of characters. */
export const ANY = -1
/** Any one character. */
export const ONE = -2
/** Any run of characters but `:`; what `*` means inside the first five segments of an ARN. */
export const ANY_IN_SEGMENT = -3
/** Any one character but `:`. */
export const ONE_IN_SEGMENT = -4

const STAR = 42
const QUESTION = 63
const COLON = 58

/** The pattern that matches exactly this text; `*` and `?` stand for themselves. */
export function literalPattern (text: string): number[] {
  const pattern: number[] = []
  for (let i = 0; i < text.length; i++) pattern.push(text.charCodeAt(i))
  return pattern
}

/** The pattern of a text whose `*` and `?` are wildcards; runs of `*` are one. */
export function wildcardPattern (text: string): number[] {
  const pattern: number[] = []
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === STAR) {
      if (pattern[pattern.length - 1] !== ANY) pattern.push(ANY)
    } else {
      pattern.push(code === QUESTION ? ONE : code)
    }
  }
  return pattern
}

export function hasWildcard (text: string): boolean {
  return text.includes('*') || text.includes('?')
}

function takes (token: number, code: number): boolean {
  return token === code || token === ONE || (token === ONE_IN_SEGMENT && code !== COLON)
}

/** Whether the whole text, or what of it begins at `from`, matches the pattern. */
export function matches (pattern: Pattern, text: string, from = 0): boolean {
  return mixesRuns(pattern) ? matchesByStates(pattern, text, from) : matchesByBacktracking(pattern, text, from)
}

/**
 * The test for a policy's text: what stands before its first wildcard is compared as it is, the rest compiled when
 * first needed, for most statements are ruled out before.
 */
export function wildcardTest (
  text: string,
  compile: (rest: Pattern, prefix: string) => Pattern
): (value: string) => boolean {
  let prefix: string | undefined
  let rest: Pattern | undefined
  return (value) => {
    prefix ??= literalPrefix(text)
    return (
      value.startsWith(prefix) &&
      matches((rest ??= compile(wildcardPattern(text.slice(prefix.length)), prefix)), value, prefix.length)
    )
  }
}

function literalPrefix (text: string): string {
  const star = text.indexOf('*')
  const question = text.indexOf('?')
  const end = star === -1 ? question : question === -1 ? star : Math.min(star, question)
  return end === -1 ? text : text.slice(0, end)
}

/** Going back to the last star alone is complete unless a run that may take colons stands before one that may not. */
function mixesRuns (pattern: Pattern): boolean {
  const first = pattern.indexOf(ANY)
  return first !== -1 && pattern.includes(ANY_IN_SEGMENT, first)
}

function matchesByBacktracking (pattern: Pattern, text: string, from: number): boolean {
  let p = 0
  let t = from
  let star = -1
  let resume = 0
  while (t < text.length) {
    const token = pattern[p]
    const code = text.charCodeAt(t)
    if (token === ANY || token === ANY_IN_SEGMENT) {
      if (token === ANY && p + 1 === pattern.length) return true
      star = p++
      resume = t
    } else if (token !== undefined && takes(token, code)) {
      p++
      t++
    } else if (star !== -1 && !(pattern[star] === ANY_IN_SEGMENT && text.charCodeAt(resume) === COLON)) {
      p = star + 1
      t = ++resume
    } else {
      return false
    }
  }
  while (pattern[p] === ANY || pattern[p] === ANY_IN_SEGMENT) p++
  return p === pattern.length
}

/**
 * Whether every text that `inner` matches is matched by `outer`, too. False as well where that cannot be seen in a
 * number of steps linear in both: policies are other people's input.
 */
export function coversPattern (outer: Pattern, inner: Pattern): boolean {
  let steps = 4 * (outer.length + inner.length)
  let p = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < inner.length) {
    if (steps-- === 0) return false
    const token = outer[p]
    if (token === ANY || token === ANY_IN_SEGMENT) {
      star = p++
      resume = t
    } else if (token !== undefined && coversToken(token, inner[t])) {
      p++
      t++
    } else if (star !== -1 && (outer[star] === ANY || staysInSegment(inner[resume]))) {
      p = star + 1
      t = ++resume
    } else {
      return false
    }
  }
  while (outer[p] === ANY || outer[p] === ANY_IN_SEGMENT) p++
  return p === outer.length
}

/** Whether a token for one character matches all that a token of another pattern matches. */
function coversToken (token: number, inner = ANY): boolean {
  if (inner >= 0) return takes(token, inner)
  return (inner === ONE && token === ONE) || (inner === ONE_IN_SEGMENT && (token === ONE || token === ONE_IN_SEGMENT))
}

/**
 * Whether some text is matched by both patterns. Takes at most as many steps as the product of their lengths.
 */
export function patternsOverlap (one: Pattern, other: Pattern): boolean {
  const width = other.length + 1
  // Position in `one` by position in `other`: whether both can have come there with the same text.
  const reached = new Uint8Array((one.length + 1) * width)
  reached[0] = 1
  for (let i = 0; i <= one.length; i++) {
    for (let j = 0; j < width; j++) {
      if (reached[i * width + j] === 0) continue
      const [a, b] = [one[i], other[j]]
      const [isRun, isOtherRun] = [isRunToken(a), isRunToken(b)]
      if (isRun || (isOtherRun && a !== undefined && shareCharacter(a, b))) reached[(i + 1) * width + j] = 1
      if (isOtherRun || (isRun && b !== undefined && shareCharacter(a, b))) reached[i * width + j + 1] = 1
      if (!isRun && !isOtherRun && a !== undefined && b !== undefined && shareCharacter(a, b))
        reached[(i + 1) * width + j + 1] = 1
    }
  }
  return reached[reached.length - 1] === 1
}

function isRunToken (token: number | undefined): boolean {
  return token === ANY || token === ANY_IN_SEGMENT
}

/** Whether there is a character that both tokens can stand for. */
function shareCharacter (one = ANY, other = ANY): boolean {
  if (one >= 0 && other >= 0) return one === other
  return !(one === COLON && staysInSegment(other)) && !(other === COLON && staysInSegment(one))
}

/** Whether a token matches no colon. */
function staysInSegment (token = ANY): boolean {
  return token >= 0 ? token !== COLON : token === ONE_IN_SEGMENT || token === ANY_IN_SEGMENT
}

/** A short text that the pattern matches. */
export function memberOf (pattern: Pattern): string {
  return pattern
    .map((token) => (token >= 0 ? String.fromCharCode(token) : token === ONE || token === ONE_IN_SEGMENT ? 'x' : ''))
    .join('')
}

function matchesByStates (pattern: Pattern, text: string, from: number): boolean {
  let positions = startPositions(pattern)
  for (let t = from; t < text.length && positions.length > 0; t++)
    positions = nextPositions(pattern, positions, text.charCodeAt(t))
  return positions[positions.length - 1] === pattern.length
}

/** The pattern as a state machine: the positions at which it may stand before the first character. */
export function startPositions (pattern: Pattern): number[] {
  return closure(pattern, [0])
}

/**
 * The positions after one more character; ascending, none twice. `pattern.length` among them: what was read matches.
 */
export function nextPositions (pattern: Pattern, positions: readonly number[], code: number): number[] {
  const next: number[] = []
  for (const position of positions) {
    const token = pattern[position]
    if (token === undefined) continue
    const stays = token === ANY || (token === ANY_IN_SEGMENT && code !== COLON)
    const target = stays ? position : takes(token, code) ? position + 1 : undefined
    if (target !== undefined && next[next.length - 1] !== target) next.push(target)
  }
  return closure(pattern, next)
}

/** A star may also take nothing: adds the position behind every star reached. */
function closure (pattern: Pattern, positions: readonly number[]): number[] {
  const closed: number[] = []
  for (const position of positions) {
    for (let at = position; ; at++) {
      if ((closed[closed.length - 1] ?? -1) < at) closed.push(at)
      if (pattern[at] !== ANY && pattern[at] !== ANY_IN_SEGMENT) break
    }
  }
  return closed
}
