/**
 * Does at the end of a turn of the event loop what came in during the turn, one after the other. A request runs through more code than the
 * processor's caches hold; where several are under way, each step does all of them before the next step begins. An exception ends
 * its own item alone.
 */
export function inCohorts<T> (handle: (item: T) => void): { add (item: T): void, flush (): void } {
  let waiting: T[] = []
  const flush = (): void => {
    const items = waiting
    waiting = []
    let done = 0
    try {
      for (const item of items) {
        done++
        handle(item)
      }
    } finally {
      if (done < items.length) {
        waiting = [...items.slice(done), ...waiting]
        setImmediate(flush)
      }
    }
  }
  return {
    add (item) {
      if (waiting.length === 0) setImmediate(flush)
      waiting.push(item)
    },
    flush
  }
}
