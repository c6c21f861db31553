import { ServiceError, type ErrorCode, type Fault } from '../errors.js'
import { paceOf, TookTooLong, type Pace } from '../pace.js'
import { TASKS, type TaskName } from './tasks.js'

export interface Assignment { task: TaskName, input: unknown, limitMs: number }

/** An error is told as data: only that crosses threads whole. */
export type Outcome = { value: unknown } | { refusal: Refusal }
interface Refusal { code: ErrorCode, detail: string, faults: readonly Fault[], statusCode: number }

/** What a thread of the pool does. */
export default function perform ({ task, input, limitMs }: Assignment): Outcome {
  try {
    const compute: (input: never, pace: Pace) => unknown = TASKS[task]
    return { value: Reflect.apply(compute, undefined, [input, paceOf(limitMs)]) }
  } catch (error) {
    return { refusal: refusalOf(error) }
  }
}

function refusalOf (error: unknown): Refusal {
  const refusal = error instanceof TookTooLong ? new ServiceError('TOO_COMPLEX', 'The policies take longer to judge than one request may.') : error
  if (!(refusal instanceof ServiceError)) throw error
  const { code, message: detail, faults, statusCode } = refusal
  return { code, detail, faults, statusCode }
}
