import t from 'tap'
import { lazyJobSource } from '../../../src/aws/lazy-job-source.js'
import { NO_JOBS } from '../../../src/discovery/job-source.js'

const GROUP = 'arn:aws:personalize:us-east-1:111122223333:dataset-group/shop'
const { signal } = new AbortController()

t.test('job source: loaded at the first read, once; every read goes through', async (t) => {
  const counts = { loads: 0, requests: 0, closes: 0 }
  const lazy = lazyJobSource(async () => {
    counts.loads += 1
    return {
      forRequest: (...args) => {
        counts.requests += 1
        return NO_JOBS.forRequest(...args)
      },
      close: () => {
        counts.closes += 1
      }
    }
  })
  const reads = lazy.forRequest(signal)
  t.equal(counts.loads, 0)
  const why = 'the service does not read dataset groups'
  t.match(await reads.datasetGroup(GROUP), { state: 'notRead', why })
  t.match(await reads.datasets(GROUP), { items: [], failure: { why } })
  t.match(await reads.solutions(GROUP), { items: [], failure: { why } })
  t.match(await reads.jobs('datasetImportJob', { groupArn: GROUP, filter: {} }), { items: [], failure: { why } })
  t.match(await reads.job('datasetImportJob', GROUP), { state: 'notRead', why })
  t.same(counts, { loads: 1, requests: 1, closes: 0 })
  lazy.close()
  await Promise.resolve()
  t.equal(counts.closes, 1)
})

t.test('job source: closed before it was loaded, nothing is loaded', async () => {
  lazyJobSource(async () => {
    throw new Error('it must not be loaded')
  }).close()
})
