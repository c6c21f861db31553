import t from 'tap'
import { createPolicySource } from '../../../src/aws/policy-source.js'
import type { ObservedRole } from '../../../src/verify/read/policy-source.js'
import { answers, startFakeAws } from '../../fake-aws.js'
import type { Answer } from '../../fake-aws/answers.js'
import { useFakeCredentials } from '../../fake-aws/credentials.js'
import { immediateRetry } from '../../fake-aws/immediate-retry.js'

const MANAGED = 'arn:aws:iam::111122223333:policy/PersonalizeKms'
const BOUNDARY = 'arn:aws:iam::111122223333:policy/boundary'
const ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}'

/** A role at a path that the access table allows, and the role of the same name at another path. */
const ALLOWED = 'arn:aws:iam::111122223333:role/team-b/Admin'
const NAMESAKE = 'arn:aws:iam::111122223333:role/Admin'
const LISTS = ['ListRolePolicies', 'ListAttachedRolePolicies']
const READS_AFTER_PROOF = ['GetRolePolicy', 'GetPolicy', 'GetPolicyVersion']

const fake = await startFakeAws()
const restore = useFakeCredentials({ AWS_ACCOUNT_ID: '111122223333' })
t.teardown(async () => {
  restore()
  await fake.close()
})

function setWorld (): void {
  fake.reset()
  fake.world.managedPolicies = { [MANAGED]: ALLOW, [BOUNDARY]: ALLOW }
}

/** With the proof first, as for callers of an access table, or with the lists beside GetRole. */
async function read (arn: string, timeoutMs: number, proveRolesFirst: boolean): Promise<ObservedRole> {
  const source = createPolicySource({
    timeoutMs,
    maxAttempts: 1,
    concurrency: 8,
    endpoint: fake.url,
    retryStrategy: immediateRetry
  })
  try {
    return await source.forRequest({ proveRolesFirst }).readRole(arn, new AbortController().signal)
  } finally {
    source.close()
  }
}

t.test(
  'readRole: GetRole fails while a role of the same name exists elsewhere, nothing of that role is read',
  async (t) => {
    const namesake = {
      arn: NAMESAKE,
      trustPolicy: ALLOW,
      inline: { one: ALLOW },
      attached: [MANAGED],
      boundary: BOUNDARY
    }
    const failures = [...answers.failures, { name: 'stall', answer: answers.stall }]
    const runs = [true, false].flatMap((proveFirst) =>
      failures.map((failure) => ({ ...failure, proveFirst, name: `${failure.name} ${proveFirst ? 'alone' : 'with lists'}` }))
    )
    for (const { name, answer, proveFirst } of runs) {
      const observed: ObservedRole[] = []
      for (const isPresent of [true, false]) {
        setWorld()
        fake.world.roles = isPresent ? { Admin: namesake } : {}
        const truncated: Answer = (call) =>
          answer(call, () => ({ status: 200, contentType: 'text/xml', body: '<GetRoleResponse>' }))
        fake.always('GetRole', isPresent ? answer : truncated)
        const timeoutMs = answer === answers.hang || answer === answers.stall ? 500 : 60_000
        observed.push(await read(ALLOWED, timeoutMs, proveFirst))
        const counts = fake.counts()
        t.same(
          [...(proveFirst ? LISTS : []), ...READS_AFTER_PROOF].filter((operation) => operation in counts),
          [],
          `${name}: no other read`
        )
      }
      t.equal(JSON.stringify(observed[0]), JSON.stringify(observed[1]), `${name}: as if it did not exist`)
      t.match(
        observed[0],
        { role: { state: 'notRead' }, trustPolicy: { state: 'notRead' }, permissionsBoundary: { state: 'notRead' } },
        name
      )
      t.same(observed[0]?.identityPolicies.read, [], name)
    }
  }
)
