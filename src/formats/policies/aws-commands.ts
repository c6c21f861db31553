import { keyIdOf, regionOf, roleNameOf, shellWord } from './resource-names.js'

/**
 * Commands that read the policy from a file, never from a pipe: what another command prints, such as an error document,
 * would become the policy. https://docs.aws.amazon.com/cli/latest/reference/kms/put-key-policy.html
 */
export function putKeyPolicy (kmsKeyArn: string, file: string): string {
  return `aws kms put-key-policy ${key(kmsKeyArn)} --policy-name default --policy file://${file}`
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

/** Creates a key with this policy and prints its ARN. */
export function createKey (file: string): string {
  return `aws kms create-key --description 'Amazon Personalize' --policy file://${file} --query ` +
    'KeyMetadata.Arn --output text'
}

/** Commands that print the document that AWS has. */
export function getKeyPolicy (kmsKeyArn: string): string {
  return `aws kms get-key-policy ${key(kmsKeyArn)} --policy-name default --query Policy --output text`
}

export function getRolePolicy (roleArn: string, policyName: string): string {
  const name = `--policy-name ${shellWord(policyName)}`
  return `aws iam get-role-policy ${role(roleArn)} ${name} --query PolicyDocument --output json`
}

export function getTrustPolicy (roleArn: string): string {
  return `aws iam get-role ${role(roleArn)} --query Role.AssumeRolePolicyDocument --output json`
}

export function getBucketPolicy (bucket: string): string {
  return `aws s3api get-bucket-policy --bucket ${shellWord(bucket)} --query Policy --output text`
}

const key = (kmsKeyArn: string): string =>
  `--region ${shellWord(regionOf(kmsKeyArn))} --key-id ${shellWord(keyIdOf(kmsKeyArn))}`
const role = (roleArn: string): string => `--role-name ${shellWord(roleNameOf(roleArn))}`
