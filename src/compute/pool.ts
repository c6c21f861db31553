import { EventEmitter } from 'node:events'
import { availableParallelism } from 'node:os'
import type { Piscina } from 'piscina'
import { createCallerSlots, type Slot } from '../caller-slots.js'
import { ServiceError } from '../errors.js'
import { type TaskInput, type TaskName, type TaskOutput, TASKS } from './tasks.js'
import type { Assignment, Outcome } from './worker.js'

/** Runs computations, those that evaluate policies on worker threads. */
export interface ComputePool {
  /**
   * Rejects with what the task throws, with TOO_COMPLEX past the time or memory limit of a task, with OVERLOADED if
   * too many wait already or no thread was free in time. `callerId`: undefined where callers are not distinguished.
   */
  run<N extends TaskName>(task: N, input: TaskInput<N>, callerId?: string): Promise<TaskOutput<N>>
  /** Starts the first thread, so that no request waits for it. */
  start(): Promise<void>
  close(): Promise<void>
}

export interface ComputePoolOptions {
  /** How long a task may run. */
  taskTimeoutMs: number
  /** How long a task may wait for a thread. */
  queueTimeoutMs: number
  /** How many tasks may wait for a thread. */
  queue: number
  threads: number
  /** The heap of each thread. */
  threadMegabytes: number
  /** Called when a thread ended while it had no task. */
  onThreadLost: (cause: unknown) => void
}

const DEFAULTS: ComputePoolOptions = {
  taskTimeoutMs: 8_000,
  queueTimeoutMs: 15_000,
  // A thread completes so many generations of the most pairs, 8 ms each, in 2 s. What takes longer reaches the time
  // limit of the queue; the bodies of all that wait have a limit together (`bodyBytes`).
  queue: 256,
  threads: 4,
  threadMegabytes: 256,
  onThreadLost: () => {}
}

/** Of the memory, this part is for the threads; below the minimum, policies of the usual size would not fit. */
const MEMORY_SHARE = 0.4
const MIN_MEGABYTES = 96

/**
 * Beside its heap a thread has one for objects that it has just made, this part as large. Node.js 24 by itself gives it
 * 192 MB, whatever memory there is (20 and 22: 48 MB), which is more than a small container has.
 */
const YOUNG_PART = 1 / 4

/**
 * As many threads, as large, as a process with so many bytes and so many processors can have. `memoryBytes`: 0 where
 * nothing limits them.
 */
export function threadsFor (
  memoryBytes = 0,
  processors = availableParallelism()
): Pick<ComputePoolOptions, 'threads' | 'threadMegabytes'> {
  const { threads: most, threadMegabytes } = DEFAULTS
  const megabytes = ((memoryBytes === 0 ? Infinity : memoryBytes) * MEMORY_SHARE) / 1_048_576
  const threads = Math.max(1, Math.min(most, Math.max(2, processors), Math.floor(megabytes / MIN_MEGABYTES)))
  return {
    threads,
    threadMegabytes: Math.floor(Math.max(MIN_MEGABYTES, Math.min(threadMegabytes, megabytes / threads)))
  }
}

const IDLE_MS = 30_000

/** A body made to be slow delays its sender alone: the event loop evaluates no policy of a request. */
export function createComputePool (options: Partial<ComputePoolOptions> = {}): ComputePool {
  const settings = { ...DEFAULTS, ...options }
  const { threads, queue } = settings
  // So the queue of Piscina is always empty: ours takes callers by turns.
  const slots = createCallerSlots({ active: threads, activePerCaller: Math.ceil(threads / 2), queue })
  let pool: Promise<Piscina> | undefined
  const started = (): Promise<Piscina> => (pool ??= createThreads(settings))
  return {
    async run (task, input, callerId) {
      const { compute, isInline }: { compute: (input: never) => unknown; isInline: (input: never) => boolean } =
        TASKS[task]
      if (Reflect.apply(isInline, undefined, [input]))
        return outputOf({ value: Reflect.apply(compute, undefined, [input]) })
      const slot = await slots.acquire(callerId, settings.queueTimeoutMs)
      const outcome = await runOnThread(started(), { task, json: JSON.stringify(input) }, slot, settings)
      if ('value' in outcome) return outputOf(outcome)
      const { code, detail, faults, statusCode } = outcome.refusal
      throw new ServiceError(code, detail, faults, { statusCode })
    },
    start: async () => {
      await started()
    },
    close: async () => {
      await (await pool)?.destroy()
    }
  }
}

/** What a task returns has the type of the task, on whichever thread it ran. */
function outputOf<T>(outcome: { value: unknown }): T
function outputOf (outcome: { value: unknown }): unknown {
  return outcome.value
}

async function createThreads ({ threads, threadMegabytes, onThreadLost }: ComputePoolOptions): Promise<Piscina> {
  const { Piscina } = await import('piscina')
  // The source where sources run as they are (development, tests), else the built file.
  const filename = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url).href
  const pool = new Piscina({
    filename,
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    recordTiming: false,
    resourceLimits: {
      maxOldGenerationSizeMb: threadMegabytes,
      maxYoungGenerationSizeMb: Math.floor(threadMegabytes * YOUNG_PART)
    }
  })
  // The task of a thread reports its end itself; a thread that ends between two tasks is replaced, and must not end
  // the process.
  pool.on('error', onThreadLost)
  return pool
}

/** Past its time limit a task ends together with its thread. */
async function runOnThread (
  pool: Promise<Piscina>,
  assignment: Assignment,
  slot: Slot,
  { taskTimeoutMs }: ComputePoolOptions
): Promise<Outcome> {
  // Not an AbortSignal: one for each task costs tens of microseconds.
  const end = new EventEmitter()
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  try {
    const threads = await pool
    timer = setTimeout(() => {
      isOver = true
      end.emit('abort')
    }, taskTimeoutMs)
    return await threads.run(assignment, { signal: end })
  } catch (cause) {
    if (isOutOfMemory(cause))
      throw new ServiceError('TOO_COMPLEX', 'The policies take more memory to evaluate than one request may.', [], {
        cause
      })
    if (isOver)
      throw new ServiceError('TOO_COMPLEX', 'The policies take longer to evaluate than one request may.', [], { cause })
    throw cause
  } finally {
    clearTimeout(timer)
    slot.release()
  }
}

function isOutOfMemory (cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
}
