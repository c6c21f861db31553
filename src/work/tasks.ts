import type { PoliciesRequest, PoliciesResponse } from '../../schemas/generation.js'
import type { PolicyDocument } from '../../schemas/policy-document.js'
import type { Usage } from '../../schemas/usage.js'
import type { Report, VerifyDocumentsRequest } from '../../schemas/verification.js'
import { generateKeyPolicy, generatePolicies, generateRolePolicy } from '../policies/generate.js'
import { reportOnObservation, type Observation } from '../verify/observation.js'
import { verifyDocuments } from '../verify/verify-documents.js'

/**
 * The computations that a request may make long: pure functions, from plain data to plain data, so that they can be done by
 * another thread as well.
 */
export const TASKS = {
  generateKeyPolicy: ({ usage, indent }: { usage: Usage, indent: number }): PolicyDocument => generateKeyPolicy(usage, { indent }),
  generateRolePolicy: (usage: Usage): PolicyDocument | null => generateRolePolicy(usage),
  generatePolicies: (request: PoliciesRequest): PoliciesResponse => generatePolicies(request),
  verifyDocuments: (request: VerifyDocumentsRequest): Report => verifyDocuments(request),
  reportOnObservation: (observation: Observation): Report => reportOnObservation(observation)
}

export type Tasks = typeof TASKS
export type TaskName = keyof Tasks
