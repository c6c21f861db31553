import { ServiceError } from '../src/errors.js'

/** The error with which a call is refused; any other outcome fails the test. */
export function refusal (run: () => unknown): ServiceError {
  try {
    run()
  } catch (error) {
    if (error instanceof ServiceError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
