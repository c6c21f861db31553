import { ServiceError, type ErrorCode, type Fault } from '../errors.js'
import { TASKS, type TaskName } from './tasks.js'

export interface Assignment { task: TaskName, input: unknown }

/** An error is told as data: only that crosses threads whole. */
export type Outcome = { value: unknown } | { refusal: Refusal }
interface Refusal { code: ErrorCode, detail: string, faults: readonly Fault[], statusCode: number }

/** What a thread of the pool does. */
export default function perform ({ task, input }: Assignment): Outcome {
  try {
    const compute: (input: never) => unknown = TASKS[task]
    return { value: Reflect.apply(compute, undefined, [input]) }
  } catch (error) {
    return { refusal: refusalOf(error) }
  }
}

function refusalOf (error: unknown): Refusal {
  if (!(error instanceof ServiceError)) throw error
  const { code, message: detail, faults, statusCode } = error
  return { code, detail, faults, statusCode }
}
