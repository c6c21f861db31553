import { unwatchFile, watchFile } from 'node:fs'

/**
 * How soon a change is noticed. Polled, since the files that containers are given change by a link being replaced,
 * which no watcher sees.
 */
const POLL_MS = 2_000

/** Calls `onChange` after one of the files has changed; the function that is returned ends it. */
export function watchFiles (files: readonly string[], onChange: () => void): () => void {
  for (const file of files) watchFile(file, { interval: POLL_MS, persistent: false }, onChange)
  return () => {
    for (const file of files) unwatchFile(file, onChange)
  }
}
