import type { Usage, VerifiableUsage } from '../../schemas/usage.js'
import {
  isPartition,
  KEY_ARN_EXAMPLE,
  MAX_ROLE_ARN_LENGTH,
  PARTITIONS,
  partitionOfRegion,
  personalizeRegions,
  ROLE_ARN_EXAMPLE,
  type ParsedKeyArn,
  type Partition,
  type ParsedRoleArn
} from './identifiers.js'
import { locationFaults } from './locations.js'
import type { UsageFault } from './usage-fault.js'

interface Named<T> {
  arn: string
  name: T | undefined
}

/** A key as the usage names it: in `kmsKeyArns`, or in a location. */
export interface NamedKey extends Named<ParsedKeyArn> {
  pointer: string
}

/** A usage as it was given, with its ARNs taken apart and its defaults found. */
export interface UsageFacts {
  usage: Usage | VerifiableUsage
  roles: Array<Named<ParsedRoleArn>>
  keys: NamedKey[]
  aliasesAllowed: boolean
  partition: Partition | undefined
  accountId: string | undefined
  region: string | undefined
}

export const MAX_PAIRS = 200

const fault = (pointer: string, detail: string): UsageFault => ({ code: 'INCONSISTENT_USAGE', pointer, detail })

/**
 * The partition that all others are held against: that of the first role, or of the first ARN where Personalize
 * exists.
 */
export function referencePartition (
  roles: ReadonlyArray<Named<ParsedRoleArn>>,
  keys: ReadonlyArray<Named<ParsedKeyArn>>
): Partition | undefined {
  for (const named of [roles, keys])
    for (const { name } of named) if (name !== undefined && isPartition(name.partition)) return name.partition
  return undefined
}

/** With locations a data deletion job may be given with them: its bucket is checked by itself. */
function deletionJobs ({ usage }: UsageFacts): UsageFault[] {
  if (usage.locations !== undefined && usage.kmsKeyArns === undefined) return []
  return usage.operations.flatMap((operation, index) =>
    operation === 'dataDeletionJob'
      ? [
        {
          code: 'CUSTOMER_KEY_NOT_SUPPORTED',
          pointer: `/operations/${index}`,
          detail: 'a data deletion job cannot use a customer-managed KMS key'
        }
      ]
      : []
  )
}

function roleForms ({ roles }: UsageFacts): UsageFault[] {
  return roles.flatMap(({ arn, name }, index) => {
    if (arn.length > MAX_ROLE_ARN_LENGTH)
      return [
        fault(
          `/roleArns/${index}`,
          `has ${arn.length} characters; Amazon Personalize takes role ARNs of at most ${MAX_ROLE_ARN_LENGTH}`
        )
      ]
    return name === undefined
      ? [fault(`/roleArns/${index}`, 'is not the ARN of an IAM role, for ' + `example ${ROLE_ARN_EXAMPLE}`)]
      : []
  })
}

function keyForms ({ keys, aliasesAllowed }: UsageFacts): UsageFault[] {
  return keys.flatMap(({ arn, name, pointer }) => {
    if (name === undefined) {
      return [
        fault(
          pointer,
          arn.startsWith('arn:')
            ? `is not the ARN of a KMS key: what follows key/ is no key id; for example ${KEY_ARN_EXAMPLE}`
            : 'is not the ARN of a KMS key; a key id or alias name does not say in which account and Region the key ' +
                `is; for example ${KEY_ARN_EXAMPLE}`
        )
      ]
    }
    return name.kind === 'alias' && !aliasesAllowed
      ? [
        fault(
          pointer,
          'is the ARN of an alias; policies and Amazon Personalize need the ARN of the key itself, for ' +
              `example ${KEY_ARN_EXAMPLE}`
        )
      ]
      : []
  })
}

function partitions ({ roles, keys, partition }: UsageFacts): UsageFault[] {
  const held = [
    ...roles.map(({ name }, index) => ({ name, pointer: `/roleArns/${index}` })),
    ...keys.map(({ name, pointer }) => ({ name, pointer }))
  ]
  return held.flatMap(({ name, pointer }) => {
    if (name === undefined) return []
    if (!isPartition(name.partition))
      return [
        fault(
          pointer,
          `is in partition ${name.partition}; Amazon Personalize is offered in ${PARTITIONS.join(' and ')}`
        )
      ]
    return name.partition === partition
      ? []
      : [fault(pointer, `is in partition ${name.partition}, but the usage is in ${partition ?? 'another'}`)]
  })
}

/**
 * A key of another partition is reported once, by `partitions`; here stands the one whose own ARN is at odds with
 * itself.
 */
function keyRegions ({ keys }: UsageFacts): UsageFault[] {
  return keys.flatMap(({ name, pointer }) =>
    name === undefined || !isPartition(name.partition) || partitionOfRegion(name.region) === name.partition
      ? []
      : [fault(pointer, `names Region ${name.region}, which is not in partition ${name.partition}`)]
  )
}

function region ({ usage, keys, partition, region }: UsageFacts): UsageFault[] {
  if (region === undefined) return []
  const offered = partition === undefined ? PARTITIONS.flatMap(personalizeRegions) : personalizeRegions(partition)
  if (offered.includes(region)) return []
  const detail = `Amazon Personalize is not offered in ${region}; in partition ` +
    `${partition ?? PARTITIONS.join(' and ')} it is in ${offered.join(', ')}`
  if (usage.region !== undefined) return [fault('/region', detail)]
  const first = keys.find(({ name }) => name !== undefined)
  const isOfThePartition = first?.name?.partition === partition && partitionOfRegion(region) === partition
  return first !== undefined && isOfThePartition
    ? [fault(first.pointer, `${detail}; the Region of the first key is the default of region`)]
    : []
}

/**
 * Always the role is named, also where accountId might be the wrong one: which of the two is, only the caller knows.
 */
function accounts ({ usage, roles, accountId }: UsageFacts): UsageFault[] {
  const from = usage.accountId === undefined ? 'the account of the first role' : 'accountId'
  return roles.flatMap(({ name }, index) =>
    name === undefined || name.accountId === accountId
      ? []
      : [
        fault(
            `/roleArns/${index}`,
            `is in account ${name.accountId}, but Amazon Personalize runs in ${accountId ?? 'another'} (${from})`
        )
      ]
  )
}

/**
 * IAM keeps the names of roles unique in an account, whatever their paths and letter case, so one of the two ARNs is
 * wrong.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
function roleNames ({ roles }: UsageFacts): UsageFault[] {
  const seen = new Map<string, string>()
  return roles.flatMap(({ name }, index) => {
    if (name === undefined) return []
    const identity = `${name.accountId}/${name.name.toLowerCase()}`
    const first = seen.get(identity)
    if (first === undefined) seen.set(identity, name.arn)
    return first === undefined
      ? []
      : [
        fault(
            `/roleArns/${index}`,
            `has the same name as ${first}; an account has one role of a name, whatever its path`
        )
      ]
  })
}

function pairs ({ roles, keys }: UsageFacts): UsageFault[] {
  const count = roles.length * keys.length
  return count > MAX_PAIRS
    ? [
      {
        code: 'LIMIT_EXCEEDED',
        pointer: '/kmsKeyArns',
        detail: `${roles.length} roles and ${keys.length} keys are ${count} pairs; the limit is ${MAX_PAIRS}`
      }
    ]
    : []
}

/** Every rule by which the members of a usage have to fit together, in the order in which the faults are listed. */
export const USAGE_CHECKS: ReadonlyArray<(facts: UsageFacts) => UsageFault[]> = [
  deletionJobs,
  roleForms,
  keyForms,
  partitions,
  keyRegions,
  accounts,
  region,
  roleNames,
  pairs,
  ({ usage, accountId, partition }) => locationFaults(usage, accountId, partition)
]
