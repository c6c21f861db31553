import { spawn, execFile, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Test } from 'tap'

export const SERVER = 'dist/src/server.js'
// No credentials, no configuration file, no metadata service: what the machine has must not reach the test.
export const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  npm_config_update_notifier: 'false'
}

/** Has the process that the tests start be that of the sources. */
export async function buildServer (): Promise<void> {
  await promisify(execFile)(process.execPath, ['scripts/build.js'])
}

export interface Running {
  child: ChildProcess
  port: number
  log: () => string
  exit: Promise<{ code: unknown; signal: unknown }>
}

/** Starts a command that serves, and ends it with the test, whatever happens. */
export async function start (
  t: Test,
  environment: Record<string, string> = {},
  [command, ...args]: [string, ...string[]] = [process.execPath, SERVER]
): Promise<Running> {
  const child = spawn(command, args, {
    env: { ...ENVIRONMENT, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  const exit = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  let log = ''
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk
      const listening = /listening at https?:\/\/127\.0\.0\.1:(\d+)/.exec(log)
      if (listening !== null) resolve(Number(listening[1]))
    })
    child.once('exit', (code) => {
      reject(new Error(`exit ${code} before it served`))
    })
  })
  return { child, port, log: () => log, exit }
}

/** Whether no process listens on a port. */
export async function refuses (port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return await new Promise((resolve) => {
    socket
      .once('connect', () => {
        socket.destroy()
        resolve(false)
      })
      .once('error', () => {
        resolve(true)
      })
  })
}

/** Waits until no process listens on a port; false if one still does after 30 seconds. */
export async function untilRefused (port: number): Promise<boolean> {
  for (let tries = 0; tries < 600; tries++) {
    if (await refuses(port)) return true
    await setTimeout(50)
  }
  return false
}
