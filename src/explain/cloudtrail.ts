import { isObject } from '../json/json.js'
import { type Denial, type DeniedPrincipal, principalOf } from './denial.js'

/** A record of CloudTrail, as `CloudTrailEvent` of `aws cloudtrail lookup-events` or a log file has it. */
export interface CloudTrailFacts {
  /** The text to explain; empty where the record has none. */
  text: string
  /** What the record says beside its text. */
  denial: Denial
  /** The record has no `errorCode`: the call was not refused. */
  isSuccess: boolean
  /** The service that called on behalf of the principal. */
  invokedBy?: string
  /** What the record names beside: the role of the session, with its path, and the resources. */
  mentions: readonly string[]
}

/** Operations of S3 that require an action of another name. */
const S3_ACTIONS: Readonly<Record<string, string>> = {
  HeadObject: 'GetObject',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  HeadBucket: 'ListBucket',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  CompleteMultipartUpload: 'PutObject'
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const member = (value: unknown, ...names: string[]): unknown =>
  names.reduce<unknown>((found, name) => (isObject(found) ? found[name] : undefined), value)

/**
 * The facts of a record.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function readCloudTrail (record: object): CloudTrailFacts {
  const code = text(member(record, 'errorCode'))
  const message = text(member(record, 'errorMessage'))
  const principal = principalIn(record)
  const action = actionIn(record)
  const resource = resourceIn(record)
  const invokedBy = text(member(record, 'userIdentity', 'invokedBy'))
  const issuer = text(member(record, 'userIdentity', 'sessionContext', 'sessionIssuer', 'arn'))
  return {
    text: [code, message].filter((part) => part !== undefined).join(': '),
    denial: {
      ...(principal === undefined ? {} : { principal }),
      ...(action === undefined ? {} : { action }),
      ...(resource === undefined ? {} : { resource })
    },
    isSuccess: code === undefined && message === undefined,
    mentions: [issuer, resource, ...arnsIn(record)].flatMap((mention) => mention ?? []),
    ...(invokedBy === undefined ? {} : { invokedBy })
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
function principalIn (record: object): DeniedPrincipal | undefined {
  const identity = member(record, 'userIdentity')
  const id =
    member(identity, 'type') === 'AWSService' ? text(member(identity, 'invokedBy')) : text(member(identity, 'arn'))
  return id === undefined ? undefined : principalOf(id)
}

function actionIn (record: object): string | undefined {
  const source = text(member(record, 'eventSource'))
  const name = text(member(record, 'eventName'))
  const service = source?.split('.', 1)[0]
  if (service === undefined || name === undefined || !/^[A-Za-z0-9]{1,128}$/.test(name)) return undefined
  return `${service}:${service === 's3' ? (S3_ACTIONS[name] ?? name) : name}`
}

function resourceIn (record: object): string | undefined {
  const parameters = member(record, 'requestParameters')
  const bucket = text(member(parameters, 'bucketName'))
  const key = text(member(parameters, 'key'))
  if (bucket !== undefined) return `arn:aws:s3:::${bucket}${key === undefined ? '' : `/${key}`}`
  return arnsIn(record)[0] ?? text(member(parameters, 'keyId')) ?? text(member(parameters, 'roleArn'))
}

function arnsIn (record: object): string[] {
  const resources = member(record, 'resources')
  return Array.isArray(resources) ? resources.flatMap((resource) => text(member(resource, 'ARN')) ?? []) : []
}
