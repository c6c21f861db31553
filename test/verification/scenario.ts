import type { Report, VerifyDocumentsRequest } from '../../schemas/verification.js'
import { unwrapGrants } from '../../src/verify/read/key-input.js'
import type { ObservedKey, ObservedRole, PolicySource } from '../../src/verify/read/policy-source.js'
import { verify } from '../../src/verify/verify.js'

export const NOW = new Date('2026-11-23T12:00:00.000Z')

export interface Changes {
  key?: Partial<ObservedKey>
  role?: Partial<ObservedRole>
}

/** A live world that holds the documents of a request, but for what is changed. Alias ARNs stand for the first key. */
export function worldOf (
  { keys, roles }: Pick<VerifyDocumentsRequest, 'keys' | 'roles'>,
  changes: Changes = {}
): PolicySource & { reads: string[] } {
  const reads: string[] = []
  return {
    reads,
    readKey: async (requestedArn) => {
      reads.push(requestedArn)
      const key = keys.find(({ kmsKeyArn }) => kmsKeyArn === requestedArn) ?? keys[0]
      if (key === undefined) throw new TypeError('no key')
      const { kmsKeyArn, metadata = {}, keyPolicy, grants = [] } = key
      return {
        requestedArn,
        kmsKeyArn,
        metadata: { state: 'read', value: metadata },
        keyPolicy: { state: 'read', value: keyPolicy },
        grants: { state: 'read', value: unwrapGrants(grants) },
        ...changes.key
      }
    },
    readRole: async (roleArn) => {
      reads.push(roleArn)
      const role = roles.find((entry) => entry.roleArn === roleArn)
      const { identityPolicies = [], trustPolicy, permissionsBoundary } = role ?? {}
      return {
        roleArn,
        role: { state: 'read', value: { arn: roleArn } },
        trustPolicy: { state: 'read', value: trustPolicy },
        identityPolicies: {
          read: identityPolicies.map((policy) => ({ ...policy, kind: 'inline' as const })),
          lost: []
        },
        permissionsBoundary:
          permissionsBoundary === undefined
            ? { state: 'notPresent' }
            : { state: 'read', value: { name: 'permissionsBoundary', document: permissionsBoundary } },
        ...changes.role
      }
    }
  }
}

export const verifyIn = async (
  policySource: PolicySource,
  { usage }: Pick<VerifyDocumentsRequest, 'usage'>
): Promise<Report> => await verify({ usage }, { policySource, now: NOW, signal: new AbortController().signal })
