import { writeSync } from 'node:fs'

/** How many characters wait for one write, and how long, in milliseconds. */
const MIN_WRITE_LENGTH = 4_096
const FLUSH_INTERVAL_MS = 50
/** Lines beyond it are lost: a log that nothing reads must not take the memory of the service. */
const MAX_WAITING_LENGTH = 16 * 1_048_576
/** Soon enough that a pipe of 64 KiB, which a reader has just emptied, carries ten megabytes a second. */
const BUSY_INTERVAL_MS = 5
/** How long the end of the process waits for a reader that is slow. */
const LAST_WRITES_MS = 1_000

/** Where pino writes its lines. */
export interface LogDestination {
  write(line: string): void
  /** Writes what waits now, for a second at most: before the process ends, and after a line of level `fatal`. */
  flushSync(): void
  /** Whether the last write failed, or lines had to be dropped since. */
  isFailing(): boolean
}

export interface LogDestinationOptions {
  /** An open file, pipe or socket; a pipe or socket has to be non-blocking. */
  fd: number
  /** Called with the first error (full disk, closed pipe, too many waiting lines), and again after a recovery. */
  onFailure: (error: Error) => void
  write?: (fd: number, bytes: Buffer) => number
}

/**
 * Writes some lines at once. What cannot be written stays and is tried again, so that nothing is lost while the
 * destination fails, up to 16 MiB.
 * Not sonic-boom: its `flushSync` tries again for ever on a full disk, and its writes to a full pipe block a thread
 * that the end of the process waits for.
 */
export function createLogDestination (options: LogDestinationOptions): LogDestination {
  const { fd, onFailure, write = writeSync } = options
  const queue = createQueue()
  let timer: NodeJS.Timeout | undefined
  let isFailing = false

  const fail = (error: Error): void => {
    if (!isFailing) onFailure(error)
    isFailing = true
  }
  /** Whether everything is written. A destination that is busy is not a failure: its reader is slow. */
  const tryToWrite = (): 'written' | 'busy' | 'failed' => {
    try {
      queue.writeAll((bytes) => write(fd, bytes))
      isFailing = false
      return 'written'
    } catch (error) {
      if (isBusy(error)) return 'busy'
      fail(error instanceof Error ? error : new Error(String(error)))
      return 'failed'
    }
  }
  const flushLater = (ms = FLUSH_INTERVAL_MS): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      const outcome = tryToWrite()
      if (outcome !== 'written') flushLater(outcome === 'busy' ? BUSY_INTERVAL_MS : FLUSH_INTERVAL_MS)
    }, ms).unref()
  }

  return {
    write (line) {
      if (queue.length() + line.length > MAX_WAITING_LENGTH) {
        fail(new Error('lines are lost, because too many wait'))
        return
      }
      queue.add(line)
      // What waits for a busy destination waits for the timer, not for the next line.
      if (queue.isBegun() || queue.length() < MIN_WRITE_LENGTH || tryToWrite() !== 'written') flushLater()
    },
    flushSync () {
      const end = performance.now() + LAST_WRITES_MS
      while (tryToWrite() === 'busy') {
        if (performance.now() > end) {
          fail(new Error('lines are lost, because nothing reads them'))
          return
        }
        sleep(BUSY_INTERVAL_MS)
      }
    },
    isFailing: () => isFailing
  }
}

/** Text that is still to be written, of which the destination may have taken a part. */
function createQueue (): {
  add(text: string): void
  length(): number
  /** Whether bytes of it were given to the destination, which did not take them all. */
  isBegun(): boolean
  /** Throws what `write` throws; what it took is not written again. */
  writeAll(write: (bytes: Buffer) => number): void
  } {
  let waiting = ''
  let begun = Buffer.alloc(0)
  return {
    add: (text) => {
      waiting += text
    },
    length: () => begun.length + waiting.length,
    isBegun: () => begun.length > 0,
    writeAll: (write) => {
      while (begun.length > 0 || waiting !== '') {
        if (begun.length === 0) {
          begun = Buffer.from(waiting)
          waiting = ''
        }
        begun = begun.subarray(write(begun))
      }
    }
  }
}

function isBusy (error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EINTR')
}

function sleep (ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
