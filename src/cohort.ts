/**
 * Does what came in during a turn of the event loop at its end, one after the other. A request runs through more code than the
 * processor's caches hold; where several are under way, each step does all of them before the next step begins. An exception ends
 * its own item alone. `atEnd`: `queueMicrotask` for what comes of bodies, which are handled together themselves: it spares another turn.
 */
export function inCohorts<T> (handle: (item: T) => void, atEnd: (act: () => void) => void = setImmediate): { add (item: T): void, flush (): void } {
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
        atEnd(flush)
      }
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
