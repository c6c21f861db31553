export interface Cohorts<T> { add (item: T): void, flush (): void }

export interface CohortOptions<T> {
  /** `queueMicrotask` for what comes of bodies, which are handled together themselves: it spares another turn. */
  atEnd?: (act: () => void) => void
  /** How long one turn may take for them, in milliseconds. */
  mostMs?: number
  /** Takes the rest, so that what comes later is not kept waiting by it; by default the next turn does, first of all. */
  rest?: Pick<Cohorts<T>, 'add'>
}

/**
 * Does what came in during a turn of the event loop at its end, one after the other. A request runs through more code than the
 * processor's caches hold; where several are under way, each step does all of them before the next step begins. An exception ends
 * its own item alone.
 */
export function inCohorts<T> (handle: (item: T) => void, { atEnd = setImmediate, mostMs = Infinity, rest }: CohortOptions<T> = {}): Cohorts<T> {
  let waiting: T[] = []
  const keep = (items: T[]): void => {
    if (rest !== undefined) {
      for (const item of items) rest.add(item)
      return
    }
    // Whoever came meanwhile has asked for the next turn already.
    if (waiting.length === 0) atEnd(flush)
    waiting = [...items, ...waiting]
  }
  const flush = (): void => {
    const items = waiting
    waiting = []
    const end = performance.now() + mostMs
    let done = 0
    try {
      for (const item of items) {
        done++
        handle(item)
        if (performance.now() > end) break
      }
    } finally {
      if (done < items.length) keep(items.slice(done))
    }
  }
  return {
    add (item) {
      if (waiting.length === 0) atEnd(flush)
      waiting.push(item)
    },
    flush
  }
}

/**
 * Does what may take long, some milliseconds of each turn of the event loop: one item of each owner after the other, so that whoever has
 * many keeps nobody else waiting. An exception ends its own item alone.
 */
export function inTurns<T> (handle: (item: T) => void, ownerOf: (item: T) => string, mostMs: number): Pick<Cohorts<T>, 'add'> {
  // In the order of whose turn it is.
  const waiting = new Map<string, T[]>()
  let isDue = false
  const handleNext = (): void => {
    const [next] = waiting
    if (next === undefined) return
    const [owner, items] = next
    const item = items.shift()
    waiting.delete(owner)
    if (items.length > 0) waiting.set(owner, items)
    if (item !== undefined) handle(item)
  }
  const ask = (): void => {
    if (isDue || waiting.size === 0) return
    isDue = true
    setImmediate(flush)
  }
  const flush = (): void => {
    isDue = false
    const end = performance.now() + mostMs
    try {
      do handleNext()
      while (waiting.size > 0 && performance.now() < end)
    } finally {
      ask()
    }
  }
  return {
    add (item) {
      const owner = ownerOf(item)
      const items = waiting.get(owner)
      if (items === undefined) waiting.set(owner, [item])
      else items.push(item)
      ask()
    }
  }
}
