import { RESOURCE } from '../iam/match/request-context.js'
import type { FindingCode } from './catalogue.js'

/** Headers of a write of which AWS does not document whether Amazon Personalize sends them. */
const ENCRYPTION = /^s3:x-amz-server-side-encryption/
const ACL = /^s3:x-amz-(acl|grant-)/

/** What to do about a Deny that may apply. */
export const EXCLUDE_FROM_DENY = 'Exclude Amazon Personalize and its role from this Deny statement.'

/** The finding for a Deny of a bucket policy that depends on these condition keys, or on none: no value decides it. */
export function openDenyCode (keys: readonly string[]): FindingCode {
  if (keys.length === 0) return 'NOT_DOCUMENTED'
  if (keys.includes(RESOURCE)) return 'PREFIX_NAMES_SIBLINGS'
  const names = keys.map((key) => key.toLowerCase())
  if (names.every((key) => ENCRYPTION.test(key))) return 'ENCRYPTION_HEADER_REQUIRED'
  return names.every((key) => ACL.test(key)) ? 'ACL_HEADER_REQUIRED' : 'ACCESS_DEPENDS_ON_CONDITION'
}
