import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'

/**
 * Finds wording that nobody of the field searches for, in code, comments and pages; the standard term is beside each
 * word.
 */
const BANNED: ReadonlyArray<readonly [pattern: string, instead: string]> = [
  ['told', 'reported, listed, logged'],
  ['whoever', 'the client, the caller'],
  ['nobody', 'no caller, no principal'],
  ['mend(?:s|ed|ing)?', 'fix, remediate'],
  ['hang(?:s|ing)? on', 'depend on'],
  ['under ?way', 'in flight, in progress'],
  ['anew', 'again, refetch, reload'],
  ['lets? (?:\\w+ )?in', 'allow, grant access'],
  ['cohorts?', 'batch'],
  ['misfits?', 'violation'],
  ['flights?(?<!single.flight|in.flight)', 'in-flight request'],
  ['paces?|paced', 'time budget'],
  ['shortfalls?', 'missing permissions'],
  ['judges?|judged', 'evaluate, check'],
  ['workshops?', 'worker pool']
]
const PATTERN = new RegExp(
  `(?<![A-Za-z])(?:${BANNED.map(([pattern], index) => `(?<w${index}>${pattern})`).join('|')})(?![a-z])`,
  'gi'
)

const FOLDERS = [
  'src',
  'routes',
  'schemas',
  'docs',
  'reliability',
  'bench',
  'demo',
  'conformance',
  'scripts',
  'test',
  'deploy'
]
const PAGES = ['README.md', 'CONTRIBUTING.md', 'Dockerfile']
const EXTENSIONS = /\.(?:ts|js|sh|md|yaml)$/
/** This list itself, and a text that is quoted from elsewhere. */
const EXCEPT = new Set(['scripts/check-words.ts'])

async function filesIn (folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && EXTENSIONS.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
}

/** The names of identifiers are split, so that `toldStatement` and `isTold` count. */
const words = (line: string): string => line.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ')

const requested = process.argv.slice(2)
const files = requested.length > 0 ? requested : [...PAGES, ...(await Promise.all(FOLDERS.map(filesIn))).flat()]
let found = 0
for (const file of files.filter((file) => !EXCEPT.has(file))) {
  for (const [index, line] of (await readFile(file, 'utf8')).split('\n').entries()) {
    // A value that callers rely on stays.
    if (line.endsWith('// public name')) continue
    for (const { 0: word, groups = {} } of words(line).matchAll(PATTERN)) {
      const number = Object.keys(groups)
        .find((name) => groups[name] !== undefined)
        ?.slice(1)
      console.log(`${file}:${index + 1}: "${word}": ${BANNED[Number(number)]?.[1] ?? ''}`)
      found++
    }
  }
}
if (found > 0) {
  console.error(`${found} banned words`)
  process.exitCode = 1
}
