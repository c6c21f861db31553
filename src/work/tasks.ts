import type { PoliciesRequest, PoliciesResponse } from '../../schemas/generation.js'
import type { PolicyDocument } from '../../schemas/policy-document.js'
import type { Usage } from '../../schemas/usage.js'
import type { Report, VerifyDocumentsRequest } from '../../schemas/verification.js'
import type { Pace } from '../pace.js'
import { generateKeyPolicy, generatePolicies, generateRolePolicy } from '../policies/generate.js'
import { reportOnObservation, type Observation } from '../verify/observation.js'
import { verifyDocuments } from '../verify/verify-documents.js'

/**
 * The computations that a request may make long: pure functions, from plain data to plain data, so that they can be done by
 * another thread as well.
 */
export const TASKS = {
  generateKeyPolicy: ({ usage, indent }: { usage: Usage, indent: number }, pace: Pace): PolicyDocument => generateKeyPolicy(usage, { indent }, pace),
  generateRolePolicy: (usage: Usage, pace: Pace): PolicyDocument | null => generateRolePolicy(usage, pace),
  generatePolicies: (request: PoliciesRequest, pace: Pace): PoliciesResponse => generatePolicies(request, pace),
  verifyDocuments: (request: VerifyDocumentsRequest, pace: Pace): Report => verifyDocuments(request, pace),
  reportOnObservation: (observation: Observation, pace: Pace): Report => reportOnObservation(observation, pace)
}

export type Tasks = typeof TASKS
export type TaskName = keyof Tasks
