import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import type { LoadOptions, LoadResult } from './load.js'

/** Whether processes can be held to processors here: the server to one, the generator to another. */
export const CAN_PIN = existsSync('/usr/bin/taskset') && cpus().length > 1
export const SERVER_CORE = CAN_PIN ? { core: 0 } : {}

export interface Generator {
  run(options: LoadOptions): Promise<LoadResult>
  end(): void
}

/** Starts the load generator beside this process. */
export async function startGenerator (): Promise<Generator> {
  // So much room that it collects garbage less often than any server: while it does, it reads no answer, and that
  // would be counted as the server's time.
  const options = ['--min-semi-space-size=64', '--max-semi-space-size=64', '--import', 'tsx']
  const child = fork(
    new URL('./load-process.ts', import.meta.url),
    CAN_PIN ? { execPath: 'taskset', execArgv: ['-c', '1', process.execPath, ...options] } : { execArgv: options }
  )
  await once(child, 'message')
  return {
    async run (options) {
      const response = once(child, 'message')
      child.send(options)
      const [result]: unknown[] = await response
      return Object(result)
    },
    end () {
      child.disconnect()
    }
  }
}
