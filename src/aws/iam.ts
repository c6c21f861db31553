import {
  type AttachedPolicy,
  GetPolicyCommand,
  type GetPolicyCommandInput,
  type GetPolicyCommandOutput,
  GetPolicyVersionCommand,
  type GetPolicyVersionCommandInput,
  type GetPolicyVersionCommandOutput,
  GetRoleCommand,
  type GetRoleCommandInput,
  type GetRoleCommandOutput,
  GetRolePolicyCommand,
  type GetRolePolicyCommandInput,
  type GetRolePolicyCommandOutput,
  ListAttachedRolePoliciesCommand,
  type ListAttachedRolePoliciesCommandInput,
  type ListAttachedRolePoliciesCommandOutput,
  ListRolePoliciesCommand,
  type ListRolePoliciesCommandInput,
  type ListRolePoliciesCommandOutput
} from '@aws-sdk/client-iam'
import { LRUCache } from 'lru-cache'
import { lastSegment } from '../iam/match/arn.js'
import { noopObserver, type Observer } from '../telemetry/observer.js'
import type { ObservedPolicy, Read } from '../verify/read/policy-source.js'
import { failed, type Outcome } from './call.js'
import type { AwsClients } from './clients.js'
import { memoize } from './memoize.js'
import { type Listed, readPages } from './pages.js'
import type { DefineOperation, RequestScope, Scope } from './shared-call.js'

export type IamOperations = ReturnType<typeof iamOperations>

/** The operations of IAM that a verification makes. */
export function iamOperations (define: DefineOperation, clients: AwsClients) {
  return {
    getRole: define<GetRoleCommandInput, GetRoleCommandOutput>('iam', 'GetRole', (place, input, options) =>
      clients.iam(place).send(new GetRoleCommand(input), options)
    ),
    listRolePolicies: define<ListRolePoliciesCommandInput, ListRolePoliciesCommandOutput>(
      'iam',
      'ListRolePolicies',
      (place, input, options) => clients.iam(place).send(new ListRolePoliciesCommand(input), options)
    ),
    getRolePolicy: define<GetRolePolicyCommandInput, GetRolePolicyCommandOutput>(
      'iam',
      'GetRolePolicy',
      (place, input, options) => clients.iam(place).send(new GetRolePolicyCommand(input), options)
    ),
    listAttachedRolePolicies: define<ListAttachedRolePoliciesCommandInput, ListAttachedRolePoliciesCommandOutput>(
      'iam',
      'ListAttachedRolePolicies',
      (place, input, options) => clients.iam(place).send(new ListAttachedRolePoliciesCommand(input), options)
    ),
    getPolicy: define<GetPolicyCommandInput, GetPolicyCommandOutput>('iam', 'GetPolicy', (place, input, options) =>
      clients.iam(place).send(new GetPolicyCommand(input), options)
    ),
    getPolicyVersion: define<GetPolicyVersionCommandInput, GetPolicyVersionCommandOutput>(
      'iam',
      'GetPolicyVersion',
      (place, input, options) => clients.iam(place).send(new GetPolicyVersionCommand(input), options)
    )
  }
}

/** Once as IAM does it; once more where a proxy or an export did it again. */
const MAX_ENCODINGS = 3

/**
 * The JSON text of a policy document as IAM sends it: URL-encoded (RFC 3986, `+` stays `+`). IAM's emulators
 * send some documents plain, so text that already is JSON stays as it is; a document never starts with `%`,
 * so what still does was encoded more than once. What is neither stays as it came: the parser reports
 * the malformed policy.
 */
export function decodePolicyText (text: string): string {
  let decoded = text
  for (let count = 0; count < MAX_ENCODINGS && !isJson(decoded) && (count === 0 || decoded.startsWith('%')); count++) {
    try {
      decoded = decodeURIComponent(decoded)
    } catch {
      return decoded
    }
  }
  return decoded
}

function isJson (text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

export interface PolicyVersion {
  arn: string
  policyId: string | undefined
  versionId: string
}

/** Documents of policy versions, kept across requests: a version never changes and its number is never used again. */
export interface PolicyVersions {
  read(version: PolicyVersion, ask: () => Promise<DocumentRead>): Promise<DocumentRead>
}

const KEPT_VERSIONS = 2_000
const KEPT_CHARACTERS = 10_000_000

/**
 * A policy that is deleted and created again has the ARN and the version of the old one; only its unique id is another.
 */
export function createPolicyVersions (observer: Observer = noopObserver): PolicyVersions {
  const kept = new LRUCache<string, string>({
    max: KEPT_VERSIONS,
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: (document) => document.length + 1
  })
  return {
    async read ({ arn, policyId, versionId }, ask) {
      const key = JSON.stringify([arn, policyId, versionId])
      const known = policyId === undefined ? undefined : kept.get(key)
      if (known !== undefined) {
        observer.awsCallSaved({ kind: 'policyVersion', operation: 'GetPolicyVersion' })
        return { state: 'read', value: known }
      }
      const document = await ask()
      if (document.state === 'read' && policyId !== undefined) kept.set(key, document.value)
      return document
    }
  }
}

/** What GetRole tells of a role. */
export interface RoleItself {
  arn: string
  roleId: string | undefined
  trustPolicy: string | undefined
  tags: Record<string, string>
  boundaryArn: string | undefined
}

/**
 * IAM's reads for one request: each is made once, whatever asks for it (a policy attached to two roles, or attached
 * and a boundary). Roles are requested by the name in their ARN.
 */
export interface IamReads {
  role(roleArn: string): Promise<Outcome<RoleItself>>
  inlinePolicyNames(roleArn: string): Promise<Listed<string>>
  inlinePolicy(roleArn: string, policyName: string): Promise<Read<string>>
  attachedPolicies(roleArn: string): Promise<Listed<AttachedPolicy>>
  managedPolicy(policyArn: string): Promise<Read<ObservedPolicy>>
  /** Begins to read which policies a role has. */
  startLists(roleArn: string): void
  /** No such list is a part of what was read. */
  dropLists(roleArn: string): void
}

export function createIamReader (
  iam: IamOperations,
  versions: PolicyVersions,
  place: RequestScope,
  scope: Scope
): IamReads {
  const lists = listsOfRole(iam, place, scope)
  return {
    ...lists,
    role: memoize((roleArn) => readRoleItself(iam, place, roleArn, scope)),
    startLists: (roleArn) => {
      void lists.inlinePolicyNames(roleArn)
      void lists.attachedPolicies(roleArn)
    },
    dropLists: (roleArn) => {
      const others = scope.cached.filter(({ what, arn }) => arn !== roleArn || what === 'GetRole')
      scope.cached.splice(0, scope.cached.length, ...others)
    },
    async inlinePolicy (roleArn, PolicyName) {
      const outcome = await iam.getRolePolicy(place, roleArn, { RoleName: lastSegment(roleArn), PolicyName }, scope)
      return outcome.ok ? documentOf('GetRolePolicy', outcome.value.PolicyDocument) : failed(outcome)
    },
    managedPolicy: memoize((policyArn) => readManagedPolicy(iam, versions, place, policyArn, scope))
  }
}

/** Which policies a role has. */
function listsOfRole (
  iam: IamOperations,
  place: RequestScope,
  scope: Scope
): Pick<IamReads, 'inlinePolicyNames' | 'attachedPolicies'> {
  return {
    inlinePolicyNames: memoize((roleArn) =>
      readPages(
        'ListRolePolicies',
        (Marker) => iam.listRolePolicies(place, roleArn, { RoleName: lastSegment(roleArn), Marker }, scope),
        ({ PolicyNames, IsTruncated, Marker }) => ({
          items: PolicyNames,
          truncated: IsTruncated === true,
          marker: Marker
        })
      )
    ),
    attachedPolicies: memoize((roleArn) =>
      readPages(
        'ListAttachedRolePolicies',
        (Marker) => iam.listAttachedRolePolicies(place, roleArn, { RoleName: lastSegment(roleArn), Marker }, scope),
        ({ AttachedPolicies, IsTruncated, Marker }) => ({
          items: AttachedPolicies,
          truncated: IsTruncated === true,
          marker: Marker
        })
      )
    )
  }
}

async function readRoleItself (
  iam: IamOperations,
  place: RequestScope,
  roleArn: string,
  scope: Scope
): Promise<Outcome<RoleItself>> {
  const outcome = await iam.getRole(place, roleArn, { RoleName: lastSegment(roleArn) }, scope)
  if (!outcome.ok) return outcome
  const role = outcome.value.Role
  if (role?.Arn === undefined) return { ok: false, ...empty('GetRole'), missing: false }
  const boundaryArn = role.PermissionsBoundary?.PermissionsBoundaryArn
  return {
    ok: true,
    value: {
      arn: role.Arn,
      roleId: role.RoleId,
      trustPolicy: role.AssumeRolePolicyDocument,
      // IAM leaves the list out for a role without tags.
      tags: Object.fromEntries((role.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
      boundaryArn
    }
  }
}

async function readManagedPolicy (
  iam: IamOperations,
  versions: PolicyVersions,
  place: RequestScope,
  PolicyArn: string,
  scope: Scope
): Promise<Read<ObservedPolicy>> {
  const policy = await iam.getPolicy(place, PolicyArn, { PolicyArn }, scope)
  if (!policy.ok) return failed(policy)
  const { DefaultVersionId: VersionId, PolicyId, PolicyName } = policy.value.Policy ?? {}
  if (VersionId === undefined) return empty('GetPolicy')
  const document = await versions.read({ arn: PolicyArn, policyId: PolicyId, versionId: VersionId }, async () => {
    const version = await iam.getPolicyVersion(place, PolicyArn, { PolicyArn, VersionId }, scope)
    return version.ok ? documentOf('GetPolicyVersion', version.value.PolicyVersion?.Document) : failed(version)
  })
  if (document.state !== 'read') return document
  return {
    state: 'read',
    value: { name: PolicyName ?? lastSegment(PolicyArn), arn: PolicyArn, document: document.value }
  }
}

type DocumentRead = Exclude<Read<string>, { state: 'notPresent' | 'notFound' }>

/** A policy's text as a read: IAM has no policy without a document, so an empty answer is a broken one. */
export function documentOf (operation: string, text: string | undefined): DocumentRead {
  return text === undefined || text === '' ? empty(operation) : { state: 'read', value: decodePolicyText(text) }
}

function empty (operation: string): { state: 'notRead'; why: string; cause: 'malformedAnswer' } {
  return { state: 'notRead', why: `${operation} failed: the answer is empty`, cause: 'malformedAnswer' }
}
