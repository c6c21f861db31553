import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import type { LoadOptions, LoadResult } from './load.js'

/** Whether processes can be held to processors here: the server to one, the generator to another. */
export const CAN_PIN = existsSync('/usr/bin/taskset') && cpus().length > 1
export const SERVER_CORE = CAN_PIN ? { core: 0 } : {}

export interface Generator { run (options: LoadOptions): Promise<LoadResult>, end (): void }

/** Starts the load generator beside this process. */
export async function startGenerator (): Promise<Generator> {
  const tsx = [process.execPath, '--import', 'tsx']
  const pinned = ['-c', '1', ...tsx]
  const child = fork(new URL('./load-process.ts', import.meta.url), CAN_PIN ? { execPath: 'taskset', execArgv: pinned } : { execArgv: tsx.slice(1) })
  await once(child, 'message')
  return {
    async run (options) {
      const told = once(child, 'message')
      child.send(options)
      const [result]: unknown[] = await told
      return Object(result)
    },
    end () { child.disconnect() }
  }
}
