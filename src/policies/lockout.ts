import type { PolicyDocument } from '../../schemas/policy-document.js'
import { ServiceError } from '../errors.js'
import { authorize } from '../iam/authorize.js'
import { coversAction, parseAction } from '../iam/document/action.js'
import { compilePolicy, type Policy } from '../iam/document/policy-document.js'
import type { Principal } from '../iam/document/principal.js'
import { accountRootArn, parseArn } from '../iam/match/arn.js'
import { known, RequestContext, UNKNOWN } from '../iam/match/request-context.js'
import { conceivableKeys, type KeyPlace } from './candidate-keys.js'
import type { KeyPolicyTarget } from './statement.js'

/** A principal of the account that may hold any IAM policy: one that the key policy delegates to. */
const EVERYTHING: Policy = compilePolicy('everything', {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: '*', Resource: '*' }
})

const KINDS = new Map<string, Principal['kind']>([
  ['root', 'root'],
  ['role', 'role'],
  ['user', 'user'],
  ['assumed-role', 'session'],
  ['federated-user', 'federated-user']
])

const PUT_KEY_POLICY = 'kms:PutKeyPolicy'

/** The statements that speak of the one action that is asked about. */
function relevantPart (policy: Policy): Policy {
  const action = parseAction(PUT_KEY_POLICY)
  return {
    ...policy,
    statements: policy.statements.filter(({ actions }) => actions !== undefined && coversAction(actions, action))
  }
}

/** Those whom an Allow names, and the account root. */
function namedPrincipals (
  policy: Policy,
  { partition, accountId }: Pick<KeyPolicyTarget, 'partition' | 'accountId'>
): Principal[] {
  const named = policy.statements.flatMap(({ effect, principals }) =>
    effect === 'Allow' ? (principals?.aws ?? []) : []
  )
  return [...new Set([accountRootArn(partition, accountId), ...named])].flatMap((value) => {
    const arn = parseArn(value)
    const kind = arn?.accountId === accountId ? KINDS.get(arn.resource.split('/', 1).join()) : undefined
    return kind === undefined ? [] : [{ kind, value }]
  })
}

/** Whether it is certain that this principal cannot put the key policy; what depends on unknown context is not. */
function cannotPutKeyPolicy (principal: Principal, policy: Policy, key: KeyPlace, isNamed: boolean): boolean {
  const context = new RequestContext(
    [
      ['aws:PrincipalAccount', known(key.accountId)],
      ['kms:CallerAccount', known(key.accountId)],
      // KMS takes calls over TLS alone: https://docs.aws.amazon.com/kms/latest/developerguide/data-protection.html
      ['aws:SecureTransport', known('true')],
      ...(isNamed ? [['aws:PrincipalArn', known(principal.value)] as const] : [])
    ],
    () => UNKNOWN
  )
  const { decision } = authorize(
    { principal, action: PUT_KEY_POLICY, resource: { arn: key.arn, accountId: key.accountId }, context },
    {
      resourcePolicy: { policies: [policy], complete: true },
      identityPolicies: { policies: [EVERYTHING], complete: true }
    }
  )
  return decision === 'explicitDeny' || decision === 'implicitDeny'
}

/**
 * Whether the key policy certainly lets no principal of the key's account change it: such a key only AWS Support can
 * open again.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#prevent-unmanageable-key
 */
export function locksOut (
  policy: Policy,
  target: { partition: string; accountId: string; keys: ReadonlyArray<readonly KeyPlace[]> }
): boolean {
  const { partition, accountId } = target
  const relevant = relevantPart(policy)
  // Of most policies a role that none names has access, by delegation: no other principal need be looked for.
  const unnamed: Principal = { kind: 'role', value: `arn:${partition}:iam::${accountId}:role/any-administrator` }
  const isLocked = (key: KeyPlace): boolean =>
    cannotPutKeyPolicy(unnamed, relevant, key, false) &&
    namedPrincipals(relevant, target).every((principal) => cannotPutKeyPolicy(principal, relevant, key, true))
  return target.keys.some((alternatives) => alternatives.every(isLocked))
}

export function assertNoLockout (
  policy: PolicyDocument,
  pointer: string,
  { partition, accountId, keys }: KeyPolicyTarget
): void {
  const alternatives = keys.length > 0 ? keys.map((key) => [key]) : [conceivableKeys(policy, { partition, accountId })]
  if (!locksOut(compilePolicy('default', policy), { partition, accountId, keys: alternatives })) return
  const detail = `the merged key policy leaves no principal of account ${accountId} with ${PUT_KEY_POLICY}`
  throw new ServiceError('KEY_LOCKOUT', detail, [{ pointer, detail }])
}
