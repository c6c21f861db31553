import type { IncomingMessage } from 'node:http'

/** JSON 1.1 of KMS, Organizations and Amazon Personalize, query/XML of IAM and STS, REST/XML of S3, as AWS documents their bytes. */
export interface FakeCall {
  service: 'kms' | 'iam' | 'sts' | 'organizations' | 'personalize' | 's3'
  operation: string
  /** The account that `AssumeRole` gave the credentials for; undefined for all other credentials. */
  accountId: string | undefined
  input: Record<string, unknown>
  /** The Region that the request is signed for. */
  region: string
  startedAt: number
  /** When the request says it was signed. */
  signedAt: number
}

export interface Reply {
  status: number
  contentType: string
  body: string
  headers?: Record<string, string>
  end?: 'cutOff' | 'hang' | 'reset' | 'stall' | 'trickle'
  afterMs?: number
  until?: Promise<void>
}

export const jsonReply = (body: unknown, status = 200): Reply => ({
  status,
  contentType: 'application/x-amz-json-1.1',
  body: JSON.stringify(body)
})

const NAMESPACES = {
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/'
}

export const xmlReply = (operation: string, result: string, service: 'iam' | 'sts' = 'iam'): Reply => ({
  status: 200,
  contentType: 'text/xml',
  body:
    `<${operation}Response xmlns="${NAMESPACES[service]}"><${operation}Result>${result}</${operation}Result>` +
    '<ResponseMetadata><RequestId>df37e965-9967-11e1-a4c3-270EXAMPLE</RequestId></ResponseMetadata>' +
    `</${operation}Response>`
})

export const isJson = ({ service }: FakeCall): boolean => service === 'kms' || service === 'organizations' || service === 'personalize'

/** An exception of AWS's in the form of the service that was called. */
export function exceptionReply (call: FakeCall, status: number, code: string): Reply {
  const message = `${code} at http://internal.example/secret-token`
  if (call.service === 's3') return s3Exception(call, status, code, message)
  if (isJson(call)) return jsonReply({ __type: code, message }, status)
  return {
    status,
    contentType: 'text/xml',
    body:
      '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>' +
      `<Type>${status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${code}</Code><Message>${message}</Message></Error>` +
      '<RequestId>df37e965-9967-11e1-a4c3-270EXAMPLE</RequestId></ErrorResponse>'
  }
}

/** S3's errors are bare; those of a HEAD have no body. */
function s3Exception ({ operation }: FakeCall, status: number, code: string, message: string): Reply {
  return {
    status,
    contentType: 'application/xml',
    body: operation === 'HeadObject' ? '' : `<Error>${xml({ Code: code, Message: message, RequestId: 'EXAMPLE' })}</Error>`
  }
}

export function xml (members: Record<string, string | boolean | undefined>): string {
  return Object.entries(members)
    .map(([name, value]) => (value === undefined ? '' : `<${name}>${escape(String(value))}</${name}>`))
    .join('')
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)

/** The access key that the fake's STS gives for an account, so that later calls tell whose they are. */
export const accessKeyOf = (accountId: string): string => `ASIA${accountId}`

/**
 * The call in a request: JSON services name their operation in `X-Amz-Target`, S3 in method and query, the others in
 * the form; all sign for their service.
 */
export function readCall (
  { headers, method = '', url = '' }: Pick<IncomingMessage, 'headers' | 'method' | 'url'>,
  body: string
): FakeCall {
  const [, accessKey = '', region = '', service = ''] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(String(headers.authorization)) ?? []
  const shared = {
    accountId: /^ASIA(\d{12})$/.exec(accessKey)?.[1],
    region,
    startedAt: performance.now(),
    signedAt: signedAt(headers['x-amz-date'])
  }
  const target = headers['x-amz-target']
  if (typeof target === 'string') {
    const input: Record<string, unknown> = JSON.parse(body)
    return {
      ...shared,
      service: service === 'organizations' || service === 'personalize' ? service : 'kms',
      operation: target.slice(target.indexOf('.') + 1),
      input
    }
  }
  if (service === 's3') return { ...shared, service, ...s3Call(method, url, headers) }
  const form = Object.fromEntries(new URLSearchParams(body))
  return { ...shared, service: service === 'iam' ? service : 'sts', operation: form.Action ?? '', input: form }
}

const S3_QUERIES: Record<string, string> = {
  policy: 'GetBucketPolicy',
  encryption: 'GetBucketEncryption',
  ownershipControls: 'GetBucketOwnershipControls',
  publicAccessBlock: 'GetPublicAccessBlock',
  location: 'GetBucketLocation',
  'list-type': 'ListObjectsV2'
}

function s3Call (
  method: string,
  url: string,
  headers: NodeJS.Dict<string | string[]>
): Pick<FakeCall, 'operation' | 'input'> {
  const { pathname, searchParams } = new URL(url, 'http://s3.example')
  const [, Bucket = '', ...key] = pathname.split('/')
  const query = [...searchParams.keys()].find((name) => name in S3_QUERIES) ?? ''
  return {
    operation: method === 'HEAD' ? 'HeadObject' : (S3_QUERIES[query] ?? 'GetObject'),
    input: {
      Bucket,
      Key: key.map(decodeURIComponent).join('/'),
      Prefix: searchParams.get('prefix') ?? '',
      ExpectedBucketOwner: headers['x-amz-expected-bucket-owner']
    }
  }
}

/** `20261123T180000Z` */
function signedAt (date: unknown): number {
  return Date.parse(String(date).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}
