import { readFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { type Config, loadConfig } from '../config/config.js'
import type { ReportOptions } from './output.js'
import type { UsageOptions } from './usage-options.js'

export interface VerifyOptions extends UsageOptions, ReportOptions {
  url?: string
  wait?: number
  datasetGroup?: string
  include?: string[]
  newest?: number
}

/** So long after the deadline of the service its answer may still come. */
export const RESPONSE_MARGIN_MS = 20_000

/** The variables that the command shares with the service; others, such as PORT, say nothing here. */
const VARIABLES = [
  'AWS_TIMEOUT_MS',
  'AWS_MAX_ATTEMPTS',
  'VERIFY_CONCURRENCY',
  'VERIFY_DEADLINE_MS',
  'ASSUME_ROLES',
  'ORGANIZATION_POLICIES'
]

/** What the variables of the environment say. Throws where one of them is not valid. */
export function configuration (): Config {
  const variables = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]))
  return loadConfig(variables, (path) => readFileSync(path, 'utf8'))
}

/** The time of the machine. */
export const clock = {
  now: () => new Date(),
  pause: async (ms: number, signal: AbortSignal) => {
    await pause(ms, undefined, { signal })
  }
}
