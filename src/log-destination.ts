import { destination, type DestinationStream } from 'pino'

export interface LogDestination extends DestinationStream { flushSync (): void }

/**
 * Standard output, with the lines of one turn of the event loop in one write: under load a write for each line costs a tenth of
 * a request. A process that is killed loses the lines of the turn of the event loop it was in, as it loses the requests of it.
 */
export function logDestination (dest: number | string = 1): LogDestination {
  const file = destination({ dest, sync: true, minLength: 0 })
  let held = ''
  const write = (): void => {
    if (held !== '') file.write(held)
    held = ''
  }
  return {
    write (line) {
      if (held === '') setImmediate(write)
      held += line
    },
    flushSync () {
      write()
      file.flushSync()
    }
  }
}
