import { existsSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** Tests that go through the whole engine: cases are its specification, and reach what no mirrored test repeats. */
const ACROSS_ENGINE = new Set([
  'test/src/iam/cases.ts',
  'test/src/iam/properties.ts',
  'test/src/iam/fuzz.ts',
  'test/conformance/run.ts'
])

const root = `${import.meta.dirname}/..`
const sourcesIn = (folder) =>
  readdirSync(`${root}/${folder}`, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`)

/** A test of `src/` covers the file that it mirrors, or its folder where no file has its name; others cover more. */
export default (test) => {
  if (ACROSS_ENGINE.has(test)) return sourcesIn('src/iam')
  if (!test.startsWith('test/src/')) return null
  const source = test.slice('test/'.length)
  if (existsSync(`${root}/${source}`)) return [source]
  return existsSync(`${root}/${dirname(source)}`) ? sourcesIn(dirname(source)) : null
}
