import t from 'tap'
import { TookTooLong } from '../../../src/pace.js'
import { createAllowance, type Allowance } from '../../../src/work/allowance.js'

/** An allowance of 40 ms by a clock of its own, and what a computation is given that takes so long. */
function start (): { allowance: Allowance, pass: (ms: number) => void, ended: (tookMs: number) => number, abandoned: () => number } {
  let time = 1_000
  const allowance = createAllowance(40, 0.25, () => time)
  const pass = (ms: number): void => { time += ms }
  return {
    allowance,
    pass,
    ended: (tookMs) => allowance.spend((ms) => { pass(tookMs); return ms }),
    abandoned () {
      let given = NaN
      try {
        allowance.spend((ms) => { given = ms; pass(ms); throw new TookTooLong('') })
      } catch (error) {
        if (!(error instanceof TookTooLong)) throw error
      }
      return given
    }
  }
}

t.test('the first long computation may take all, those at once with it little each', async (t) => {
  const { abandoned } = start()
  t.same([abandoned(), abandoned(), abandoned()], [40, 5, 5])
})

t.test('a quarter of the time that passes is there again', async (t) => {
  const { abandoned, pass } = start()
  abandoned()
  pass(40)
  t.equal(abandoned(), 10)
  pass(1_000)
  t.equal(abandoned(), 40)
})

t.test('computations that end soon take nothing of it, however many', async (t) => {
  const { ended } = start()
  for (let times = 0; times < 100; times++) ended(8)
  t.equal(ended(8), 40)
})

t.test('those that end late do', async (t) => {
  const { ended, abandoned } = start()
  t.equal(ended(30), 40)
  t.equal(abandoned(), 20)
})

t.test('what is thrown is thrown', async (t) => {
  const { allowance } = start()
  t.throws(() => { allowance.spend(() => { throw new Error('of its own') }) }, { message: 'of its own' })
})

t.test('where callers share, each has no more than what is left for all', async (t) => {
  let time = 1_000
  const common = createAllowance(80, 0.5, () => time)
  const given: number[] = []
  for (let caller = 0; caller < 4; caller++) {
    const own = createAllowance(40, 0.25, () => time)
    t.throws(() => {
      common.spend((ofAll) => own.spend((ofOne) => {
        const ms = Math.min(ofAll, ofOne)
        given.push(ms)
        time += ms
        throw new TookTooLong('')
      }))
    }, TookTooLong)
  }
  t.same(given, [40, 40, 5, 5])
})
