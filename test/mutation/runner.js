import fc from 'fast-check'
import { readdirSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { tapFor } from './assertions.js'
import { loader } from './load.js'

/** Fuzzing asks only that something be answered; what is imported by tests is no test. */
const NOT_RUN = new Set(['fuzz.ts', 'arbitrary-policies.ts'])
/** Slow ones last: a mutant is done with at the first test that fails. */
const LAST = [
  'standing.ts',
  'representatives.ts',
  'wildcard.ts',
  'arn-pattern.ts',
  'string-classes.ts',
  'linked-keys.ts',
  'properties.ts'
]
const FILES = readdirSync('test/src/iam', { recursive: true })
  .filter((name) => name.endsWith('.ts') && !NOT_RUN.has(basename(name)))
  .sort((a, b) => LAST.indexOf(basename(a)) - LAST.indexOf(basename(b)))
  .map((name) => `test/src/iam/${name}`)
/** Code with mutants in it is slow by itself. */
const ABOUT_TIME = /^the time /

/**
 * The properties run less often than in the test suite, and the same way each time; those of whole decisions are
 * dear.
 */
function fastCheckFor (file) {
  const most = /properties|representatives|standing|linked-keys/.test(file) ? 40 : 400
  const assert = (property, parameters) =>
    fc.assert(property, {
      ...parameters,
      seed: 1,
      endOnFailure: true,
      numRuns: Math.min(parameters?.numRuns ?? 100, most)
    })
  return { __esModule: true, default: { ...fc, assert } }
}

/** The tests of a file, with the engine loaded afresh. */
function testsOf (file) {
  const tests = []
  loader({
    'fast-check': fastCheckFor(file),
    tap: tapFor((name, run) => {
      tests.push({ id: `${file}: ${name}`, name, run })
    })
  })(resolve(file))
  return tests.filter(({ name }) => !ABOUT_TIME.test(name))
}

const messageOf = (error) => (error instanceof Error ? error.message : String(error))

/** The failure of a test, if it fails; while it runs, what it covers is its own. */
async function failureOf ({ id, run }) {
  globalThis.__stryker__.currentTestId = id
  try {
    await run()
    return undefined
  } catch (error) {
    return messageOf(error)
  } finally {
    globalThis.__stryker__.currentTestId = undefined
  }
}

/** Runs the engine's tests in Stryker's own process: starting one for each of thousands of mutants would take hours. */
class Runner {
  #tests = new Map()

  capabilities () {
    return { reloadEnvironment: true }
  }

  async dryRun () {
    const results = []
    globalThis.__stryker__ = {}
    for (const file of FILES) {
      const count = testsOf(file).length
      for (let i = 0; i < count; i++) {
        // Afresh for each test, so that what a test finds already made for another counts for both.
        const test = testsOf(file)[i]
        const begin = performance.now()
        const failureMessage = await failureOf(test)
        results.push({
          id: test.id,
          name: test.name,
          timeSpentMs: performance.now() - begin,
          ...(failureMessage === undefined ? { status: 0 } : { status: 1, failureMessage })
        })
        this.#tests.set(test.id, file)
      }
    }
    return { status: 'complete', tests: results, mutantCoverage: globalThis.__stryker__.mutantCoverage }
  }

  async mutantRun ({ activeMutant, testFilter, hitLimit }) {
    const ns = (globalThis.__stryker__ = {
      activeMutant: activeMutant.id,
      hitLimit,
      ...(hitLimit === undefined ? {} : { hitCount: 0 })
    })
    let nrOfTests = 0
    for (const file of FILES) {
      const wanted = (id) => testFilter === undefined || testFilter.includes(id)
      if (this.#tests.size > 0 && ![...this.#tests].some(([id, of]) => of === file && wanted(id))) continue
      const { killedBy, failureMessage, ran } = await this.#failureIn(file, wanted)
      nrOfTests += ran
      if (ns.hitCount > hitLimit) return { status: 'timeout', reason: 'it goes on without end' }
      if (killedBy !== undefined) return { status: 'killed', killedBy: [killedBy], failureMessage, nrOfTests }
    }
    return { status: 'survived', nrOfTests }
  }

  async #failureIn (file, wanted) {
    let ran = 0
    try {
      for (const test of testsOf(file)) {
        if (!wanted(test.id)) continue
        ran++
        const failureMessage = await failureOf(test)
        if (failureMessage !== undefined) return { killedBy: test.id, failureMessage, ran }
      }
    } catch (error) {
      return { killedBy: file, failureMessage: messageOf(error), ran }
    }
    return { ran }
  }
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'in-process', factory: () => new Runner() }]
