/** Forms of a report, with the extension of a file that holds it. */
export const FORMATS = {
  table: 'txt',
  json: 'json',
  markdown: 'md',
  html: 'html',
  sarif: 'sarif',
  junit: 'xml'
} as const
export type Format = keyof typeof FORMATS

export function isFormat (name: string): name is Format {
  return Object.hasOwn(FORMATS, name)
}

/** Forms of policies, with their media types as the service names them. */
export const POLICY_FORMATS = {
  json: 'application/json',
  terraform: 'application/vnd.terraform+hcl',
  'terraform-json': 'application/vnd.terraform+json',
  cloudformation: 'application/vnd.cloudformation+yaml',
  'cloudformation-json': 'application/vnd.cloudformation+json',
  cdk: 'text/x-cdk-typescript',
  aws: 'text/x-shellscript'
} as const
export type PolicyFormat = keyof typeof POLICY_FORMATS

export function isPolicyFormat (name: string): name is PolicyFormat {
  return Object.hasOwn(POLICY_FORMATS, name)
}

export const POLICY_KINDS = ['key', 'iam', 'trust', 'bucket', 'all'] as const
export type PolicyKind = (typeof POLICY_KINDS)[number]
