import { accountRootArn, lastSegment, parseArn, type Arn } from './arn.js'

/** Who makes the request. `value` is an ARN; for a service its principal name; for `anonymous` nothing is looked at. */
export interface Principal {
  kind: 'role' | 'session' | 'user' | 'root' | 'service' | 'federated-user' | 'anonymous'
  value: string
}

/** A principal with the forms under which policies may name it. */
export interface Caller extends Principal {
  partition: string
  /** Empty for a service principal and an anonymous caller. */
  accountId: string
  rootArn: string
  /** The role's name for a role or a session of one. */
  roleName: string | undefined
  /** For a session: how the ARNs of the account's roles begin; for a role: how those of its sessions do. */
  rolePrefix: string
  sessionPrefix: string
  /** Service-linked roles are bound by neither SCPs nor RCPs. */
  serviceLinked: boolean
}

const NOWHERE: Arn = { partition: '', service: '', region: '', accountId: '', resource: '' }

export function parseCaller ({ kind, value }: Principal): Caller {
  const arn = kind === 'service' || kind === 'anonymous' ? NOWHERE : parseArn(value) ?? NOWHERE
  const { partition, accountId, resource } = arn
  const roleName = kind === 'role' ? lastSegment(resource) : kind === 'session' ? resource.split('/')[1] : undefined
  return {
    kind,
    value,
    partition,
    accountId,
    rootArn: arn === NOWHERE ? '' : accountRootArn(partition, accountId),
    roleName,
    rolePrefix: kind === 'session' ? `arn:${partition}:iam::${accountId}:role/` : '',
    sessionPrefix: kind === 'role' ? `arn:${partition}:sts::${accountId}:assumed-role/${roleName}/` : '',
    // A session's ARN has no path, but the names are reserved for service-linked roles.
    serviceLinked: kind === 'role' ? resource.startsWith('role/aws-service-role/') : roleName?.startsWith('AWSServiceRoleFor') === true
  }
}
