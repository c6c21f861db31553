import type { PolicyDocument } from '../../schemas/policy-document.js'
import { ServiceError } from '../errors.js'

/** https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html */
export const MAX_KEY_POLICY_BYTES = 32_768
/** Of a managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const MAX_ROLE_POLICY_CHARACTERS = 6_144

/** KMS counts every byte, white space as well: the text as it is answered. */
export function policyBytes (document: PolicyDocument, indent: number): number {
  return Buffer.byteLength(JSON.stringify(document, undefined, indent))
}

/** IAM does not count white space. */
export function policyCharacters (document: PolicyDocument): number {
  return JSON.stringify(document).replace(/\s/g, '').length
}

/** `pointer`: what the caller can shorten. */
export function refuseLargeKeyPolicy (document: PolicyDocument, indent: number, pointer: string): void {
  const bytes = policyBytes(document, indent)
  if (bytes <= MAX_KEY_POLICY_BYTES) return
  const detail = `the key policy has ${bytes} bytes; KMS takes ${MAX_KEY_POLICY_BYTES}`
  throw new ServiceError('POLICY_TOO_LARGE', detail, [{ pointer, detail }])
}

export function refuseLargeRolePolicy (document: PolicyDocument, pointer: string): void {
  const characters = policyCharacters(document)
  if (characters <= MAX_ROLE_POLICY_CHARACTERS) return
  const detail = `the IAM policy has ${characters} characters without white space; IAM takes ${MAX_ROLE_POLICY_CHARACTERS}`
  throw new ServiceError('POLICY_TOO_LARGE', detail, [{ pointer, detail }])
}
