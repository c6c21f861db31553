import { ANY_IN_SEGMENT, nextPositions, ONE_IN_SEGMENT, startPositions, type Pattern } from './wildcard.js'

/** A pattern and whether it is compared without regard to case. */
export interface ClassPattern { pattern: Pattern, ignoreCase: boolean }

/** Counted in positions of a pattern that are moved on by one character. */
const MOST_STEPS = 200_000
const COLON = 58
const FRESH = 'xyzqwvkj0123456789-_~'

/** How far the machine has come: the shortest text that leads there, and the positions in each pattern. */
interface Reached { text: string, positions: number[][] }

/** Policies of one account are much alike, and every decision about them asks the same: small answers are kept, the oldest go. */
const kept = new Map<string, readonly string[] | undefined>()
const MOST_KEPT = 256
const LONGEST_KEPT = 4_000

/**
 * One text for every way in which texts can match these patterns: for each subset of them that some text matches while
 * it matches no other, one such text. Undefined when that takes too many steps.
 */
export function oneTextPerClass (patterns: readonly ClassPattern[]): readonly string[] | undefined {
  const name = patterns.map(({ pattern, ignoreCase }) => `${ignoreCase ? 'i' : ''}${pattern.join()}`).join(';')
  if (kept.has(name)) return kept.get(name)
  const texts = explore(patterns)
  const size = (texts ?? []).reduce((sum, text) => sum + text.length, name.length)
  if (size > LONGEST_KEPT) return texts
  const [oldest] = kept.keys()
  if (oldest !== undefined && kept.size >= MOST_KEPT) kept.delete(oldest)
  kept.set(name, texts)
  return texts
}

/** The patterns run together as one state machine, shortest texts first. */
function explore (patterns: readonly ClassPattern[]): string[] | undefined {
  const codes = alphabet(patterns)
  const machine = patterns.map(({ pattern, ignoreCase }) => ({ pattern: ignoreCase ? pattern.map(lower) : pattern, ignoreCase }))
  const seen = new Set<string>()
  const texts = new Map<string, string>()
  let frontier: Reached[] = [{ text: '', positions: machine.map(({ pattern }) => startPositions(pattern)) }]
  let steps = 0
  while (frontier.length > 0) {
    const next: Reached[] = []
    for (const { text, positions } of frontier) {
      const matched = positions.map((at, i) => at.includes(machine[i]?.pattern.length ?? -1) ? '1' : '0').join('')
      // No value of a condition key is empty.
      if (text !== '' && !texts.has(matched)) texts.set(matched, text)
      for (const code of codes) {
        steps += positions.reduce((count, at) => count + at.length + 1, 0)
        if (steps > MOST_STEPS) return undefined
        const after = machine.map(({ pattern, ignoreCase }, i) => nextPositions(pattern, positions[i] ?? [], ignoreCase ? lower(code) : code))
        const state = after.join(';')
        if (seen.has(state)) continue
        seen.add(state)
        next.push({ text: text + String.fromCharCode(code), positions: after })
      }
    }
    frontier = next
  }
  return [...texts.values()]
}

/** The characters that some pattern can tell apart, and one that none mentions. */
function alphabet (patterns: readonly ClassPattern[]): number[] {
  const codes = new Set<number>()
  for (const { pattern, ignoreCase } of patterns) {
    for (const token of pattern) {
      if (token >= 0) codes.add(token)
      if (token >= 0 && ignoreCase) codes.add(lower(token)).add(upper(token))
      if (token === ANY_IN_SEGMENT || token === ONE_IN_SEGMENT) codes.add(COLON)
    }
  }
  const fresh = [...FRESH].map((letter) => letter.charCodeAt(0)).find((code) => !codes.has(code)) ?? 0xa4
  return [fresh, ...codes]
}

const lower = (code: number): number => code >= 0 ? String.fromCharCode(code).toLowerCase().charCodeAt(0) : code
const upper = (code: number): number => code >= 0 ? String.fromCharCode(code).toUpperCase().charCodeAt(0) : code
