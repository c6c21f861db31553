import { destination, type DestinationStream } from 'pino'

export interface LogDestination extends DestinationStream { flushSync (): void }

/** How long a line may wait for others, in milliseconds, and how many bytes may. */
const LONGEST_WAIT_MS = 5
const MOST_HELD = 65_536

/** As many bytes as a UTF-16 unit can be in UTF-8. */
const MOST_BYTES = 3

/**
 * Standard output, with the lines of some milliseconds in one write: a write for each line, and the turn of the event loop that
 * it takes, would be a seventeenth of a small request. They wait as bytes: as texts they would live long enough to be copied by each garbage collection.
 * A process that is killed, or aborted for want of memory, loses the lines that wait, also of requests that were answered; one that ends otherwise writes them before.
 */
export function logDestination (dest: number | string = 1): LogDestination {
  const file = destination({ dest, sync: true, minLength: 0 })
  const held = Buffer.allocUnsafeSlow(MOST_HELD)
  let bytes = 0
  let waiting: NodeJS.Timeout | undefined
  const write = (): void => {
    clearTimeout(waiting)
    waiting = undefined
    const lines = held.toString('utf8', 0, bytes)
    // Before: should the write throw, the same is not handed over again when the process ends of it.
    bytes = 0
    if (lines !== '') file.write(lines)
  }
  return {
    write (line) {
      if (bytes + line.length * MOST_BYTES > MOST_HELD) write()
      if (line.length * MOST_BYTES > MOST_HELD) {
        file.write(line)
        return
      }
      bytes += held.write(line, bytes)
      waiting ??= setTimeout(write, LONGEST_WAIT_MS)
    },
    flushSync () {
      write()
      file.flushSync()
    }
  }
}
