/**
 * What is known of one condition key in a request.
 * `unknown` keys may be narrowed: `like` lists wildcard patterns of which the value, if there is one, matches at
 * least one.
 */
export type ContextValue =
  | { state: 'known'; values: readonly string[]; list: boolean }
  | { state: 'absent' }
  | { state: 'unknown'; mayBeAbsent: boolean; like?: readonly string[] }

export const ABSENT: ContextValue = { state: 'absent' }
export const UNKNOWN: ContextValue = { state: 'unknown', mayBeAbsent: true }

/**
 * Keys that may hold several values.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
const MULTIVALUED_KEYS = new Set([
  'kms:encryptioncontextkeys',
  'kms:grantoperations',
  'kms:resourcealiases',
  'aws:tagkeys',
  'aws:principalorgpaths',
  'aws:sourceorgpaths',
  'aws:resourceorgpaths',
  'aws:vpceorgpaths',
  'aws:calledvia',
  'aws:principalservicenameslist'
])

/**
 * Under this name a context holds the ARN of the requested resource where only a pattern of it is known. No condition
 * key of a policy has it: those are looked up in lower case.
 */
export const RESOURCE = 'Resource'

/** Whether a (lower-case) key may hold several values. */
export function isMultivalued (key: string): boolean {
  return MULTIVALUED_KEYS.has(key)
}

/** A known value; an empty list is the same as absence (a multivalued key without values is not sent). */
export function known (value: string | readonly string[]): ContextValue {
  if (typeof value === 'string') return { state: 'known', values: [value], list: false }
  return value.length === 0 ? ABSENT : { state: 'known', values: value, list: true }
}

/** What (lower-case) keys with unknown values determine of one another. */
export interface KeyRelations {
  /** Pairs of keys that have one value, or are both absent. */
  equal: ReadonlyArray<readonly [string, string]>
  /** Pairs of which the second is present wherever the first is. */
  implied: ReadonlyArray<readonly [string, string]>
}

const NO_RELATIONS: KeyRelations = { equal: [], implied: [] }

type Entries = Iterable<readonly [string, ContextValue]>

/**
 * The request context: condition keys (their names are not case-sensitive) and what is known of each.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export class RequestContext {
  readonly #entries: Entries | (() => Entries)
  readonly #otherwise: (key: string) => ContextValue
  #byKey: ReadonlyMap<string, readonly [string, ContextValue]> | undefined
  readonly relations: KeyRelations

  /**
   * `entries`: or a function that makes them, called when a key is first looked up: many a request is decided without.
   * `otherwise` returns what is known of a (lower-case) key that is not among the entries: absent, unless said.
   */
  constructor (
    entries: Entries | (() => Entries),
    otherwise: (key: string) => ContextValue = () => ABSENT,
    relations: KeyRelations = NO_RELATIONS
  ) {
    this.#entries = entries
    this.#otherwise = otherwise
    this.relations = relations
  }

  /** Built when a key is first looked up. */
  #entriesByKey (): ReadonlyMap<string, readonly [string, ContextValue]> {
    if (this.#byKey !== undefined) return this.#byKey
    const byKey = new Map<string, readonly [string, ContextValue]>()
    const entries = typeof this.#entries === 'function' ? this.#entries() : this.#entries
    for (const entry of entries) byKey.set(entry[0].toLowerCase(), entry)
    this.#byKey = byKey
    return byKey
  }

  /** What is known of a key; `key` is lower-case. */
  lookup (key: string): ContextValue {
    return this.#entriesByKey().get(key)?.[1] ?? this.#otherwise(key)
  }

  /** The name as the context spells it. */
  spelling (key: string): string | undefined {
    return this.#entriesByKey().get(key)?.[0]
  }

  /** The (lower-case) keys of the entries that begin with `prefix`. */
  keysWithPrefix (prefix: string): string[] {
    return [...this.#entriesByKey().keys()].filter((key) => key.startsWith(prefix))
  }

  /** Whether the keys can have these values in one request. */
  get isPossible (): boolean {
    const { equal, implied } = this.relations
    return (
      equal.every(([key, other]) => mayBeEqual(this.lookup(key), this.lookup(other))) &&
      implied.every(([key, other]) => this.lookup(key).state !== 'known' || this.lookup(other).state !== 'absent')
    )
  }

  /** The same context with some (lower-case) keys decided: one world among those that the unknown keys leave open. */
  with (decided: ReadonlyMap<string, ContextValue>): RequestContext {
    return new AssignedContext(this, decided)
  }
}

function mayBeEqual (a: ContextValue, b: ContextValue): boolean {
  if (a.state === 'unknown' || b.state === 'unknown') return true
  if (a.state === 'absent' || b.state === 'absent') return a.state === b.state
  return a.values.length === b.values.length && a.values.every((value) => b.values.includes(value))
}

/**
 * The request contexts of the actions of one principal: they differ in the keys that only some actions have, such as
 * the encryption context.
 */
export interface ContextByAction {
  /** The same object for actions with the same keys. */
  forAction: (action: string) => RequestContext
  /** Whether what is known of a (lower-case) key can differ from action to action. */
  dependsOnAction: (key: string) => boolean
}

/** A context in which some keys of another have been decided. */
class AssignedContext extends RequestContext {
  readonly #open: RequestContext
  readonly #decided: ReadonlyMap<string, ContextValue>

  constructor (open: RequestContext, decided: ReadonlyMap<string, ContextValue>) {
    super([], undefined, open.relations)
    this.#open = open
    this.#decided = decided
  }

  override lookup (key: string): ContextValue {
    return this.#decided.get(key) ?? this.#open.lookup(key)
  }

  override spelling (key: string): string | undefined {
    return this.#open.spelling(key)
  }

  override keysWithPrefix (prefix: string): string[] {
    return [
      ...new Set([
        ...this.#open.keysWithPrefix(prefix),
        ...[...this.#decided.keys()].filter((key) => key.startsWith(prefix))
      ])
    ]
  }
}
