#!/usr/bin/env node
import process from 'node:process'
import { VERSION } from '../version.js'

// `| head` closes the pipe: the rest of the output is dropped, and the exit status stays the verdict.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

const [first, ...others] = process.argv.slice(2)
if (others.length === 0 && (first === '--version' || first === '-V')) process.stdout.write(`${VERSION}\n`)
else {
  // Everything else is loaded when it is needed.
  const { run } = await import('./program.js')
  process.exitCode = await run(process.argv.slice(2))
}
