import { statementReference, truncate } from '../../findings/format.js'
import type { Statement } from '../../iam/document/policy-document.js'
import type { Caller } from '../../iam/document/principal.js'
import { type Arn, lastSegment, parseArn } from '../../iam/match/arn.js'
import { asList, isObject } from '../../json/json.js'
import { type PolicyEvidence, statementAsWritten } from '../read/evidence.js'
import { isMistyped } from './edit-distance.js'
import type { NearStatement } from './near-statement.js'

/**
 * Allow statements whose principal differs a little from the one that is needed, with both and what is different.
 * KMS and IAM compare principals as a whole and with case.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function similarPrincipals ({ policy, document }: PolicyEvidence, caller: Caller): NearStatement[] {
  const wanted = parseArn(caller.value)
  return policy.statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap((statement) =>
      namesIn(document, statement).flatMap((name) => {
        const difference = differenceOf(name, caller, wanted)
        if (difference === undefined) return []
        const lack = `names ${truncate(name)} instead of ${caller.value}: ${difference}`
        return [{ statement: statementReference('keyPolicy', policy.name, statement), lack }]
      })
    )
}

function namesIn (document: PolicyEvidence['document'], statement: Statement): string[] {
  const { Principal } = statementAsWritten(document, statement) ?? {}
  const names = isObject(Principal) ? Object.keys(Principal).flatMap((type) => asList(Principal[type])) : []
  return names.filter((name) => typeof name === 'string')
}

function differenceOf (name: string, caller: Caller, wanted: Arn | undefined): string | undefined {
  if (name === caller.value) return undefined
  if (name.toLowerCase() === caller.value.toLowerCase()) return 'upper and lower case differ'
  const written = parseArn(name)
  if (written === undefined || wanted === undefined) return undefined
  const [kind = '', ...segments] = written.resource.split('/')
  const isSession = written.service === 'sts' && kind === 'assumed-role'
  if (!isSession && (written.service !== 'iam' || (kind !== 'role' && kind !== 'user'))) return undefined
  const role = lastSegment(wanted.resource)
  // A session ARN ends with the name of the session, in which everything may be written, or has none.
  const roleName = isSession && segments.length > 1 ? segments.at(-2) : segments.at(-1)
  if (roleName?.toLowerCase() !== role.toLowerCase())
    return written.accountId === wanted.accountId ? nameDifference(written.resource, wanted.resource, role) : undefined
  if (written.partition !== wanted.partition) return `the partition is ${written.partition}`
  if (written.accountId !== wanted.accountId) return `the account is ${truncate(written.accountId)}`
  return kindDifference(kind, roleName === role)
}

/** Short names that differ in two letters mean something else. */
const SHORT_NAME = 6

function nameDifference (written: string, wanted: string, role: string): string | undefined {
  return role.length > SHORT_NAME && isMistyped(written, wanted) ? 'the names differ in a letter or two' : undefined
}

/** Of an ARN of the same account that ends with the name of the role, but for its case. */
function kindDifference (kind: string, isSameCase: boolean): string {
  if (kind === 'assumed-role') return 'it is the ARN of a session, which changes with each use of the role'
  if (kind === 'user') return 'it is an IAM user, not a role'
  return isSameCase ? 'the path of the role differs' : 'upper and lower case differ'
}
