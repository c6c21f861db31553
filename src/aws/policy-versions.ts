import { LRUCache } from 'lru-cache'
import { nobody, type Observer } from '../observer.js'
import type { Read } from '../verify/policy-source.js'

type DocumentRead = Exclude<Read<string>, { state: 'notPresent' | 'notFound' }>

export interface PolicyVersion { arn: string, policyId: string | undefined, versionId: string }

/** Documents of policy versions, kept across requests: a version never changes and its number is never used again. */
export interface PolicyVersions {
  read (version: PolicyVersion, ask: () => Promise<DocumentRead>): Promise<DocumentRead>
}

const KEPT_VERSIONS = 2_000
const KEPT_CHARACTERS = 10_000_000

/** A policy that is deleted and made anew has the ARN and the version of the old one; only its unique id is another. */
export function createPolicyVersions (observer: Observer = nobody): PolicyVersions {
  const kept = new LRUCache<string, string>({ max: KEPT_VERSIONS, maxSize: KEPT_CHARACTERS, sizeCalculation: (document) => document.length + 1 })
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
