import { lastPart } from './names.js'
import { putBucketPolicy, putKeyPolicy, putRolePolicy, updateTrustPolicy } from './policies/aws-commands.js'
import { safeFileName } from './policies/resource-names.js'
import type { PolicyChangeModel, RemediationModel } from './report-model.js'

/** One document that the remediation gives, with what a reader needs to apply it. */
export interface DocumentChange {
  title: string
  fileName: string
  change: PolicyChangeModel
  commands: readonly string[]
}

/** Every document of the remediation, with the command that applies it. */
export function documentChanges (remediation: RemediationModel | undefined): DocumentChange[] {
  if (remediation === undefined) return []
  const { keyPolicies, rolePolicies, trustPolicies, bucketPolicies = [] } = remediation
  return [
    ...keyPolicies.map((change) => {
      const key = lastPart(change.kmsKeyArn)
      return documentChange(`Key policy of ${key}`, `key-policy-${key}.json`, change, (file) =>
        putKeyPolicy(change.kmsKeyArn, file)
      )
    }),
    ...rolePolicies.map((change) => {
      const { roleArn, policyName } = change
      const command = (file: string): string => putRolePolicy(roleArn, policyName, file)
      return documentChange(
        `IAM policy ${policyName} of ${lastPart(roleArn)}`,
        `role-policy-${lastPart(roleArn)}.json`,
        change,
        command
      )
    }),
    ...trustPolicies.map((change) => {
      const role = lastPart(change.roleArn)
      return documentChange(`Trust policy of ${role}`, `trust-policy-${role}.json`, change, (file) =>
        updateTrustPolicy(change.roleArn, file)
      )
    }),
    ...bucketPolicies.map((change) =>
      documentChange(`Bucket policy of ${change.bucket}`, `bucket-policy-${change.bucket}.json`, change, (file) =>
        putBucketPolicy(change.bucket, file)
      )
    )
  ]
}

function documentChange (
  title: string,
  name: string,
  change: PolicyChangeModel,
  commandFor: (file: string) => string
): DocumentChange {
  const fileName = safeFileName(name)
  return { title, fileName, change, commands: change.commands ?? [commandFor(fileName)] }
}
