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

/** The account of an ARN. */
export function accountOf (arn: string): string {
  return arn.split(':')[4] ?? ''
}

/** The path of a role, `/` where it has none. */
export function rolePathOf (roleArn: string): string {
  return roleArn.slice(roleArn.indexOf(':role/') + 5, roleArn.lastIndexOf('/') + 1)
}

/** Gives each name once: a name that was given before gets a number. */
export function uniqueNames (): (name: string) => string {
  const given = new Set<string>()
  return (name) => {
    let unique = name
    for (let count = 2; given.has(unique.toLowerCase()); count += 1) unique = `${name}${count}`
    given.add(unique.toLowerCase())
    return unique
  }
}

/** A word of a POSIX shell: quoted where it holds anything but letters, digits and what no shell treats as special. */
export function shellWord (text: string): string {
  return /^[A-Za-z0-9_/:=.@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** A name is other people's text: in a file name only what every shell and file system takes. */
export function safeFileName (name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[.-]+/, '')
}
