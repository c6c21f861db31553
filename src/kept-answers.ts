import { LRUCache } from 'lru-cache'

/** An answer as it was sent. `text`: null where there is nothing to send. `T`: what else is told of it, e.g. in the log. */
export interface KeptAnswer<T> { readonly text: string | null, readonly tag: string, readonly told: T }

/**
 * Answers that follow from the body alone, kept for bodies that come again byte for byte: a pipeline asks for the policies of a team at
 * every run. What is known of such a body hangs on the object that was parsed of it, which is handed out again and never changed.
 */
export interface KeptAnswers<T> {
  /** What was parsed of the same text, if an answer to it is kept. */
  bodyOf (text: string): object | undefined
  /** Says of which text a body was parsed; its answers are kept under it. */
  parsed (text: string, body: object): void
  isKept (body: object): boolean
  /** `way`: one operation and one layout of its answer. */
  find (body: object, way: object): KeptAnswer<T> | undefined
  keep (body: object, way: object, answer: KeptAnswer<T>): void
}

/** Together, in bytes: some thousand usual bodies with their answers. */
const MOST_BYTES = 8_000_000
/** Of one body and its answers: whoever sends more must not push out everybody else's. */
const MOST_BYTES_EACH = 390_000
/**
 * What a character of a body takes once it is parsed, at worst: `{}` is an object. So texts above 15,520 characters are not kept; V8 tells
 * those above 16,383 apart by their length alone, and looking one up would be a walk through all of its length.
 */
const BYTES_A_CHARACTER = 24
/** What is kept with every body, however small it is. */
const BYTES_AN_ENTRY = 1_000
/** What is kept with every answer: what its log lines say, which repeats no more than the body, and what writes them. */
const BYTES_AN_ANSWER = 1_000

interface Entry<T> { body: object, answers: Map<object, KeptAnswer<T>> }

export function createKeptAnswers<T> (mostBytes = MOST_BYTES, mostEach = MOST_BYTES_EACH): KeptAnswers<T> {
  const texts = new WeakMap<object, string>()
  const byBody = new WeakMap<object, Entry<T>>()
  const byText = new LRUCache<string, Entry<T>>({ maxSize: mostBytes })
  return {
    bodyOf: (text) => byText.get(text)?.body,
    parsed (text, body) { if (bytesOf(text, []) < mostEach) texts.set(body, text) },
    isKept: (body) => byBody.has(body),
    find: (body, way) => byBody.get(body)?.answers.get(way),
    keep (body, way, answer) {
      const text = texts.get(body)
      if (text === undefined) return
      const earlier = byText.get(text)
      // Two at once: the body of the one that was first is the one that is handed out.
      if (earlier !== undefined && earlier.body !== body) return
      const answers = new Map(earlier?.answers).set(way, answer)
      const size = bytesOf(text, answers.values())
      // What was kept of it before stays.
      if (size > mostEach) return
      byBody.set(body, { body, answers })
      byText.set(text, { body, answers }, { size })
    }
  }
}

function bytesOf (text: string, answers: Iterable<KeptAnswer<unknown>>): number {
  let bytes = BYTES_AN_ENTRY + BYTES_A_CHARACTER * text.length
  for (const answer of answers) bytes += BYTES_AN_ANSWER + text.length + (answer.text?.length ?? 0)
  return bytes
}
