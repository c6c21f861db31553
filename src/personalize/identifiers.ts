import { ACCOUNT_ID, lastSegment, parseArn } from '../iam/match/arn.js'

/**
 * The name under which Amazon Personalize itself calls KMS. AWS's China pages print it without `.cn`, too.
 * https://docs.aws.amazon.com/personalize/latest/dg/granting-personalize-key-access.html
 */
export const SERVICE_PRINCIPAL = 'personalize.amazonaws.com'

/** The inline policy that a role is given, beside what it has. */
export const ROLE_POLICY_NAME = 'PersonalizeKmsAccess'

/**
 * Where Amazon Personalize exists. The SDK builds endpoints for other Regions and partitions as well,
 * so nothing but this list refuses them. https://docs.aws.amazon.com/general/latest/gr/personalize.html
 */
const REGIONS = {
  aws: [
    'us-east-1',
    'us-east-2',
    'us-west-2',
    'ap-northeast-1',
    'ap-northeast-2',
    'ap-south-1',
    'ap-southeast-1',
    'ap-southeast-2',
    'ca-central-1',
    'eu-west-1',
    'eu-central-1'
  ],
  'aws-cn': ['cn-north-1']
} as const satisfies Record<string, readonly string[]>

export type Partition = keyof typeof REGIONS
export const PARTITIONS: readonly Partition[] = ['aws', 'aws-cn']

export function isPartition (text: string): text is Partition {
  const names: readonly string[] = PARTITIONS
  return names.includes(text)
}

export function personalizeRegions (partition: Partition): readonly string[] {
  return REGIONS[partition]
}

/** The partition that a Region's name belongs to, whether or not Personalize is offered there. */
export function partitionOfRegion (region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

export interface ParsedKeyArn {
  arn: string
  kind: 'key' | 'alias'
  partition: string
  region: string
  accountId: string
}

const KEY_ID = /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
const ALIAS_NAME = /^[A-Za-z0-9/_-]{1,250}$/
const REGION = /^[a-z]{2}(-[a-z]+)+-\d+$/

/**
 * A key ARN or an alias ARN; undefined for anything else, bare ids and names among it. Stricter than
 * the pattern of the Personalize API, which lets every text pass as the id.
 */
export function parseKeyArn (text: string): ParsedKeyArn | undefined {
  const arn = parseArn(text)
  if (arn === undefined || arn.service !== 'kms' || !REGION.test(arn.region) || !ACCOUNT_ID.test(arn.accountId))
    return undefined
  const { partition, region, accountId } = arn
  if (arn.resource.startsWith('key/') && KEY_ID.test(arn.resource.slice(4)))
    return { arn: text, kind: 'key', partition, region, accountId }
  if (arn.resource.startsWith('alias/') && ALIAS_NAME.test(arn.resource.slice(6)))
    return { arn: text, kind: 'alias', partition, region, accountId }
  return undefined
}

/** The right forms, as messages show them. */
export const ROLE_ARN_EXAMPLE = 'arn:aws:iam::111122223333:role/service-role/PersonalizeServiceRole'
export const KEY_ARN_EXAMPLE = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

export interface ParsedRoleArn {
  arn: string
  partition: string
  accountId: string
  /** With its slashes: `/` or `/service-role/`. */
  path: string
  name: string
}

/** Limits of IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const ROLE_NAME = /^[\w+=,.@-]{1,64}$/
const ROLE_PATH = /^[\x21-\x7E]{1,512}$/

export function parseRoleArn (text: string): ParsedRoleArn | undefined {
  const arn = parseArn(text)
  if (arn === undefined || arn.service !== 'iam' || arn.region !== '' || !ACCOUNT_ID.test(arn.accountId))
    return undefined
  if (!arn.resource.startsWith('role/')) return undefined
  const name = lastSegment(arn.resource)
  const path = arn.resource.slice('role'.length, arn.resource.length - name.length)
  if (!ROLE_NAME.test(name) || !ROLE_PATH.test(path)) return undefined
  return { arn: text, partition: arn.partition, accountId: arn.accountId, path, name }
}

/** The longest role ARN that the Personalize API takes (its model's shape RoleArn). */
export const MAX_ROLE_ARN_LENGTH = 256
