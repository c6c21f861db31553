import type { Finding } from '../../schemas/verification.js'

export const PERSONALIZE = 'https://docs.aws.amazon.com/personalize/latest/dg'
export const KMS = 'https://docs.aws.amazon.com/kms/latest/developerguide'
export const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide'
export const ORGANIZATIONS = 'https://docs.aws.amazon.com/organizations/latest/userguide'
export const KEY_ACCESS = `${PERSONALIZE}/granting-personalize-key-access.html`
export const CONFUSED_DEPUTY = `${PERSONALIZE}/cross-service-confused-deputy-prevention.html`
export const S3_ENCRYPTION = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html'
export const KMS_ACTIONS =
  'https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html'
export const KEY_STATE = `${KMS}/key-state.html`
export const PRINCIPALS = `${IAM}/reference_policies_elements_principal.html`

/** A kind of finding; `severity` is the default, which the situation may raise or lower. */
export interface FindingKind {
  severity: Finding['severity']
  title: string
  remedy: string
  source: string
}

type Kind = (source: string, title: string, ...remedy: string[]) => FindingKind
const kind =
  (severity: Finding['severity']): Kind =>
    (source, title, ...remedy) => ({ severity, title, remedy: remedy.join(' '), source })
export const [error, warning, note] = [kind('error'), kind('warning'), kind('note')]
