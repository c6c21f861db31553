import type { AwsConfig } from '../../src/aws/settings.js'
import { generateKeyPolicy, generateRolePolicy, generateTrustPolicy } from '../../src/policies/generate.js'
import type { FakeAws } from '../fake-aws.js'
import { immediateRetry } from './immediate-retry.js'
import type { FakeWorld } from './world.js'

/** The account of the service's own credentials, that of the workload, and the management account of both. */
export const OWN = '111122223333'
export const WORKLOAD = '444455556666'
export const MANAGEMENT = '999999999999'

export const READER = `arn:aws:iam::${WORKLOAD}:role/readers/PolicyReader`
export const KEY = `arn:aws:kms:us-east-1:${WORKLOAD}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
export const ALIAS = `arn:aws:kms:us-east-1:${WORKLOAD}:alias/personalize`
export const ROLE = `arn:aws:iam::${WORKLOAD}:role/service-role/Personalize`
export const MANAGED = `arn:aws:iam::${WORKLOAD}:policy/Managed`
export const BOUNDARY = `arn:aws:iam::${WORKLOAD}:policy/Boundary`
export const USAGE = { operations: ['datasetGroup' as const], roleArns: [ROLE], kmsKeyArns: [KEY] }

const allow = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Sid: 'All', Effect: 'Allow', Action: '*', Resource: '*' }]
})

/** A key and a role that work, in an account that is read by a role, below a unit of an organization. */
export function installAwsFixture (fake: FakeAws): FakeWorld {
  fake.reset()
  const { world } = fake
  world.accountId = OWN
  world.assumable[READER] = { externalId: 'tenant-7' }
  world.keys[KEY] = { policy: JSON.stringify(generateKeyPolicy(USAGE, { indent: 0 })), grants: [] }
  world.aliases[ALIAS] = KEY
  world.roles.Personalize = {
    arn: ROLE,
    trustPolicy: JSON.stringify(generateTrustPolicy(USAGE)),
    inline: { Kms: JSON.stringify(generateRolePolicy(USAGE)) },
    attached: [MANAGED],
    boundary: BOUNDARY
  }
  world.managedPolicies = { [MANAGED]: allow, [BOUNDARY]: allow }
  world.organization = {
    managementAccountId: MANAGEMENT,
    parents: { [WORKLOAD]: 'ou-root-unit', 'ou-root-unit': 'r-root', [OWN]: 'r-root', [MANAGEMENT]: 'r-root' },
    attached: Object.fromEntries(
      ['r-root', 'ou-root-unit', WORKLOAD, OWN].map((target) => [target, ['p-FullAWSAccess', 'p-RCPFullAWSAccess']])
    ),
    policies: {
      'p-FullAWSAccess': { name: 'FullAWSAccess', type: 'SERVICE_CONTROL_POLICY', content: allow },
      'p-RCPFullAWSAccess': {
        name: 'RCPFullAWSAccess',
        type: 'RESOURCE_CONTROL_POLICY',
        content: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }]
        })
      }
    }
  }
  return world
}

export const awsFixtureConfig = (fake: FakeAws): AwsConfig => ({
  timeoutMs: 60_000,
  maxAttempts: 1,
  concurrency: 8,
  endpoint: fake.url,
  retryStrategy: immediateRetry,
  organizationPolicies: true,
  assumeRoles: new Map([[WORKLOAD, { roleArn: READER, externalId: 'tenant-7' }]])
})
