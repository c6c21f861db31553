import { setMaxListeners } from 'node:events'

/** A signal, and what lets go of all that could end it. */
export interface BoundedSignal {
  readonly signal: AbortSignal
  release(): void
}

/**
 * Ends with the first of `sources`, or after `ms`. Whoever made it releases it: `AbortSignal.any` and
 * `AbortSignal.timeout` are kept by
 * Node.js with all that listens to them until they end, which those of an answered request never do, or late.
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
