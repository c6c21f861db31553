/** The key id of a key ARN, as the `--key-id` of the AWS CLI; the ARN of an alias stays as it is. */
export function keyIdOf (kmsKeyArn: string): string {
  return kmsKeyArn.includes(':key/') ? kmsKeyArn.slice(kmsKeyArn.indexOf(':key/') + 5) : kmsKeyArn
}

/** The name of a role without its path: IAM's calls, Terraform and CloudFormation take the name, not the ARN. */
export function roleNameOf (roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf('/') + 1)
}

/** The Region of an ARN. */
export function regionOf (arn: string): string {
  return arn.split(':')[3] ?? ''
}

/** A word of a POSIX shell: quoted where it holds anything but letters, digits and what no shell treats as special. */
export function shellWord (text: string): string {
  return /^[A-Za-z0-9_/:=.@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** A name is other people's text: in a file name only what every shell and file system takes. */
export function safeFileName (name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[.-]+/, '')
}
