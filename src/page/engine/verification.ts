import { type Report, VerifyDocumentsRequest } from '../../../schemas/verification.js'
import { verifyDocuments } from '../../verify/verify-documents.js'
import { answer, type Answer } from './answer.js'

/** What `POST /verify/documents` answers to the body. */
export function verification (body: unknown): Answer<Report> {
  return answer(VerifyDocumentsRequest, body, verifyDocuments)
}
