/** An AWS account id. */
export const ACCOUNT_ID = /^\d{12}$/

/** The six parts of an ARN. `resource` is all that follows the fifth colon. */
export interface Arn {
  partition: string
  service: string
  region: string
  accountId: string
  resource: string
}

/**
 * Splits an ARN into its six parts; undefined where the text has fewer or does not begin with `arn:`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function parseArn (text: string): Arn | undefined {
  if (!text.startsWith('arn:')) return undefined
  const service = text.indexOf(':', 4)
  const region = service === -1 ? -1 : text.indexOf(':', service + 1)
  const account = region === -1 ? -1 : text.indexOf(':', region + 1)
  const resource = account === -1 ? -1 : text.indexOf(':', account + 1)
  return resource === -1
    ? undefined
    : {
      partition: text.slice(4, service),
      service: text.slice(service + 1, region),
      region: text.slice(region + 1, account),
      accountId: text.slice(account + 1, resource),
      resource: text.slice(resource + 1)
    }
}

/** Whether the text has as many colons as an ARN. */
export function hasSixParts (text: string): boolean {
  let colon = -1
  for (let part = 1; part < 6; part++) {
    colon = text.indexOf(':', colon + 1)
    if (colon === -1) return false
  }
  return true
}

/** The ARN by which a policy names a whole account: its root. */
export function accountRootArn (partition: string, accountId: string): string {
  return `arn:${partition}:iam::${accountId}:root`
}

/** The last path segment: the role's name in `role/service-role/Name`. */
export function lastSegment (resource: string): string {
  return resource.slice(resource.lastIndexOf('/') + 1)
}
