import { keyIdOf, regionOf, roleNameOf, shellWord } from './resource-names.js'

/**
 * Commands that read the policy from a file, never from a pipe: what another command prints, such as an error document,
 * would become the policy. https://docs.aws.amazon.com/cli/latest/reference/kms/put-key-policy.html
 */
export function putKeyPolicy (kmsKeyArn: string, file: string): string {
  const key = `--region ${shellWord(regionOf(kmsKeyArn))} --key-id ${shellWord(keyIdOf(kmsKeyArn))}`
  return `aws kms put-key-policy ${key} --policy-name default --policy file://${file}`
}

/** https://docs.aws.amazon.com/cli/latest/reference/iam/put-role-policy.html */
export function putRolePolicy (roleArn: string, policyName: string, file: string): string {
  const name = `--policy-name ${shellWord(policyName)}`
  return `aws iam put-role-policy ${role(roleArn)} ${name} --policy-document file://${file}`
}

/** https://docs.aws.amazon.com/cli/latest/reference/iam/update-assume-role-policy.html */
export function updateTrustPolicy (roleArn: string, file: string): string {
  return `aws iam update-assume-role-policy ${role(roleArn)} --policy-document file://${file}`
}

/** https://docs.aws.amazon.com/cli/latest/reference/s3api/put-bucket-policy.html */
export function putBucketPolicy (bucket: string, file: string): string {
  return `aws s3api put-bucket-policy --bucket ${shellWord(bucket)} --policy file://${file}`
}

const role = (roleArn: string): string => `--role-name ${shellWord(roleNameOf(roleArn))}`
