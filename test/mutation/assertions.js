import { match, same, strict } from 'tcompare'

class Failed extends Error {}

const must = (holds, what) => {
  if (!holds) throw new Failed(what)
}

/** The assertions of tap that the engine's tests use: the first that does not hold ends the test. */
const assertions = {
  equal: (found, wanted, text = '') =>
    must(Object.is(found, wanted), `${text}: ${String(found)} is not ${String(wanted)}`),
  not: (found, other, text = '') => must(!Object.is(found, other), `${text}: ${String(found)}`),
  ok: (value, text = 'not ok') => must(value, text),
  notOk: (value, text = 'ok') => must(!value, text),
  fail: (text) => must(false, text),
  end: () => {},
  strictSame: (found, wanted, text = '') => must(strict(found, wanted).match, `${text}: not the same`),
  same: (found, wanted, text = '') => must(same(found, wanted).match, `${text}: not the same`),
  match: (found, pattern, text = '') => must(match(found, pattern).match, `${text}: no match`),
  doesNotThrow: (run) => run(),
  throws: (run, wanted) => {
    let thrown
    try {
      run()
    } catch (error) {
      thrown = error
    }
    must(thrown !== undefined && (wanted === undefined || match(thrown, wanted).match), 'did not throw as it should')
  }
}

/** In the place of tap: `t.test` at the top of a file hands the test over, inside another it runs at once. */
export function tapFor (hand) {
  const inner = {
    ...assertions,
    test: async (_, run) => {
      await run(inner)
    }
  }
  return {
    __esModule: true,
    default: {
      ...assertions,
      test: (name, run) => {
        hand(name, () => run(inner))
      }
    }
  }
}
