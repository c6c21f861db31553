import type { Verdict } from '../../schemas/verification.js'

export interface AnsweredRequest {
  method: string
  route: string
  status: number
  seconds: number
}

/** One call of AWS, its retries among it. `outcome`: `ok`, `notFound`, `throttled`, or what made it fail. */
export interface AwsCall {
  api: string
  operation: string
  outcome: string
  attempts: number
  seconds: number
}

/** Observes what the service does: metrics in production, nothing otherwise. Never throws, never waits. */
export interface Observer {
  requestAnswered(request: AnsweredRequest): void
  verified(verification: { route: string; verdict: Verdict }): void
  awsCalled(call: AwsCall): void
  /**
   * An answer that was used again; `kind`: an answer of AWS that may be so old, a document that never changes, or a
   * call under way.
   */
  awsCallSaved(saved: { kind: 'answer' | 'policyVersion' | 'inFlight'; operation: string }): void
}

const ignore = (): void => {}
export const noopObserver: Observer = { requestAnswered: ignore, verified: ignore, awsCalled: ignore, awsCallSaved: ignore }
