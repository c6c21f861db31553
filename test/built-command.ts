import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { ENVIRONMENT } from './built-server.js'

/** The built command; `buildServer` builds it. */
export const COMMAND = resolve('dist/src/cli.js')

export interface Result {
  status: unknown
  stdout: string
  stderr: string
}

/** Runs the built command as a user does, without credentials or configuration of the machine. */
export async function runCommand (
  args: readonly string[],
  { cwd, stdin = '', env = {} }: { cwd: string; stdin?: string | undefined; env?: Record<string, string> | undefined }
): Promise<Result> {
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd, env: { ...ENVIRONMENT, ...env }, stdio: 'pipe' })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (part: string) => {
      output[name] += part
    })
  // A command that does not read its input closes the pipe.
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  const [status]: unknown[] = await once(child, 'close')
  return { status, ...output }
}
