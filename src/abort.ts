import { setMaxListeners } from 'node:events'

/** A signal, and the function that detaches it from everything that could abort it. */
export interface BoundedSignal {
  readonly signal: AbortSignal
  release(): void
}

/**
 * Aborts with the first of `sources`, or after `ms`. The caller has to release it: Node.js keeps `AbortSignal.any` and
 * `AbortSignal.timeout` with all their listeners until they abort, which those of a completed request do late or never.
 */
export function anySignalWithTimeout (sources: readonly AbortSignal[], ms?: number): BoundedSignal {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  const ends = sources.map((source) => ({
    source,
    end: () => {
      controller.abort(source.reason)
      release()
    }
  }))
  const timer =
    ms === undefined
      ? undefined
      : setTimeout(() => {
        controller.abort(new DOMException('The time is over.', 'TimeoutError'))
        release()
      }, ms)
  const release = (): void => {
    clearTimeout(timer)
    for (const { source, end } of ends) source.removeEventListener('abort', end)
  }
  for (const { source, end } of ends) {
    source.addEventListener('abort', end, { once: true })
    if (source.aborted) end()
  }
  return { signal: controller.signal, release }
}
