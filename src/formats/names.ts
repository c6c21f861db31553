import type { CheckModel, FindingModel, StatementModel } from './report-model.js'

/** The last part of an ARN or path: what people call the thing by. */
export function lastPart (arn: string): string {
  const afterSlash = arn.slice(arn.lastIndexOf('/') + 1)
  return afterSlash === '' || !arn.includes('/') ? arn.slice(arn.lastIndexOf(':') + 1) || arn : afterSlash
}

/** A number with its noun: `1 error`, `3 errors`. */
export function countOf (count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`
}

const POLICIES: Readonly<Record<string, string>> = {
  keyPolicy: 'key policy',
  bucketPolicy: 'bucket policy',
  identityPolicies: 'IAM policy',
  permissionsBoundary: 'permissions boundary',
  trustPolicy: 'trust policy',
  serviceControlPolicies: 'service control policy',
  resourceControlPolicies: 'resource control policy'
}
/** Layers that are one document, so that its name says nothing. */
const SINGLE = new Set(['keyPolicy', 'bucketPolicy', 'trustPolicy', 'permissionsBoundary'])

/** A statement as one points at it, counted from 1: `key policy, statement 2 (Personalize)`. */
export function statementName ({ policy, name, sid, index }: StatementModel): string {
  if (policy === 'grants') return `grant ${name}`
  const which = SINGLE.has(policy) ? '' : ` ${name}`
  return `${POLICIES[policy] ?? policy}${which}, statement ${index + 1}${sid === undefined ? '' : ` (${sid})`}`
}

export interface LayerName {
  name: string
  letter: string
  words: string
  short: string
  place: string
}

/** The layers of an evaluation in the order of the matrix. `place`: the word for it in `missingFrom`. */
export const LAYERS: readonly LayerName[] = [
  { name: 'keyPolicy', letter: 'K', words: 'key policy', short: 'Key policy', place: 'keyPolicy' },
  { name: 'bucketPolicy', letter: 'P', words: 'bucket policy', short: 'Bucket policy', place: 'bucketPolicy' },
  { name: 'identityPolicies', letter: 'I', words: 'IAM policies', short: 'IAM policies', place: 'iamPolicy' },
  { name: 'permissionsBoundary', letter: 'B', words: 'permissions boundary', short: 'Boundary', place: '' },
  { name: 'grants', letter: 'G', words: 'grants', short: 'Grants', place: '' },
  { name: 'serviceControlPolicies', letter: 'S', words: 'service control policies', short: 'SCPs', place: '' },
  { name: 'resourceControlPolicies', letter: 'R', words: 'resource control policies', short: 'RCPs', place: '' }
]

/** Who a finding is about: the ARN of a role or the service principal; undefined if about a key or a document. */
export function principalOf ({ principal, roleArn, code }: FindingModel): string | undefined {
  if (typeof principal === 'string') return principal
  if (principal !== undefined) return principal.id
  if (roleArn !== undefined) return roleArn
  return code === 'SERVICE_PRINCIPAL_NOT_ALLOWED' ? 'personalize.amazonaws.com' : undefined
}

/** The reason of a finding alone; of a report without `why`, what its sentence says after principal and actions. */
export function reasonOf ({ why, detail }: FindingModel): string {
  if (why !== undefined) return why
  const cut = detail.indexOf('): ')
  const reason = cut === -1 ? detail : detail.slice(cut + 3)
  return reason.charAt(0).toUpperCase() + reason.slice(1)
}

/** What the check is about: the key, or the location. One bucket may hold several, each with decisions of its own. */
export function resourceOf ({ kmsKeyArn, bucket, prefix }: CheckModel): string {
  if (kmsKeyArn !== undefined || bucket === undefined) return kmsKeyArn ?? ''
  return prefix === undefined ? bucket : `s3://${bucket}/${prefix}`
}

/** Links come from the catalogue; anything that is not a page of AWS is no link. */
export function isAwsPage (address: string): boolean {
  return address.startsWith('https://docs.aws.amazon.com/') || address.startsWith('https://repost.aws/')
}
