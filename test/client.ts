import { readFile } from 'node:fs/promises'
import { createPolicyClient, type PolicyClient, type Schemas } from 'personalize-kms-policy-service/client'
import t, { type Test } from 'tap'
import { clientTypes } from '../openapi/client-types.js'
import { KEY, listen, ROLE, startApp } from './helper.js'

const usage: Schemas['VerifiableUsage'] = { operations: ['datasetGroup'], roleArns: [ROLE], kmsKeyArns: [KEY] }

/** A client of the real service, over a socket. */
async function connect (t: Test): Promise<PolicyClient> {
  const { app } = await startApp(t)
  return createPolicyClient({ baseUrl: `http://127.0.0.1:${await listen(app)}` })
}

t.test('types of the client: are those of the committed document: npm run openapi', async (t) => {
  const committed = await readFile('client/api.d.ts', 'utf8')
  t.equal(committed, await clientTypes(await readFile('openapi/openapi.json', 'utf8')))
})

t.test('client, usage with a key: gets the key policy', async (t) => {
  const client = await connect(t)
  const { data, error, response } = await client.POST('/policies/key', { body: usage })
  t.equal(response.status, 200)
  t.equal(error, undefined)
  t.same(
    data?.Statement.map(({ Sid }) => Sid),
    ['EnableIAMPolicies', 'AllowPersonalizeService', 'AllowPersonalizeRole']
  )
})

t.test('client, imports alone: has neither data nor error', async (t) => {
  const client = await connect(t)
  const body: Schemas['Usage'] = { ...usage, operations: ['datasetImportJob'] }
  const { data, error, response } = await client.POST('/policies/iam', { body })
  t.equal(response.status, 204)
  t.equal(data, undefined)
  t.equal(error, undefined)
})

t.test('client, body with two errors: the problem has a pointer to each', async (t) => {
  const client = await connect(t)
  const { data, error, response } = await client.POST('/policies/trust', {
    // @ts-expect-error: the types refuse an operation that does not exist
    body: { operations: ['datasetGroups'], roleArns: ['Personalize'] }
  })
  t.equal(response.status, 400)
  t.equal(data, undefined)
  const problem: Schemas['Problem'] | undefined = error
  t.equal(problem?.code, 'INVALID_REQUEST')
  t.same(
    problem?.errors.map(({ pointer }) => pointer),
    ['/operations/0', '/roleArns/0']
  )
})

t.test('client, policies with a gap: the report has its findings, checks and remediation', async (t) => {
  const client = await connect(t)
  const trusted = await client.POST('/policies/trust', { body: usage })
  const keyPolicy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' }]
  }
  const { data } = await client.POST('/verify/documents', {
    body: {
      usage,
      keys: [{ kmsKeyArn: KEY, keyPolicy }],
      roles: [{ roleArn: ROLE, identityPolicies: [], trustPolicy: trusted.data ?? '' }],
      context: { role: { 'aws:SourceVpce': 'vpce-1a2b3c4d' } }
    },
    params: { query: { pretty: false } }
  })
  t.equal(data?.verdict, 'fail')
  const codes = data?.findings.map(({ code }) => code) ?? []
  t.ok(codes.includes('SERVICE_PRINCIPAL_NOT_ALLOWED'))
  const known: Schemas['FindingCode'] = 'SERVICE_PRINCIPAL_NOT_ALLOWED'
  t.ok(codes.includes(known))
  t.equal(data?.remediation?.keyPolicies[0]?.kmsKeyArn, KEY)
  // @ts-expect-error: a misspelled member does not exist
  t.equal(data?.verdit, undefined)
})

t.test('client, documents of a bucket and a record of CloudTrail: the types take them', async (t) => {
  const client = await connect(t)
  const bucketPolicy = { Version: '2012-10-17', Statement: [] }
  const { data } = await client.POST('/verify/documents', {
    body: {
      usage: {
        operations: ['datasetImportJob'],
        roleArns: [ROLE],
        region: 'us-east-1',
        locations: [{ uri: 's3://amzn-s3-demo-bucket/in/' }]
      },
      keys: [],
      roles: [{ roleArn: ROLE, identityPolicies: [] }],
      buckets: [{ bucket: 'amzn-s3-demo-bucket', policy: bucketPolicy, encryption: { Rules: [] } }]
    }
  })
  t.ok(data?.findings.some(({ code }) => code === 'S3_SERVICE_PRINCIPAL_NOT_ALLOWED'))
  const cloudTrailRecord = {
    eventSource: 's3.amazonaws.com',
    eventName: 'GetObject',
    errorCode: 'AccessDenied',
    errorMessage: 'Access Denied'
  }
  const explained = await client.POST('/explain', { body: { cloudTrailRecord } })
  t.equal(explained.data?.said.action, 's3:GetObject')
})

t.test('client, lines of a dataset group: are a stream', async (t) => {
  const client = await connect(t)
  const { data, error } = await client.POST('/verify/dataset-group', {
    body: { datasetGroupArn: 'arn:aws:personalize:us-east-1:111122223333:dataset-group/shop' },
    headers: { accept: 'application/x-ndjson' },
    parseAs: 'stream'
  })
  const stream: ReadableStream<Uint8Array> | null | undefined = data
  const problem: Schemas['Problem'] | undefined = error
  t.ok((stream === undefined) !== (problem === undefined))
})

t.test('client, another form of a report: is text', async (t) => {
  const client = await connect(t)
  const { data, response } = await client.POST('/verify/documents', {
    body: {
      usage,
      keys: [{ kmsKeyArn: KEY, keyPolicy: { Version: '2012-10-17', Statement: [] } }],
      roles: [{ roleArn: ROLE, identityPolicies: [] }]
    },
    headers: { accept: 'text/html' },
    parseAs: 'text'
  })
  t.match(response.headers.get('content-type'), /^text\/html/)
  const html: string | undefined = data
  t.match(html, /^<!doctype html>/i)
})
