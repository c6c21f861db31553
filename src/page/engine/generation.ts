import { PoliciesRequest, type PoliciesResponse } from '../../../schemas/generation.js'
import type { PolicyDocument } from '../../../schemas/policy-document.js'
import { Usage } from '../../../schemas/usage.js'
import {
  explainKeyPolicy,
  generateBucketPolicy,
  generateKeyPolicy,
  generatePolicies,
  generateRolePolicy,
  generateTrustPolicy,
  reasons
} from '../../policies/generate.js'
import { answer, type Answer } from './answer.js'

/** What `POST /policies` answers to the body. */
export function policies (body: unknown): Answer<PoliciesResponse> {
  return answer(PoliciesRequest, body, generatePolicies)
}

/** What `POST /policies/key` answers to the body. */
export function keyPolicy (body: unknown): Answer<PolicyDocument> {
  return answer(Usage, body, (usage: Usage) => generateKeyPolicy(usage, { indent: 0 }))
}

/** What `POST /policies/iam` answers to the body; null for 204. */
export function rolePolicy (body: unknown): Answer<PolicyDocument | null> {
  return answer(Usage, body, generateRolePolicy)
}

/** What `POST /policies/bucket` answers to the body. */
export function bucketPolicy (body: unknown): Answer<PolicyDocument> {
  return answer(Usage, body, (usage: Usage) => generateBucketPolicy(usage, { indent: 0 }))
}

/** What `POST /policies/trust` answers to the body. */
export function trustPolicy (body: unknown): Answer<PolicyDocument> {
  return answer(Usage, body, generateTrustPolicy)
}

/** The policies of one usage; without a key, the key policy is the one for a key that is yet to be created. */
export interface WrittenPolicies {
  usage: Usage
  keyPolicies: ReadonlyArray<
    Omit<PoliciesResponse['keyPolicies'][number], 'kmsKeyArn' | 'bytes'> & { kmsKeyArn?: string }
  >
  rolePolicies: PoliciesResponse['rolePolicies']
  trustPolicies: PoliciesResponse['trustPolicies']
  bucketPolicies?: PoliciesResponse['bucketPolicies']
  warnings: PoliciesResponse['warnings']
}

/**
 * The policies of one usage, each statement with its reason. Pointers of faults begin at `/usages/0`, or at the usage.
 */
export function writePolicies (usage: Usage): Answer<WrittenPolicies> {
  const written = policies({ usages: [usage] })
  if ('problem' in written) return written
  if ((usage.kmsKeyArns ?? []).length > 0) return { ...written, body: { ...written.body, usage } }
  return answer(Usage, usage, (usage: Usage) => {
    const { policy, statements } = explainKeyPolicy(usage, { indent: 0 })
    return { ...written.body, usage, keyPolicies: [{ policy, statements: reasons(statements) }] }
  })
}
