import type { ErrorCode, FieldError } from '../errors.js'

/** A violation of a rule for usages, with the error code that it leads to. */
export interface UsageFault extends FieldError {
  code: ErrorCode
}
