import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import process from 'node:process'
import { readBuilt, withShipped } from './supply-chain/shipped.js'

/** Holds the licenses of the installed packages against what may be used with an Apache-2.0 work. */

/** What is shipped, installed or built in: permissive licenses alone. */
const SHIPPED = ['Apache-2.0', 'MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0']
/** What develops it: those of data and texts too, and checkers under the MPL; nothing of them is shipped. */
const DEVELOPMENT = [...SHIPPED, 'CC0-1.0', 'CC-BY-3.0', 'CC-BY-4.0', 'Python-2.0', 'MPL-2.0']
/** Its package.json names no license; the file beside it is that of MIT. */
const READ_BY_HAND = 'jsonc-simple-parser'

const COMMAND = resolve('node_modules/.bin/license-compliance')

function passes (cwd: string, kind: string, allowed: readonly string[], ...more: string[]): boolean {
  return spawnSync(COMMAND, [kind, '--allow', allowed.join(';'), ...more], { cwd, stdio: 'inherit' }).status === 0
}

const shippedPass = await withShipped(readBuilt(), (folder) => passes(folder, '--production', SHIPPED))
if (shippedPass && passes('.', '--development', DEVELOPMENT, '--exclude', READ_BY_HAND))
  console.log('licenses: permissive, of what is shipped and of what develops it')
else process.exitCode = 1
