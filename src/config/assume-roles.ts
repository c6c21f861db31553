import { isObject, parseJson } from '../json/json.js'
import { faultInJsonText } from '../json/strict-json.js'
import { isPartition, parseRoleArn } from '../personalize/identifiers.js'

/** By account: the role that reads it, and the external id that its trust policy may ask for. */
export type AssumeRoles = ReadonlyMap<string, { roleArn: string; externalId?: string }>

/** AWS's own limits: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/
const ACCOUNT_ID = /^\d{12}$/

/**
 * The roles in `{ "<account id>": { "roleArn": "…", "externalId": "…" } }`, or every fault of it; values are not
 * repeated.
 */
export function parseAssumeRoles (text: string): { roles: AssumeRoles } | { faults: string[] } {
  const parsed = parseJson(text)
  if (!isObject(parsed)) return { faults: ['must be a JSON object of roles by account id'] }
  if (faultInJsonText(text) !== undefined) return { faults: ['has an account or a member twice'] }
  const roles = new Map<string, { roleArn: string; externalId?: string }>()
  const faults: string[] = []
  for (const [accountId, role] of Object.entries(parsed)) {
    const own = faultsOf(accountId, role)
    // An account id is no secret; what stands in its place may be one.
    faults.push(...own.map((fault) => `${ACCOUNT_ID.test(accountId) ? `entry ${accountId}` : 'an entry'} ${fault}`))
    if (own.length > 0 || !isObject(role)) continue
    const { roleArn, externalId } = role
    roles.set(accountId, {
      roleArn: String(roleArn),
      ...(externalId === undefined ? {} : { externalId: String(externalId) })
    })
  }
  return faults.length === 0 ? { roles } : { faults }
}

function faultsOf (accountId: string, role: unknown): string[] {
  if (!isObject(role)) return ['must be { "roleArn": "…", "externalId": "…" }']
  const { roleArn, externalId, ...unknown } = role
  const arn = typeof roleArn === 'string' ? parseRoleArn(roleArn) : undefined
  return [
    ...(ACCOUNT_ID.test(accountId) ? [] : ['must be under an account id of 12 digits']),
    ...(arn === undefined || !isPartition(arn.partition) ? ['needs a roleArn, the ARN of an IAM role'] : []),
    // IAM answers for the account of the caller alone.
    ...(arn !== undefined && arn.accountId !== accountId ? ['needs a roleArn of the very account that it is for'] : []),
    ...(externalId === undefined || (typeof externalId === 'string' && EXTERNAL_ID.test(externalId))
      ? []
      : ['has an externalId that AWS does not take']),
    ...(Object.keys(unknown).length === 0 ? [] : ['has members other than roleArn and externalId'])
  ]
}
