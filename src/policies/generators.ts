import type { Usage } from '../../schemas/usage.js'
import type { PoliciesModel } from '../formats/policies/model.js'
import { explainBucketPolicy, explainKeyPolicy, generateRolePolicy, generateTrustPolicy } from './generate.js'
import {
  bucketPoliciesToDeploy,
  keyPoliciesToDeploy,
  rolePoliciesToDeploy,
  trustPoliciesToDeploy
} from './to-deploy.js'

/** How one kind of policy is made of a usage; null where the usage needs none. */
export interface PolicyGenerator {
  /** As JSON text. `indent`: white space counts towards the size of a resource policy. */
  text(usage: Usage, indent: number): string | null
  /** For the forms in which policies are deployed. */
  toDeploy(usage: Usage): PoliciesModel | null
}

export const POLICY_GENERATORS = {
  key: {
    text: (usage, indent) => explainKeyPolicy(usage, { indent }).text,
    toDeploy: keyPoliciesToDeploy
  },
  iam: {
    text (usage, indent) {
      const policy = generateRolePolicy(usage)
      return policy === null ? null : JSON.stringify(policy, null, indent)
    },
    toDeploy: rolePoliciesToDeploy
  },
  trust: {
    text: (usage, indent) => JSON.stringify(generateTrustPolicy(usage), null, indent),
    toDeploy: trustPoliciesToDeploy
  },
  bucket: {
    text: (usage, indent) => explainBucketPolicy(usage, { indent }).text,
    toDeploy: bucketPoliciesToDeploy
  }
} satisfies Readonly<Record<string, PolicyGenerator>>
