import t from 'tap'
import { lazyPolicySource, type LivePolicySource } from '../../../src/aws/lazy-policy-source.js'
import { KEY, ROLE, unreadable } from '../../helper.js'

function counting () {
  const counts = { loads: 0, requests: 0, closes: 0, reads: 0 }
  const read = {
    readKey: async () => {
      counts.reads += 1
      return await unreadable.readKey(KEY, AbortSignal.abort())
    },
    readRole: unreadable.readRole
  }
  const source: LivePolicySource = {
    ...read,
    forRequest: () => {
      counts.requests += 1
      return read
    },
    close: () => {
      counts.closes += 1
    }
  }
  const load = async () => {
    counts.loads += 1
    return source
  }
  return { counts, load }
}

const signal = new AbortController().signal

t.test('it is loaded at the first read, once', async (t) => {
  const { counts, load } = counting()
  const lazy = lazyPolicySource(load)
  const request = lazy.forRequest()
  t.equal(counts.loads, 0)
  await Promise.allSettled([
    lazy.readKey(KEY, signal),
    lazy.readRole(ROLE, signal),
    request.readKey(KEY, signal),
    request.readRole(ROLE, signal)
  ])
  t.equal(counts.loads, 1)
  t.equal(counts.requests, 1, 'the reads of one request share one source')
  t.equal(counts.reads, 2)
})

t.test('closing closes what was loaded, and loads nothing', async (t) => {
  const { counts, load } = counting()
  lazyPolicySource(load).close()
  t.same([counts.loads, counts.closes], [0, 0])
  const lazy = lazyPolicySource(load)
  await t.rejects(lazy.readKey(KEY, signal))
  lazy.close()
  await Promise.resolve()
  t.equal(counts.closes, 1)
})

t.test('what cannot be loaded fails the read, not the close', async (t) => {
  const lazy = lazyPolicySource(async () => {
    throw new Error('no module')
  })
  await t.rejects(lazy.readKey(KEY, signal), { message: 'no module' })
  lazy.close()
})

t.test('what a request allows, and what it used again, go through', async (t) => {
  const options: unknown[] = []
  const cached = [{ what: 'GetRole', arn: ROLE, readAt: '2026-11-23T11:59:53.000Z', ageSeconds: 7 }]
  const { load } = counting()
  const lazy = lazyPolicySource(async () => ({
    ...(await load()),
    forRequest: (given) => {
      options.push(given)
      return { ...unreadable, cachedReads: () => cached }
    }
  }))
  const request = lazy.forRequest({ maxAgeSeconds: 60 })
  t.same(request.cachedReads?.(), [], 'nothing was read yet')
  await t.rejects(request.readKey(KEY, signal))
  t.same(request.cachedReads?.(), cached)
  t.same(options, [{ maxAgeSeconds: 60 }])
})

t.test('a bucket is read through it; a source that cannot says so', async (t) => {
  const { load } = counting()
  const absent = { state: 'notPresent' } as const
  const bucket = {
    bucket: 'data',
    region: absent,
    bucketPolicy: absent,
    encryption: absent,
    ownershipControls: absent,
    publicAccessBlock: absent
  }
  const lazy = lazyPolicySource(async () => ({
    ...(await load()),
    forRequest: () => ({ ...unreadable, readBucket: async () => bucket })
  }))
  t.same(await lazy.forRequest().readBucket?.('data', {}, signal), bucket)
  t.match(await lazy.readBucket?.('data', {}, signal), { bucket: 'data', bucketPolicy: { state: 'notRead' } })
})

t.test('organizations are read where the service is set up for it', async (t) => {
  const { load } = counting()
  const none = {
    serviceControlPolicies: { state: 'notPresent' },
    resourceControlPolicies: { state: 'notPresent' }
  } as const
  const account = { partition: 'aws', accountId: '111122223333' }
  t.notOk('readOrganizationPolicies' in lazyPolicySource(load).forRequest())
  const lazy = lazyPolicySource(
    async () => ({
      ...(await load()),
      forRequest: () => ({ ...unreadable, readOrganizationPolicies: async () => none })
    }),
    { organizationPolicies: true }
  )
  t.same(await lazy.forRequest().readOrganizationPolicies?.(account, signal), none)
  t.match(
    await lazy.readOrganizationPolicies?.(account, signal),
    { serviceControlPolicies: { state: 'notRead' } },
    'a source that cannot says so'
  )
})
