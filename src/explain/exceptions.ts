import type { DenialCause } from '../../schemas/explanation.js'
import { SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import type { CauseEntry } from './cause-entry.js'
import type { DeniedPrincipal } from './denial.js'
import type { Facts } from './facts.js'
import { roleOf } from './statements.js'

type Condition = Record<string, Record<string, unknown>>
export type DenialExceptions = Pick<DenialCause, 'exception' | 'exceptions'>

const exceptService = (service: string): Condition => ({
  StringNotEquals: { 'aws:PrincipalServiceName': service }
})

/** What the record of the refused call in CloudTrail has of each of the two who call. */
const DISTINGUISH = {
  service:
    'If the service principal was refused: `userIdentity.type` of the record in CloudTrail is AWSService, and ' +
    '`invokedBy` is personalize.amazonaws.com. Its calls have no ARN, account or organization of a principal, so a ' +
    'Deny of everyone with another one meets them. Service control policies do not.',
  role:
    'If the role was refused: `userIdentity.type` of the record in CloudTrail is AssumedRole, and the role is in ' +
    '`sessionContext.sessionIssuer`.'
} as const

/**
 * The conditions with which a Deny leaves the caller alone: one more operator in its `Condition`, so that the Deny needs
 * all of them. Where it is not said who was refused, each of the two has one, and `exception` is for both. No other
 * service is left alone.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalservicename
 */
export function exceptionsFor (
  facts: Facts,
  principal: DeniedPrincipal | undefined,
  denies: NonNullable<CauseEntry['denies']>
): DenialExceptions {
  if (principal?.type === 'service') return { exception: exceptService(principal.id) }
  const ofRole: Condition = { ArnNotEquals: { 'aws:PrincipalArn': facts.callerArn ?? roleOf(facts) } }
  if (principal !== undefined || denies === 'role') return { exception: ofRole }
  const ofService = exceptService(SERVICE_PRINCIPAL)
  return {
    exception: { ...ofService, ...ofRole },
    exceptions: [
      { principal: 'service', distinguish: DISTINGUISH.service, condition: ofService },
      { principal: 'role', distinguish: DISTINGUISH.role, condition: ofRole }
    ]
  }
}

/** The exceptions for those whom the live policies refuse. */
export function exceptionsOf ({ exceptions }: DenialExceptions, refused: ReadonlySet<string>): DenialExceptions {
  const needed = exceptions?.filter(({ principal }) => refused.has(principal)) ?? []
  const [only] = needed
  return only === undefined || needed.length > 1 ? {} : { exception: only.condition, exceptions: needed }
}
