import { ANY_IN_SEGMENT, nextPositions, ONE_IN_SEGMENT, startPositions, type Pattern } from './wildcard.js'

/** A pattern and whether it is compared without regard to case. */
export interface ClassPattern { pattern: Pattern, ignoreCase: boolean }

/** Counted in positions of a pattern that are moved on by one character. */
const MOST_STEPS = 200_000
const COLON = 58
const FRESH = 'xyzqwvkj0123456789-_~'

/** How far the machine has come: the shortest text that leads there, and the positions in each pattern. */
interface Reached { text: string, positions: number[][] }

/**
 * One text for every way in which texts can match these patterns: for each subset of them that some text matches while
 * it matches no other, one such text. The patterns run together as one state machine, shortest texts first.
 * Undefined when that takes too many steps.
 */
export function oneTextPerClass (patterns: readonly ClassPattern[]): string[] | undefined {
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
