import { ANY, ANY_IN_SEGMENT, nextPositions, ONE_IN_SEGMENT, type Pattern, startPositions } from '../match/wildcard.js'

/** A pattern and whether it is compared without regard to case. */
export interface ClassPattern {
  pattern: Pattern
  ignoreCase: boolean
}

/** What is asked beside the patterns: for values that are also compared with one another. */
export interface PartitionOptions {
  /** So many texts for each class, as far as there are so many: as many values can differ from one another. */
  copies: number
  /**
   * Texts are compared with one another without regard to case: the spellings of a text that fare differently are
   * distinguished.
   */
  folded: boolean
}

const ONE_EACH: PartitionOptions = { copies: 1, folded: false }
/** Counted in positions of a pattern that are moved on by one character. */
const MAX_STEPS = 50_000
/** Tokens of all patterns together. */
const MAX_TOKENS = 10_000
const COLON = 58
const FRESH = 'xyzqwvkj0123456789-_~'
/** The letters after those begin here (Cyrillic, which have case too). */
const FURTHER = 0x430

/** How far the machine has come with one text: the shortest that leads there, and the positions in each pattern. */
interface Reached {
  text: string
  patternStates: readonly PatternState[]
  state: string
}
/** The positions reached in one pattern. */
interface PatternState extends ClassPattern {
  positions: readonly number[]
}
/** The spellings of one text. */
type Node = readonly Reached[]

/** The result of exploring one list of patterns. */
export interface Partition {
  texts: readonly string[] | undefined
  steps: number
}

/** What may be spent on all the keys of a decision together, and the partitions found so far, by their patterns. */
export interface StepBudget {
  steps: number
  partitions: Map<string, Partition>
}

/** `partitions`: those found for other actions on the same request; policies compare much the same for all of them. */
export function fullStepBudget (partitions = new Map<string, Partition>()): StepBudget {
  return { steps: MAX_STEPS, partitions }
}

/**
 * One text (or `copies`) for every way in which texts can match these patterns: for each subset of them that some text
 * matches while it matches no other; the empty text is not among them. Undefined when that takes too many steps.
 */
export function oneTextPerClass (
  patterns: readonly ClassPattern[],
  options: PartitionOptions = ONE_EACH,
  budget = fullStepBudget()
): readonly string[] | undefined {
  if (patterns.reduce((sum, { pattern }) => sum + pattern.length, 0) > MAX_TOKENS) return undefined
  const name = `${options.copies}${options.folded}${patterns.map(patternName).join(';')}`
  let partition = budget.partitions.get(name)
  if (partition === undefined) {
    partition = new ProductAutomaton(patterns, options).explore()
    budget.partitions.set(name, partition)
  }
  // Counted for a known partition as well: a decision does not depend on those made before.
  budget.steps -= partition.steps
  return budget.steps < 0 ? undefined : partition.texts
}

function patternName ({ pattern, ignoreCase }: ClassPattern): string {
  return `${ignoreCase ? 'i' : ''}${pattern.join()}`
}

/** The patterns run together as one state machine. */
class ProductAutomaton {
  readonly #patterns: readonly ClassPattern[]
  readonly #options: PartitionOptions
  /** As many letters as are asked for that no pattern mentions: they stand for all that makes no difference. */
  readonly #fresh: readonly number[]

  constructor (patterns: readonly ClassPattern[], options: PartitionOptions) {
    this.#patterns = patterns.map(({ pattern, ignoreCase }) => ({
      pattern: ignoreCase ? pattern.map(lower) : pattern,
      ignoreCase
    }))
    this.#options = options
    const mentioned = new Set(
      patterns.flatMap(({ pattern }) => pattern.flatMap((token) => [token, lower(token), upper(token)]))
    )
    const fresh: number[] = []
    for (let i = 0; fresh.length < options.copies; i++) {
      const code = i < FRESH.length ? FRESH.charCodeAt(i) : FURTHER + i - FRESH.length
      if (!mentioned.has(code)) fresh.push(code)
    }
    this.#fresh = fresh
  }

  /** Shortest texts first; the spellings of a text go together. */
  explore (): Partition {
    const { copies } = this.#options
    const texts: string[] = []
    const classes = new Counter(copies)
    const states = new Counter(copies)
    let frontier: Node[] = [
      [
        reached(
          '',
          this.#patterns.map((entry) => ({ ...entry, positions: startPositions(entry.pattern) }))
        )
      ]
    ]
    let steps = 0
    while (frontier.length > 0) {
      const next: Node[] = []
      for (const node of frontier) {
        if (node.every(({ text }) => text !== '') && classes.takes(classOf(node)))
          texts.push(...node.map(({ text }) => text))
        for (const spellings of this.#lettersAt(node)) {
          steps += spellings.length * costOf(node)
          if (steps > MAX_STEPS) return { texts: undefined, steps }
          const after = this.#onward(node, spellings)
          if (
            states.takes(
              after
                .map(({ state }) => state)
                .sort()
                .join('|')
            )
          )
            next.push(after)
        }
      }
      frontier = next
    }
    return { texts, steps }
  }

  /**
   * The letters that lead to different nodes from here, each in the spellings that count as one; all others do what
   * fresh ones do.
   */
  #lettersAt (node: Node): number[][] {
    const { folded } = this.#options
    const codes = new Set(this.#fresh.flatMap((code) => (folded ? [code, upper(code)] : [code])))
    for (const { pattern, ignoreCase, positions } of node.flatMap(({ patternStates }) => patternStates)) {
      for (const position of positions) {
        const token = pattern[position] ?? ANY
        if (token >= 0) codes.add(token)
        if (token >= 0 && (ignoreCase || folded)) codes.add(lower(token)).add(upper(token))
        if (token === ANY_IN_SEGMENT || token === ONE_IN_SEGMENT) codes.add(COLON)
      }
    }
    if (!folded) return [...codes].map((code) => [code])
    const together = new Map<number, number[]>()
    for (const code of codes) together.set(lower(code), [...(together.get(lower(code)) ?? []), code])
    return [...together.values()]
  }

  /**
   * The node after one more letter, in each of its spellings; of those that lead to one state no more than are asked
   * for.
   */
  #onward (node: Node, spellings: readonly number[]): Reached[] {
    const states = new Counter(this.#options.copies)
    return node
      .flatMap(({ text, patternStates }) =>
        spellings.map((code) =>
          reached(
            text + String.fromCharCode(code),
            patternStates.map((patternState) => ({
              ...patternState,
              positions: nextPositions(
                patternState.pattern,
                patternState.positions,
                patternState.ignoreCase ? lower(code) : code
              )
            }))
          )
        )
      )
      .filter(({ state }) => states.takes(state))
  }
}

/** Lets each name pass so many times. */
class Counter {
  readonly #most: number
  readonly #counts = new Map<string, number>()

  constructor (most: number) {
    this.#most = most
  }

  takes (name: string): boolean {
    const count = (this.#counts.get(name) ?? 0) + 1
    this.#counts.set(name, count)
    return count <= this.#most
  }
}

function costOf (node: Node): number {
  return node.reduce(
    (sum, { patternStates }) => patternStates.reduce((count, { positions }) => count + positions.length + 1, sum),
    0
  )
}

function reached (text: string, patternStates: readonly PatternState[]): Reached {
  return { text, patternStates, state: patternStates.map(({ positions }) => positions.join()).join(';') }
}

/** Which patterns the spellings of a text match. */
function classOf (node: Node): string {
  return node
    .map(({ patternStates }) =>
      patternStates.map(({ pattern, positions }) => Number(positions.includes(pattern.length))).join('')
    )
    .sort()
    .join()
}

/** A letter whose other case is more than one stays what it is. */
const single = (code: number, text: string): number => (text.length === 1 ? text.charCodeAt(0) : code)
const lower = (code: number): number => (code >= 0 ? single(code, String.fromCharCode(code).toLowerCase()) : code)
const upper = (code: number): number => (code >= 0 ? single(code, String.fromCharCode(code).toUpperCase()) : code)
