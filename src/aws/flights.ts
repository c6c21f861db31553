/** Joins what is asked for under a key while it is under way; `undefined` for one who leaves before the end. */
export type Flights<T> = (key: string, leaving: Promise<unknown>, start: (signal: AbortSignal) => Promise<T>) => Promise<T | undefined>

interface Flight<T> { result: Promise<T>, waiting: number, landed: boolean, controller: AbortController }

/** Work that several may wait for at once: it is done once, and given up when the last of them has left. */
export function createFlights<T> (): Flights<T> {
  const underWay = new Map<string, Flight<T>>()

  function takeOff (key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController()
    const flight: Flight<T> = { result: start(controller.signal).finally(() => { flight.landed = true; forget(key, flight) }), waiting: 0, landed: false, controller }
    underWay.set(key, flight)
    return flight
  }

  /** One that was given up may still be landing when the next has taken its place. */
  function forget (key: string, flight: Flight<T>): void {
    if (underWay.get(key) === flight) underWay.delete(key)
  }

  return async (key, leaving, start) => {
    const flight = underWay.get(key) ?? takeOff(key, start)
    flight.waiting++
    try {
      return await Promise.race([flight.result, leaving.then(() => undefined)])
    } finally {
      // An abort costs a stack trace, so one that has landed is left in peace.
      if (--flight.waiting === 0 && !flight.landed) {
        forget(key, flight)
        flight.controller.abort()
      }
    }
  }
}
