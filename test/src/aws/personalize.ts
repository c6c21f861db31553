import t from 'tap'
import { createJobSource } from '../../../src/aws/personalize.js'
import type { LimiterClock } from '../../../src/aws/limiter.js'
import { answers, startFakeAws } from '../../fake-aws.js'
import { useFakeCredentials } from '../../fake-aws/credentials.js'
import { immediateRetry } from '../../fake-aws/immediate-retry.js'
import { GROUP, installGroup, JOB_ARNS } from '../../verification/dataset-group.js'

const fake = await startFakeAws()
const restore = useFakeCredentials()
t.teardown(async () => {
  restore()
  await fake.close()
})
t.beforeEach(() => {
  fake.reset()
  installGroup(fake.world)
})

/** A clock on which only pauses take time. */
function steppingClock (): LimiterClock & { pauses: number[] } {
  let now = 0
  const pauses: number[] = []
  return {
    pauses,
    now: () => now,
    pause: async (ms) => {
      pauses.push(ms)
      now += ms
    }
  }
}

function start (clock: LimiterClock = steppingClock(), timeoutMs = 60_000) {
  const source = createJobSource(
    { timeoutMs, maxAttempts: 1, concurrency: 8, retryStrategy: immediateRetry, endpoint: fake.url },
    clock
  )
  t.teardown(() => {
    source.close()
  })
  return source
}

const { signal } = new AbortController()

t.test('dataset group: its role and key, and the lists that belong to it', async (t) => {
  const reads = start().forRequest(signal)
  t.match(await reads.datasetGroup(GROUP), { state: 'read', value: { arn: GROUP, status: 'ACTIVE', roleArn: /role/ } })
  t.same((await reads.datasets(GROUP)).items.length, 2)
  t.same((await reads.solutions(GROUP)).items.length, 1)
  t.match(await reads.datasetGroup(`${GROUP}X`), { state: 'notFound', why: /ResourceNotFoundException/ })
  t.match(await reads.datasetGroup('arn:aws:personalize:nowhere-1:111122223333:dataset-group/x'), { state: 'notRead' })
})

t.test('jobs of each kind: role, locations and keys as the description has them', async (t) => {
  const reads = start().forRequest(signal)
  for (const [kind, { arn, job }] of Object.entries(JOB_ARNS)) {
    const read = await Reflect.apply(reads.job, undefined, [kind, arn])
    t.match(read, { state: 'read', value: { kind, arn, ...job } }, kind)
  }
})

t.test('lists: pages to the end, the newest first', async (t) => {
  fake.world.pageSize = 1
  fake.world.emptyPages = 1
  const [datasetArn = ''] = fake.world.personalize.datasets[GROUP] ?? []
  const { items, failure } = await start().forRequest(signal).jobs('datasetImportJob', { groupArn: GROUP, filter: { datasetArn } })
  t.equal(failure, undefined)
  t.same(items.map(({ createdAt }) => createdAt), items.map(({ createdAt }) => createdAt).toSorted().reverse())
  t.ok(items.length > 1)
})

t.test('a list breaks off: what came before is kept, with the reason', async (t) => {
  fake.world.pageSize = 1
  const [datasetArn = ''] = fake.world.personalize.datasets[GROUP] ?? []
  fake.next('ListDatasetImportJobs', (_call, real) => real(), answers.accessDenied)
  const list = await start().forRequest(signal).jobs('datasetImportJob', { groupArn: GROUP, filter: { datasetArn } })
  t.match(list, { items: [{}], failure: { cause: 'accessDenied' } })
})

t.test('every failure of AWS is a state with its reason', async (t) => {
  for (const { name, answer, cause } of answers.failures) {
    const reads = start(steppingClock(), answer === answers.hang ? 500 : undefined).forRequest(signal)
    fake.next('DescribeDatasetGroup', answer)
    t.match(await reads.datasetGroup(GROUP), { state: 'notRead', cause }, name)
  }
})

t.test('rate: calls of one operation begin a second apart, also of several requests; other operations do not wait', async (t) => {
  const clock = steppingClock()
  const source = start(clock)
  const [first, second] = [source.forRequest(signal), source.forRequest(signal)]
  await Promise.all([first.datasetGroup(GROUP), second.datasetGroup(`${GROUP}2`), first.datasetGroup(`${GROUP}3`)])
  t.same(clock.pauses, [1_000, 1_000])
  await first.datasets(GROUP)
  t.same(clock.pauses, [1_000, 1_000])
  await first.datasetGroup(GROUP.replace('us-east-1', 'eu-west-1'))
  t.same(clock.pauses, [1_000, 1_000], 'each Region has its own rate')
})

t.test('rate: a request that ends while it waits takes no turn', async (t) => {
  const never: LimiterClock = {
    now: () => 0,
    pause: async (_ms, signal) => {
      await new Promise((resolve) => {
        if (signal.aborted) resolve(undefined)
        else signal.addEventListener('abort', resolve)
      })
      signal.throwIfAborted()
    }
  }
  const source = start(never)
  const ending = new AbortController()
  await source.forRequest(signal).datasetGroup(GROUP)
  const waiting = source.forRequest(ending.signal).datasetGroup(GROUP)
  ending.abort()
  t.match(await waiting, { state: 'notRead', cause: 'timeout' })
  t.equal(fake.calls.length, 1)
})

t.test('a finished job is described once; one in progress, a metric attribution and the group again', async (t) => {
  const source = start()
  const count = (operation: string): number => fake.counts()[operation] ?? 0
  for (let i = 0; i < 2; i++) {
    const reads = source.forRequest(signal)
    await reads.job('datasetImportJob', JOB_ARNS.datasetImportJob.arn)
    await reads.job('datasetExportJob', JOB_ARNS.datasetExportJob.arn)
    await reads.job('metricAttribution', JOB_ARNS.metricAttribution.arn)
    await reads.datasetGroup(GROUP)
  }
  t.equal(count('DescribeDatasetImportJob'), 1)
  t.equal(count('DescribeDatasetExportJob'), 2, 'it is in progress')
  t.equal(count('DescribeMetricAttribution'), 2)
  t.equal(count('DescribeDatasetGroup'), 2)
})
