import { readdir, readFile } from 'node:fs/promises'
import type { Location, Operation } from '../../schemas/usage.js'
import type { Report, S3Check, VerifyDocumentsBody } from '../../schemas/verification.js'

/**
 * Situations of buckets with what the report has to say: `test/buckets/*.json`. A case says only what is unlike the
 * usual one: an import from one bucket, of one account, whose role can be assumed.
 */
export interface BucketCase {
  title: string
  /** The page of AWS that the expectation rests on. */
  source: string
  operations?: Operation[]
  locations?: Location[]
  usage?: Partial<VerifyDocumentsBody['usage']>
  /** Statements of the bucket policy; null: there is none; `unread`: not known. */
  bucketPolicy: object[] | null | 'unread'
  bucket?: Partial<NonNullable<VerifyDocumentsBody['buckets']>[number]>
  /** Statements of the role's IAM policy. */
  rolePolicy: object[]
  request?: Partial<VerifyDocumentsBody>
  keys?: VerifyDocumentsBody['keys']
  expect: {
    status?: number
    code?: string
    pointer?: string
    verdict?: Report['verdict']
    verdicts?: Report['verdicts']
    /** By action, and by principal where they differ: `role s3:GetObject`. */
    effective?: Record<string, S3Check['effective']>
    documented?: Record<string, S3Check['documented']>
    /** Of the key: by principal and action. */
    keys?: Record<string, string>
    missingContextValues?: string[]
    findings?: string[]
    findingsNot?: string[]
    why?: string
    notEvaluated?: string
    /** Kinds of policies that remediation changes; the request with them passes. */
    changes?: string[]
    /** The resources of the statements that the changed bucket policy has beside those of before. */
    added?: string[][]
    /** The Sids of the statements that the first finding of these refers to. */
    near?: string[]
    passesAfter?: boolean
    cannotFix?: string[]
    severities?: Record<string, string>
    remedy?: string
    /** By code: what a finding about a Deny, or one about too wide a statement, gives in its place. */
    replacements?: Record<string, object>
    narrower?: object
    /** With every replacement in the bucket policy the request passes. */
    passesWithReplacements?: boolean
  }
}

const ACCOUNT = '111122223333'
const BUCKET = 'amzn-s3-demo-bucket'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/Personalize`
const TRUST = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'personalize.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: {
        StringEquals: { 'aws:SourceAccount': ACCOUNT },
        ArnLike: { 'aws:SourceArn': `arn:aws:personalize:us-east-1:${ACCOUNT}:*` }
      }
    }
  ]
}
const document = (Statement: object[]): Record<string, unknown> => ({ Version: '2012-10-17', Statement })

/** The body of `POST /verify/documents` of a case. */
export function requestOf (each: Omit<BucketCase, 'expect'>): VerifyDocumentsBody {
  const { operations = ['datasetImportJob'], locations = [{ uri: `s3://${BUCKET}/data/` }] } = each
  const role = each.usage?.roleArns?.[0] ?? ROLE
  const trustPolicy = JSON.parse(JSON.stringify(TRUST).replaceAll('arn:aws:', role.slice(0, role.indexOf('iam'))))
  return {
    usage: { operations, roleArns: [role], region: 'us-east-1', locations, ...each.usage },
    ...(each.keys === undefined ? {} : { keys: each.keys }),
    roles: [
      {
        roleArn: role,
        identityPolicies: each.rolePolicy.length === 0 ? [] : [{ name: 'Bucket', document: document(each.rolePolicy) }],
        trustPolicy
      }
    ],
    buckets: [
      {
        bucket: BUCKET,
        region: 'us-east-1',
        encryption: null,
        ...(each.bucketPolicy === 'unread'
          ? {}
          : { policy: each.bucketPolicy === null ? null : document(each.bucketPolicy) }),
        ...each.bucket
      }
    ],
    ...each.request
  }
}

/** The cases of each file, which is named without its extension. */
export async function bucketCases (): Promise<Array<{ file: string; cases: BucketCase[] }>> {
  const folder = new URL('../buckets/', import.meta.url)
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
  return await Promise.all(
    files.map(async (name) => ({
      file: name.replace('.json', ''),
      cases: JSON.parse(await readFile(new URL(name, folder), 'utf8'))
    }))
  )
}
