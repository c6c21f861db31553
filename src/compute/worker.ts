import { type ErrorCode, type FieldError, ServiceError } from '../errors.js'
import { type TaskName, TASKS } from './tasks.js'

/** `json`: the input as JSON text, which costs less than a clone of it. */
export interface Assignment {
  task: TaskName
  json: string
}

/** A ServiceError crosses threads as data: as an error it would lose its members. */
export type Outcome = { value: unknown } | { refusal: Refusal }
interface Refusal {
  code: ErrorCode
  detail: string
  faults: readonly FieldError[]
  statusCode: number
}

/** What a thread of the pool runs. */
export default function perform ({ task, json }: Assignment): Outcome {
  try {
    const compute: (input: never) => unknown = TASKS[task].compute
    return { value: Reflect.apply(compute, undefined, [JSON.parse(json)]) }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    const { code, message: detail, faults, statusCode } = error
    return { refusal: { code, detail, faults, statusCode } }
  }
}
