import type { PolicyDocument } from '../../schemas/policy-document.js'
import type { Usage } from '../../schemas/usage.js'
import type { PoliciesModel } from '../formats/policies/model.js'
import { generateBucketPolicy, generateKeyPolicy, generateRolePolicy, generateTrustPolicy } from './generate.js'
import {
  bucketPoliciesToDeploy,
  keyPoliciesToDeploy,
  rolePoliciesToDeploy,
  trustPoliciesToDeploy
} from './to-deploy.js'

/** How one kind of policy is made of a usage; null where the usage needs none. */
export interface PolicyGenerator {
  /** As JSON. `indent`: white space counts towards the size of a resource policy. */
  document(usage: Usage, indent: number): PolicyDocument | null
  /** For the forms in which policies are deployed. */
  toDeploy(usage: Usage): PoliciesModel | null
}

export const POLICY_GENERATORS = {
  key: {
    document: (usage, indent) => generateKeyPolicy(usage, { indent }),
    toDeploy: keyPoliciesToDeploy
  },
  iam: { document: (usage) => generateRolePolicy(usage), toDeploy: rolePoliciesToDeploy },
  trust: { document: (usage) => generateTrustPolicy(usage), toDeploy: trustPoliciesToDeploy },
  bucket: {
    document: (usage, indent) => generateBucketPolicy(usage, { indent }),
    toDeploy: bucketPoliciesToDeploy
  }
} satisfies Readonly<Record<string, PolicyGenerator>>
