import { readdirSync } from 'node:fs'

/** Tests that go through the whole engine: cases are its specification, and reach what no mirrored test repeats. */
const ACROSS_ENGINE = new Set(['test/src/iam/cases.ts', 'test/src/iam/properties.ts', 'test/src/iam/fuzz.ts', 'test/conformance/run.ts'])
const ENGINE = readdirSync(`${import.meta.dirname}/../src/iam`, { recursive: true })
  .filter((name) => name.endsWith('.ts')).map((name) => `src/iam/${name}`)

/** A test of `src/` answers for the file that it mirrors; the others cut across files. */
export default (test) => ACROSS_ENGINE.has(test) ? ENGINE : test.startsWith('test/src/') ? [test.slice('test/'.length)] : null
