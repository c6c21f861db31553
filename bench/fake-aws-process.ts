import { answers, startFakeAws } from '../test/fake-aws.js'
import type { FakeWorld } from '../test/fake-aws/world.js'

/** The fake of AWS in a process of its own: its work must not be taken for ours. */
export type Order = { world: FakeWorld } | { callMs: number } | 'calls'
/** What answers an order: where the fake listens, or the calls since the last order of any kind. */
export interface Report {
  url: string
  calls: Array<{ operation: string; startedAt: number }>
}

const fake = await startFakeAws()
process.on('message', (order: Order) => {
  const calls = fake.calls.map(({ operation, startedAt }) => ({ operation, startedAt }))
  if (order === 'calls') {
    fake.calls.length = 0
  } else if ('world' in order) {
    fake.world = order.world
  } else {
    const world = fake.world
    fake.reset()
    fake.world = world
    const { callMs } = order
    if (callMs > 0) for (const operation of OPERATIONS) fake.always(operation, answers.after(callMs))
  }
  tell({ url: fake.url, calls })
})
process.on('disconnect', () => {
  process.exit()
})

const OPERATIONS = [
  'DescribeKey',
  'GetKeyPolicy',
  'ListGrants',
  'GetRole',
  'ListRolePolicies',
  'GetRolePolicy',
  'ListAttachedRolePolicies',
  'GetPolicy',
  'GetPolicyVersion',
  'GetBucketPolicy',
  'GetBucketEncryption',
  'GetBucketOwnershipControls',
  'GetPublicAccessBlock',
  'GetBucketLocation'
]

function tell (note: Report): void {
  process.send?.(note)
}
tell({ url: fake.url, calls: [] })
