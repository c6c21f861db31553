import process from 'node:process'
import { readdirSync, statSync } from 'node:fs'
import { Stryker } from '@stryker-mutator/core'

/** Code with mutants in it is slow, all of it together many times as slow: the engine is done in groups of files. */
const MAX_BYTES = 9_000
const CAUGHT = new Set(['Killed', 'Timeout'])
const MISSED = new Set(['Survived', 'NoCoverage'])

const requested = process.argv.slice(2)
const files =
  requested.length > 0
    ? requested
    : readdirSync('src/iam', { recursive: true })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `src/iam/${name}`)

function groups () {
  const found = [[]]
  let bytes = 0
  for (const file of files) {
    bytes += statSync(file).size
    if (bytes > MAX_BYTES && found.at(-1).length > 0) {
      found.push([])
      bytes = statSync(file).size
    }
    found.at(-1).push(file)
  }
  return found
}

function row ({ file, caught, missed, ignored }) {
  const score = caught + missed === 0 ? '–' : `${((100 * caught) / (caught + missed)).toFixed(1)} %`
  return `| ${file} | ${caught} | ${missed} | ${ignored} | ${score} |`
}

const rows = []
for (const mutate of groups()) {
  const results = await new Stryker({ configFile: 'test/mutation/stryker.config.js', mutate }).runMutationTest()
  for (const file of mutate) {
    const of = results.filter(({ fileName }) => fileName.endsWith(`/${file}`))
    const count = (statuses) => of.filter(({ status }) => statuses.has(status)).length
    rows.push({ file, caught: count(CAUGHT), missed: count(MISSED), ignored: count(new Set(['Ignored'])) })
    console.log(row(rows.at(-1)))
  }
}

const total = rows.reduce((sum, { caught, missed, ignored }) => ({
  file: 'all',
  caught: sum.caught + caught,
  missed: sum.missed + missed,
  ignored: sum.ignored + ignored
}))
console.log(
  [
    '| file | killed | survived | texts for people, ignored | score |',
    '|---|---:|---:|---:|---:|',
    ...[...rows, total].map(row)
  ].join('\n')
)
