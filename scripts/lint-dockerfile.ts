import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { validate, ValidationSeverity } from 'dockerfile-utils'

// The linter's own command always exits with 0.
const strict = ValidationSeverity.ERROR
const problems = validate(await readFile('Dockerfile', 'utf8'), {
  deprecatedMaintainer: strict,
  directiveCasing: strict,
  emptyContinuationLine: strict,
  instructionCasing: strict,
  instructionCmdMultiple: strict,
  instructionEntrypointMultiple: strict,
  instructionHealthcheckMultiple: strict,
  instructionJSONInSingleQuotes: strict,
  instructionWorkdirRelative: strict
})
for (const { range, message } of problems) console.error(`Dockerfile:${range.start.line + 1}: ${message}`)
if (problems.length > 0) process.exitCode = 1
