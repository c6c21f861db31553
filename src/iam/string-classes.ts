import { ANY_IN_SEGMENT, nextPositions, ONE_IN_SEGMENT, startPositions, type Pattern } from './wildcard.js'

/** A pattern and whether it is compared without regard to case. */
export interface ClassPattern { pattern: Pattern, ignoreCase: boolean }

/** What is asked beside the patterns: for values that are also compared with one another. */
export interface Spread {
  /** So many texts for each class, as far as there are so many: as many values can differ from one another. */
  copies: number
  /** Texts are compared with one another without regard to case: the spellings of a text that fare differently are told apart. */
  folded: boolean
}

const ONE_EACH: Spread = { copies: 1, folded: false }
/** Counted in positions of a pattern that are moved on by one character. */
const MOST_STEPS = 200_000
const COLON = 58
const FRESH = 'xyzqwvkj0123456789-_~'
/** The letters after those begin here (Cyrillic, which have case too). */
const FURTHER = 0x430

/** How far the machine has come with one text: the shortest that leads there, and the positions in each pattern. */
interface Reached { text: string, positions: ReadonlyArray<readonly number[]>, state: string }

/** Policies of one account are much alike, and every decision about them asks the same: small answers are kept, the oldest go. */
const kept = new Map<string, readonly string[] | undefined>()
const MOST_KEPT = 256
const LONGEST_KEPT = 4_000

/**
 * One text (or `copies`) for every way in which texts can match these patterns: for each subset of them that some text
 * matches while it matches no other; the empty text is not among them. Undefined when that takes too many steps.
 */
export function oneTextPerClass (patterns: readonly ClassPattern[], spread: Spread = ONE_EACH): readonly string[] | undefined {
  const name = `${spread.copies}${spread.folded}${patterns.map(({ pattern, ignoreCase }) => `${ignoreCase ? 'i' : ''}${pattern.join()}`).join(';')}`
  if (kept.has(name)) return kept.get(name)
  const texts = explore(patterns.map(({ pattern, ignoreCase }) => ({ pattern: ignoreCase ? pattern.map(lower) : pattern, ignoreCase })), lettersFor(patterns, spread), spread)
  const size = (texts ?? []).reduce((sum, text) => sum + text.length, name.length)
  if (size > LONGEST_KEPT) return texts
  const [oldest] = kept.keys()
  if (oldest !== undefined && kept.size >= MOST_KEPT) kept.delete(oldest)
  kept.set(name, texts)
  return texts
}

/** The patterns run together as one state machine, shortest texts first; spellings of one text go together. */
function explore (machine: readonly ClassPattern[], letters: ReadonlyArray<readonly number[]>, { copies }: Spread): string[] | undefined {
  const texts: string[] = []
  const classes = new Counter(copies)
  const states = new Counter(copies)
  let frontier: Reached[][] = [[reached('', machine.map(({ pattern }) => startPositions(pattern)))]]
  let steps = 0
  const classOf = (node: readonly Reached[]): string => node.map(({ positions }) => machine.map(({ pattern }, i) => positions[i]?.includes(pattern.length) === true ? '1' : '0').join('')).sort().join()
  while (frontier.length > 0) {
    const next: Reached[][] = []
    for (const node of frontier) {
      if (node.every(({ text }) => text !== '') && classes.takes(classOf(node))) texts.push(...node.map(({ text }) => text))
      for (const spellings of letters) {
        steps += spellings.length * costOf(node)
        if (steps > MOST_STEPS) return undefined
        const after = onward(machine, node, spellings, copies)
        if (states.takes(after.map(({ state }) => state).sort().join('|'))) next.push(after)
      }
    }
    frontier = next
  }
  return texts
}

/** Lets each name pass so many times. */
class Counter {
  readonly #most: number
  readonly #counts = new Map<string, number>()

  constructor (most: number) { this.#most = most }

  takes (name: string): boolean {
    const count = (this.#counts.get(name) ?? 0) + 1
    this.#counts.set(name, count)
    return count <= this.#most
  }
}

function costOf (node: readonly Reached[]): number {
  return node.reduce((sum, { positions }) => positions.reduce((count, at) => count + at.length + 1, sum), 0)
}

function reached (text: string, positions: Reached['positions']): Reached {
  return { text, positions, state: positions.join(';') }
}

/** The node after one more letter, in each of its spellings; of those that lead to one state no more than are asked for. */
function onward (machine: readonly ClassPattern[], node: readonly Reached[], spellings: readonly number[], copies: number): Reached[] {
  const states = new Counter(copies)
  return node.flatMap(({ text, positions }) => spellings.map((code) => reached(
    text + String.fromCharCode(code), positions.map((at, i) => machine[i] === undefined ? at : nextPositions(machine[i].pattern, at, machine[i].ignoreCase ? lower(code) : code))
  ))).filter(({ state }) => states.takes(state))
}

/** The letters that some pattern can tell apart, and as many as are asked for that none mentions, each in the spellings that count as one. */
function lettersFor (patterns: readonly ClassPattern[], { copies, folded }: Spread): number[][] {
  const codes = new Set<number>()
  for (const { pattern, ignoreCase } of patterns) {
    for (const token of pattern) {
      if (token >= 0) codes.add(token)
      if (token >= 0 && (ignoreCase || folded)) codes.add(lower(token)).add(upper(token))
      if (token === ANY_IN_SEGMENT || token === ONE_IN_SEGMENT) codes.add(COLON)
    }
  }
  const fresh: number[] = []
  for (let i = 0; fresh.length < copies; i++) {
    const code = i < FRESH.length ? FRESH.charCodeAt(i) : FURTHER + i - FRESH.length
    if (!codes.has(code) && !codes.has(upper(code))) fresh.push(code)
  }
  const letters = [...fresh, ...(folded ? fresh.map(upper) : []), ...codes]
  if (!folded) return letters.map((code) => [code])
  const together = new Map<number, number[]>()
  for (const code of new Set(letters)) together.set(lower(code), [...(together.get(lower(code)) ?? []), code])
  return [...together.values()]
}

/** A letter whose other case is more than one stays what it is. */
const single = (code: number, text: string): number => text.length === 1 ? text.charCodeAt(0) : code
const lower = (code: number): number => code >= 0 ? single(code, String.fromCharCode(code).toLowerCase()) : code
const upper = (code: number): number => code >= 0 ? single(code, String.fromCharCode(code).toUpperCase()) : code
