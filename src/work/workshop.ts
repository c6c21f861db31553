import { LRUCache } from 'lru-cache'
import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import type { Piscina } from 'piscina'
import { boundedSignal } from '../bounded-signal.js'
import { ServiceError } from '../errors.js'
import { paceOf, TookTooLong, type Pace } from '../pace.js'
import { TASKS, type TaskName, type Tasks } from './tasks.js'
import { createAllowance, type Allowance } from './allowance.js'
import { createTurns, type Turns } from './turns.js'
import type { Assignment, Outcome } from './worker.js'

/** Does computations without holding the event loop. */
export interface Workshop {
  /** Rejects with what the task throws, with TOO_COMPLEX past the time limit, with OVERLOADED where too many wait already. `owner`: the caller, whom else it must not keep waiting. */
  do <N extends TaskName>(task: N, input: Parameters<Tasks[N]>[0], owner?: string): Promise<ReturnType<Tasks[N]>>
  close (): Promise<void>
}

export interface WorkshopOptions {
  /** How long a computation may hold the event loop before a thread does it instead; where several do, less. */
  inlineMs: number
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

const DEFAULTS: WorkshopOptions = { inlineMs: 40, limitMs: 8_000, patienceMs: 15_000, threads: 4, threadMegabytes: 256, onThreadLost: () => {} }

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
const REMEMBERED_OWNERS = 1_000
/** Of the event loop's time, for the long computations of one caller, and of all together. */
const SHARE_OF_ONE = 0.25
const SHARE_OF_ALL = 0.5
const IDLE_MS = 30_000

/**
 * Nearly every computation takes less than a millisecond, and is done at once. One that does not end in `inlineMs` is begun again on a
 * thread, so that a body made to be slow delays its sender alone; threads are made when first needed.
 */
export function createWorkshop (options: Partial<WorkshopOptions> = {}): Workshop {
  const { inlineMs, limitMs, patienceMs, onThreadLost, ...pooled } = { ...DEFAULTS, ...options }
  const common = createAllowance(2 * inlineMs, SHARE_OF_ALL)
  const allowances = new LRUCache<string, Allowance>({ max: REMEMBERED_OWNERS })
  const turns = createTurns(pooled.threads, MOST_WAITING)
  let pool: Promise<Piscina> | undefined
  const allowanceOf = (owner: string): Allowance => {
    const allowance = allowances.get(owner) ?? createAllowance(inlineMs, SHARE_OF_ONE)
    allowances.set(owner, allowance)
    return allowance
  }
  const atOnce = <N extends TaskName>(task: N, input: Parameters<Tasks[N]>[0], owner: string): ReturnType<Tasks[N]> => {
    const compute: (input: never, pace: Pace) => unknown = TASKS[task]
    return common.spend((ofAll) => allowanceOf(owner).spend((own) => Reflect.apply(compute, undefined, [input, paceOf(Math.min(ofAll, own))])))
  }
  return {
    async do (task, input, owner = '') {
      try {
        return atOnce(task, input, owner)
      } catch (error) {
        if (!(error instanceof TookTooLong)) throw error
      }
      // Others have their turn before the input is copied, which takes its time as well.
      await setImmediate()
      const outcome = await onThread(await (pool ??= createPool(pooled, onThreadLost)), { task, input, limitMs }, { turns, owner, patienceMs })
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

interface Waiting { turns: Turns, owner: string, patienceMs: number }

/** Who waits for a thread, and a step that never ends, is given up: the thread ends with it. */
async function onThread (pool: Piscina, assignment: Assignment, { turns, owner, patienceMs }: Waiting): Promise<Outcome> {
  const { signal, release } = boundedSignal([], patienceMs)
  try {
    const leave = await turns.enter(owner, signal)
    return await pool.run(assignment, { signal }).finally(leave)
  } catch (cause) {
    if (isOutOfMemory(cause)) throw new ServiceError('TOO_COMPLEX', 'The policies take more memory to judge than one request may.', [], { cause })
    if (signal.aborted) throw new ServiceError('OVERLOADED', 'No thread was free in time.', [], { cause })
    throw cause
  } finally {
    release()
  }
}

function isOutOfMemory (cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
}
