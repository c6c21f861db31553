import { destination, type DestinationStream } from 'pino'

export interface LogDestination extends DestinationStream { flushSync (): void }

/** How long a line may wait for others, in milliseconds, and how many characters may. */
const LONGEST_WAIT_MS = 5
const MOST_HELD = 65_536

/**
 * Standard output, with the lines of some milliseconds in one write: a write for each line, and the turn of the event loop that
 * it takes, would be a seventeenth of a small request. A process that is killed, or aborted for want of memory, loses the lines that wait, also of requests
 * that were answered; one that ends otherwise writes them before.
 */
export function logDestination (dest: number | string = 1): LogDestination {
  const file = destination({ dest, sync: true, minLength: 0 })
  let held = ''
  let waiting: NodeJS.Timeout | undefined
  const write = (): void => {
    clearTimeout(waiting)
    waiting = undefined
    const lines = held
    // Before: should the write throw, the same is not handed over again when the process ends of it.
    held = ''
    if (lines !== '') file.write(lines)
  }
  return {
    write (line) {
      held += line
      if (held.length >= MOST_HELD) write()
      else waiting ??= setTimeout(write, LONGEST_WAIT_MS)
    },
    flushSync () {
      write()
      file.flushSync()
    }
  }
}
