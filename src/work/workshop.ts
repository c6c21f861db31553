import { availableParallelism } from 'node:os'
import type { Piscina } from 'piscina'
import { boundedSignal } from '../bounded-signal.js'
import { ServiceError } from '../errors.js'
import { TASKS, type TaskName, type Tasks } from './tasks.js'
import { createTurns, type Turns } from './turns.js'
import type { Assignment, Outcome } from './worker.js'

/** Does computations without holding the event loop. */
export interface Workshop {
  /** Rejects with what the task throws, with TOO_COMPLEX past the time limit, with OVERLOADED where too many wait already. `owner`: the caller, whom else it must not keep waiting. */
  do <N extends TaskName>(task: N, input: Parameters<Tasks[N]>[0], owner?: string): Promise<ReturnType<Tasks[N]>>
  close (): Promise<void>
}

export interface WorkshopOptions {
  /** Inputs with fewer characters, written as JSON, are computed at once, the others on a thread. */
  inlineCharacters: number
  /** How long a thread may take for one. */
  limitMs: number
  /** How long to wait for a thread and what it does. */
  patienceMs: number
  threads: number
  /** What each thread may take for what it keeps. */
  threadMegabytes: number
  /** Is told of a thread that ended while it had nothing to do. */
  onThreadLost: (cause: unknown) => void
}

const DEFAULTS: WorkshopOptions = { inlineCharacters: 8_192, limitMs: 8_000, patienceMs: 15_000, threads: 4, threadMegabytes: 256, onThreadLost: () => {} }

/** Of the memory, this part is for the threads; with less than so much each, what honest policies take would not fit. */
const SHARE_OF_MEMORY = 0.4
const LEAST_MEGABYTES = 96

/** As many threads, as large, as a process with so many bytes and so many processors can have. `memoryBytes`: 0 where nothing bounds them. */
export function threadsFor (memoryBytes = 0, processors = availableParallelism()): Pick<WorkshopOptions, 'threads' | 'threadMegabytes'> {
  const { threads: most, threadMegabytes } = DEFAULTS
  const megabytes = (memoryBytes === 0 ? Infinity : memoryBytes) * SHARE_OF_MEMORY / 1_048_576
  const threads = Math.max(1, Math.min(most, Math.max(2, processors), Math.floor(megabytes / LEAST_MEGABYTES)))
  return { threads, threadMegabytes: Math.floor(Math.max(LEAST_MEGABYTES, Math.min(threadMegabytes, megabytes / threads))) }
}

/** Computations that wait for a thread; each holds its body. */
const MOST_WAITING = 64
const IDLE_MS = 30_000

/** The size of the input, known before the start, decides where it is computed; threads are made when first needed. */
export function createWorkshop (options: Partial<WorkshopOptions> = {}): Workshop {
  const { inlineCharacters, limitMs, patienceMs, onThreadLost, ...pooled } = { ...DEFAULTS, ...options }
  const turns = createTurns(pooled.threads, MOST_WAITING)
  let pool: Promise<Piscina> | undefined
  return {
    async do (task, input, owner = '') {
      const compute: (input: never) => unknown = TASKS[task]
      if (JSON.stringify(input).length < inlineCharacters) return resultOf({ value: Reflect.apply(compute, undefined, [input]) })
      const outcome = await onThread(await (pool ??= createPool(pooled, onThreadLost)), { task, input }, { turns, owner, patienceMs, limitMs })
      if ('refusal' in outcome) {
        const { code, detail, faults, statusCode } = outcome.refusal
        throw new ServiceError(code, detail, faults, { statusCode })
      }
      return resultOf(outcome)
    },
    close: async () => { await (await pool)?.destroy() }
  }
}

/** What a task gives back is of the task's own type, on whichever thread it was done. */
function resultOf<T> (outcome: { value: unknown }): T
function resultOf (outcome: { value: unknown }): unknown {
  return outcome.value
}

async function createPool ({ threads: maxThreads, threadMegabytes }: Pick<WorkshopOptions, 'threads' | 'threadMegabytes'>, onThreadLost: (cause: unknown) => void): Promise<Piscina> {
  const { Piscina } = await import('piscina')
  // As a source where sources run as they are (development, tests), else as it was built.
  const filename = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url).href
  const pool = new Piscina({ filename, minThreads: 0, maxThreads, idleTimeout: IDLE_MS, resourceLimits: { maxOldGenerationSizeMb: threadMegabytes } })
  // Whose computation it was is told by its own promise; a thread that ends between two is made anew, and must not take the process with it.
  pool.on('error', onThreadLost)
  return pool
}

interface Waiting { turns: Turns, owner: string, patienceMs: number, limitMs: number }

async function onThread (pool: Piscina, assignment: Assignment, { turns, owner, patienceMs, limitMs }: Waiting): Promise<Outcome> {
  const waiting = boundedSignal([], patienceMs)
  let leave: () => void
  try {
    leave = await turns.enter(owner, waiting.signal)
  } catch (cause) {
    throw waiting.signal.aborted ? new ServiceError('OVERLOADED', 'No thread was free in time.', [], { cause }) : cause
  } finally {
    waiting.release()
  }
  // Past the limit the thread ends with what it does.
  const working = boundedSignal([], limitMs)
  try {
    return await pool.run(assignment, { signal: working.signal })
  } catch (cause) {
    if (isOutOfMemory(cause)) throw new ServiceError('TOO_COMPLEX', 'The policies take more memory to evaluate than one request may.', [], { cause })
    if (working.signal.aborted) throw new ServiceError('TOO_COMPLEX', 'The policies take longer to evaluate than one request may.', [], { cause })
    throw cause
  } finally {
    working.release()
    leave()
  }
}

function isOutOfMemory (cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
}
