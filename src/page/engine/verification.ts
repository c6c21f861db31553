import type { PolicyInput } from '../../../schemas/policy-document.js'
import { type Report, type VerifyDocumentsBody, VerifyDocumentsRequest } from '../../../schemas/verification.js'
import { ERRORS, type FieldError } from '../../errors.js'
import { readPolicyInput } from '../../iam/document/policy-input.js'
import { verifyDocuments } from '../../verify/verify-documents.js'
import { answer, type Answer } from './answer.js'

/** What `POST /verify/documents` answers to the body. */
export function verification (body: unknown): Answer<Report> {
  return answer(VerifyDocumentsRequest, body, verifyDocuments)
}

/**
 * The same for documents that were pasted: a text that cannot be read as a policy is refused, at its place, where it can
 * be corrected. The service reports on it instead, because it may stand so in AWS.
 */
export function pastedVerification (body: VerifyDocumentsBody): Answer<Report> {
  const errors = unreadable(body)
  if (errors.length === 0) return verification(body)
  const { title, status } = ERRORS.INVALID_REQUEST
  return { status, problem: { title, status, detail: 'A policy cannot be read.', code: 'INVALID_REQUEST', errors } }
}

function unreadable ({ keys = [], roles, buckets = [] }: VerifyDocumentsBody): FieldError[] {
  const documents: Array<readonly [string, PolicyInput | null | undefined]> = [
    ...keys.map(({ keyPolicy }, index) => [`/keys/${index}/keyPolicy`, keyPolicy] as const),
    ...roles.flatMap(({ identityPolicies, trustPolicy, permissionsBoundary }, index) => [
      ...identityPolicies.map(
        ({ document }, at) => [`/roles/${index}/identityPolicies/${at}/document`, document] as const
      ),
      [`/roles/${index}/trustPolicy`, trustPolicy] as const,
      [`/roles/${index}/permissionsBoundary`, permissionsBoundary] as const
    ]),
    ...buckets.map(({ policy }, index) => [`/buckets/${index}/policy`, policy] as const)
  ]
  return documents.flatMap(([pointer, document]) => {
    const reading = document === undefined || document === null ? undefined : readPolicyInput(document)
    return reading !== undefined && 'fault' in reading ? [{ pointer, detail: reading.fault }] : []
  })
}
