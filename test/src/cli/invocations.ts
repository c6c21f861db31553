import { readFileSync } from 'node:fs'

/** A call of the command: what a user types, and what has to come out. */
export interface Invocation {
  name: string
  args: readonly string[]
  stdin?: string
  env?: Record<string, string>
  status: number
  /** Parts of standard output, in any order; `[]`: it is empty. */
  stdout?: ReadonlyArray<string | RegExp>
  stderr?: ReadonlyArray<string | RegExp>
  /** Files that are written in the current folder, with parts of each. */
  files?: Record<string, ReadonlyArray<string | RegExp>>
}

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const ROLE = 'arn:aws:iam::111122223333:role/service-role/Personalize'
const USAGE = ['--operations', 'datasetGroup', '--role', ROLE, '--key', KEY]
const GROUP = 'arn:aws:personalize:us-east-1:111122223333:dataset-group/shop'
const BUCKET = 'amzn-s3-demo-bucket'
const ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:CreateGrant', 'kms:ListGrants']
const trust = {
  Statement: {
    Effect: 'Allow',
    Principal: { Service: 'personalize.amazonaws.com' },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } }
  }
}
const statement = (principal: object): object => ({
  Sid: 'S',
  Effect: 'Allow',
  Principal: principal,
  Action: ACTIONS,
  Resource: '*'
})
const service = { Service: 'personalize.amazonaws.com' }

/** A request whose key policy has these statements. */
function request (...statements: object[]): string {
  return JSON.stringify({
    usage: { operations: ['datasetGroup'], roleArns: [ROLE], kmsKeyArns: [KEY] },
    keys: [{ kmsKeyArn: KEY, keyPolicy: { Version: '2012-10-17', Statement: statements } }],
    roles: [
      {
        roleArn: ROLE,
        identityPolicies: [
          {
            name: 'kms',
            document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ACTIONS, Resource: KEY }] }
          }
        ],
        trustPolicy: { Version: '2012-10-17', ...trust }
      }
    ]
  })
}

/** A request about one location, whose bucket has this policy. */
function bucketRequest (policy: object | null): string {
  const read = ['s3:GetObject', 's3:ListBucket']
  const objects = [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`]
  const statements = [{ Effect: 'Allow', Action: read, Resource: objects }]
  return JSON.stringify({
    usage: { operations: ['datasetImportJob'], roleArns: [ROLE], region: 'us-east-1', locations: [{ uri: `s3://${BUCKET}/in/` }] },
    roles: [{ roleArn: ROLE, identityPolicies: [{ name: 's3', document: { Version: '2012-10-17', Statement: statements } }], trustPolicy: { Version: '2012-10-17', ...trust } }],
    buckets: [{ bucket: BUCKET, region: 'us-east-1', policy, encryption: null }]
  })
}

const passes = request(statement(service), statement({ AWS: ROLE }))
const fails = request(statement({ AWS: ROLE }))
const open = request(statement(service), {
  ...statement({ AWS: ROLE }),
  Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } }
})
const PLANS = `${process.cwd()}/test/fixtures/plans`
const PLAN = ['verify-documents', '--operations', 'datasetGroup', '--from']
const TEMPLATE = ['verify-documents', '--from', `${PLANS}/template.yaml`, '--account-id', '111122223333', '--region', 'us-east-1']

/** A client of the Model Context Protocol that requests the tools and leaves. */
const listTools = [
  {
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'client', version: '1' } }
  },
  { method: 'notifications/initialized' },
  { id: 2, method: 'tools/list' }
]
  .map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  .join('')

const version = String(JSON.parse(readFileSync('package.json', 'utf8')).version)

export const invocations: readonly Invocation[] = [
  { name: 'version', args: ['--version'], status: 0, stdout: [`${version}\n`], stderr: [] },
  { name: 'version by its short option', args: ['-V'], status: 0, stdout: [`${version}\n`] },
  { name: 'help: commands and exit statuses', args: ['--help'], status: 0, stdout: ['verify-documents', 'Exit status: 0 pass, 1 fail, 2 indeterminate'], stderr: [] },
  { name: 'help of a command', args: ['help', 'generate'], status: 0, stdout: ['--existing-key-policy'] },
  { name: 'no command: help on standard error', args: [], status: 3, stdout: [], stderr: ['Usage: personalize-kms'] },
  { name: 'unknown command: a suggestion', args: ['verfy'], status: 3, stdout: [], stderr: ['(Did you mean verify?)'] },
  { name: 'unknown option: a suggestion', args: ['generate', '--polcy', 'key'], status: 3, stdout: [], stderr: ['(Did you mean --policy?)'] },
  { name: 'choice that does not exist', args: ['generate', '--policy', 'all-of-them'], status: 3, stderr: ['Allowed choices are key, iam, trust, bucket, all'] },

  { name: 'generate: key policy of options', args: ['generate', ...USAGE, '--policy', 'key'], status: 0, stdout: ['"Sid": "AllowPersonalizeService"', '\n  "Statement"'], stderr: [] },
  { name: 'generate: compact', args: ['generate', ...USAGE, '--policy', 'trust', '--compact'], status: 0, stdout: [/^\{"Version":"2012-10-17",/] },
  { name: 'generate: usage as YAML on standard input', args: ['generate', '-', '--policy', 'iam'], stdin: `operations: [datasetGroup]\nroleArns: ['${ROLE}']\nkmsKeyArns: ['${KEY}']\n`, status: 0, stdout: [KEY] },
  { name: 'generate: several usages', args: ['generate', '-'], stdin: JSON.stringify({ usages: [{ operations: ['datasetGroup'], roleArns: [ROLE], kmsKeyArns: [KEY] }] }), status: 0, stdout: ['"keyPolicies"', '"trustPolicies"'] },
  { name: 'generate: no policy needed', args: ['generate', '--operations', 'datasetImportJob', '--role', ROLE, '--key', KEY, '--policy', 'iam'], status: 0, stdout: [], stderr: ['needs no permissions policy'] },
  { name: 'generate: Terraform', args: ['generate', ...USAGE, '--policy', 'key', '--format', 'terraform'], status: 0, stdout: ['resource "aws_kms_key_policy"'] },
  { name: 'generate: CloudFormation', args: ['generate', ...USAGE, '--format', 'cloudformation'], status: 0, stdout: ['AWSTemplateFormatVersion'] },
  { name: 'generate: CDK', args: ['generate', ...USAGE, '--format', 'cdk'], status: 0, stdout: ['from "aws-cdk-lib"'] },
  { name: 'generate: AWS CLI', args: ['generate', ...USAGE, '--format', 'aws'], status: 0, stdout: ['aws kms put-key-policy'] },
  { name: 'generate: bucket policy', args: ['generate', '--operations', 'datasetImportJob', '--role', ROLE, '--location', 's3://data-bucket/in/', '--policy', 'bucket'], status: 0, stdout: ['arn:aws:s3:::data-bucket'] },
  { name: 'generate: bucket policy as CloudFormation', args: ['generate', '--operations', 'datasetImportJob', '--role', ROLE, '--location', 's3://data-bucket/in/', '--policy', 'bucket', '--format', 'cloudformation'], status: 0, stdout: ['AWS::S3::BucketPolicy'] },
  { name: 'generate: bucket policy without a location', args: ['generate', ...USAGE, '--policy', 'bucket'], status: 3, stdout: [], stderr: ['/locations'] },
  { name: 'generate: file and options together', args: ['generate', '-', ...USAGE], stdin: '{}', status: 3, stdout: [], stderr: ['not both'] },
  { name: 'generate: nothing to generate from', args: ['generate'], status: 3, stdout: [], stderr: ['no usage'] },
  { name: 'generate: a pointer for each fault', args: ['generate', '-'], stdin: '{"operations":["datasetGroup"],"roleArn":[]}', status: 3, stdout: [], stderr: ['INVALID_REQUEST', '/roleArns is required', '/roleArn is not a known member'] },
  { name: 'generate: faults between members', args: ['generate', ...USAGE, '--key', 'alias/data'], status: 3, stdout: [], stderr: ['INCONSISTENT_USAGE', '/kmsKeyArns/1'] },
  { name: 'generate: broken JSON with line and column', args: ['generate', '-'], stdin: '{\n  "operations": [,\n', status: 3, stdout: [], stderr: ['standard input:2:18: not JSON: expected a value'] },
  { name: 'generate: broken YAML with line and column', args: ['generate', '-'], stdin: 'operations:\n  - a\n b: [\n', status: 3, stdout: [], stderr: [/standard input:\d:\d+: not YAML/] },
  { name: 'generate: YAML alias without an anchor', args: ['generate', '-'], stdin: 'operations: *nothing\n', status: 3, stdout: [], stderr: [/^personalize-kms: standard input: .*nothing/] },
  { name: 'generate: YAML aliases that grow without bound', args: ['generate', '-'], stdin: 'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n', status: 3, stdout: [], stderr: [/^personalize-kms: standard input: .*alias/] },
  { name: 'generate: a file without end', args: ['generate', '/dev/zero'], status: 3, stdout: [], stderr: ['/dev/zero is larger than 268435456 bytes'] },
  { name: 'generate: repeated member', args: ['generate', '-'], stdin: '{"operations":["datasetGroup"],"operations":[]}', status: 3, stdout: [], stderr: ['/operations'] },
  { name: 'generate: no such file', args: ['generate', 'missing.json'], status: 3, stdout: [], stderr: ['missing.json cannot be read: there is no such file'] },

  { name: 'explain: a failureReason', args: ['explain', 'Insufficient privileges for accessing data in Amazon S3.'], status: 0, stdout: ['The bucket policy does not allow Amazon Personalize', 'The path is wrong', 'a customer-managed key', 'or run `personalize-kms verify`', '    aws s3 ls s3://<bucket>/<prefix>', /^Amazon Personalize could not access/], stderr: [] },
  { name: 'explain: Markdown', args: ['explain', 'Insufficient privileges for accessing data in Amazon S3.', '--format', 'markdown'], status: 0, stdout: [/^## Amazon Personalize/, 'or run <code>personalize-kms verify</code>'], stderr: [] },
  { name: 'explain: JSON, from standard input', args: ['explain', '-', '--format', 'json'], stdin: 'Invalid S3 input path\n', status: 0, stdout: ['"form": "personalizeInvalidPath"'] },
  { name: 'explain: a record of CloudTrail', args: ['explain', '-', '--format', 'json'], stdin: '{"eventSource":"s3.amazonaws.com","eventName":"GetObject","errorCode":"AccessDenied","errorMessage":"Access Denied"}', status: 0, stdout: ['"action": "s3:GetObject"'] },
  { name: 'explain: an unknown text', args: ['explain', 'Segmentation fault'], status: 2, stdout: ['This text is not known'] },
  { name: 'explain: no text', args: ['explain', ' '], status: 3, stdout: [], stderr: ['there is no text to explain'] },

  { name: 'requirements: table', args: ['requirements', '--operation', 'datasetGroup'], status: 0, stdout: [/^OPERATION +/, 'kms:CreateGrant'] },
  { name: 'requirements: JSON', args: ['requirements', '--format', 'json'], status: 0, stdout: ['"requirements": ['] },
  { name: 'requirements: unknown operation', args: ['requirements', '--operation', 'training'], status: 3, stderr: ['it must be one of datasetGroup'] },

  { name: 'verify-documents: pass', args: ['verify-documents', '-'], stdin: passes, status: 0, stdout: ['✓ Amazon Personalize can use this key (pass)'], stderr: [] },
  { name: 'verify-documents: fail', args: ['verify-documents', '-'], stdin: fails, status: 1, stdout: ['SERVICE_PRINCIPAL_NOT_ALLOWED', 'What to do:', 'To fix it'], stderr: [] },
  { name: 'verify-documents: indeterminate', args: ['verify-documents', '-'], stdin: open, status: 2, stdout: ['aws:SourceVpc'] },
  { name: 'verify-documents: JSON', args: ['verify-documents', '-', '--format', 'json'], stdin: fails, status: 1, stdout: [/^\{\n {2}"verdict": "fail"/] },
  { name: 'verify-documents: Markdown', args: ['verify-documents', '-', '--format', 'markdown'], stdin: fails, status: 1, stdout: [/^<!-- personalize-kms:report -->/] },
  { name: 'verify-documents: HTML', args: ['verify-documents', '-', '--format', 'html'], stdin: fails, status: 1, stdout: [/^<!doctype html>/i] },
  { name: 'verify-documents: forms in files, the table for the log', args: ['verify-documents', '-', '--format', 'sarif=out/report.sarif', '--format', 'junit=report.xml'], stdin: fails, status: 1, stdout: ['(fail)'], stderr: ['Wrote out/report.sarif', 'Wrote report.xml'], files: { 'out/report.sarif': ['"version": "2.1.0"'], 'report.xml': ['<failure'] } },
  { name: 'verify-documents: the file that findings point at', args: ['verify-documents', '-', '--format', 'sarif', '--artifact', 'policies\\key policy.json'], stdin: fails, status: 1, stdout: ['"uri": "policies/key%20policy.json"'] },
  { name: 'verify-documents: two forms for standard output', args: ['verify-documents', '-', '--format', 'json', '--format', 'html'], stdin: fails, status: 3, stdout: [], stderr: ['only one form can go to standard output'] },
  { name: 'verify-documents: form that does not exist', args: ['verify-documents', '-', '--format', 'pdf'], stdin: fails, status: 3, stdout: [], stderr: ['it must be one of table, json'] },
  { name: 'verify-documents: the change as Terraform', args: ['verify-documents', '-', '--remediation-format', 'terraform'], stdin: fails, status: 1, stdout: ['resource "aws_kms_key_policy"'] },
  { name: 'verify-documents: the change in a file', args: ['verify-documents', '-', '--remediation-format', 'aws=fix.sh'], stdin: fails, status: 1, stdout: ['(fail)'], files: { 'fix.sh': ['aws kms put-key-policy'] } },
  { name: 'verify-documents: no change to write', args: ['verify-documents', '-', '--remediation-format', 'aws'], stdin: passes, status: 0, stdout: [], stderr: ['nothing is written'] },
  { name: 'verify-documents: a bucket', args: ['verify-documents', '-', '--format', 'table', '--remediation-format', 'terraform=fix.tf'], stdin: bucketRequest(null), status: 1, stdout: ['cannot use this bucket yet', `s3://${BUCKET}/in/`, 'S3_SERVICE_PRINCIPAL_NOT_ALLOWED', `Bucket policy of ${BUCKET}: adds 1 statement`], files: { 'fix.tf': ['resource "aws_s3_bucket_policy"'] } },
  { name: 'verify-documents: the change of a bucket policy as a script', args: ['verify-documents', '-', '--remediation-format', 'aws'], stdin: bucketRequest(null), status: 1, stdout: ['aws s3api put-bucket-policy', BUCKET] },
  { name: 'verify-documents: the change of a bucket policy as CloudFormation', args: ['verify-documents', '-', '--remediation-format', 'cloudformation'], stdin: bucketRequest(null), status: 1, stdout: ['AWS::S3::BucketPolicy'] },
  { name: 'verify-documents: a bucket as JUnit', args: ['verify-documents', '-', '--format', 'junit'], stdin: bucketRequest(null), status: 1, stdout: [`classname="s3://${BUCKET}/in/"`, '<failure'] },
  { name: 'a parameter that the template does not have', args: [...TEMPLATE, '--parameter', 'Mising=x'], status: 3, stdout: [], stderr: ['no parameter Mising'] },
  { name: 'fail-on never', args: ['verify-documents', '-', '--fail-on', 'never'], stdin: fails, status: 0 },
  { name: 'fail-on indeterminate: skipped cases fail, too', args: ['verify-documents', '-', '--fail-on', 'indeterminate', '--format', 'junit'], stdin: open, status: 1, stdout: ['<failure'] },
  { name: 'fail-on with another word is refused', args: ['verify-documents', '-', '--fail-on', 'never', '--fail-on', 'warnings'], stdin: passes, status: 3, stdout: [], stderr: [/warnings.*one of error, warning, indeterminate, never/] },
  { name: 'fail-on error: as without', args: ['verify-documents', '-', '--fail-on', 'error'], stdin: open, status: 2 },
  { name: 'fail-on warning: a finding of severity warning', args: [...PLAN, `${PLANS}/known.json`, '--fail-on', 'warning'], status: 0 },
  { name: 'verify-documents: a pointer for each fault', args: ['verify-documents', '-'], stdin: '{"usage":{},"keys":[],"roles":[]}', status: 3, stdout: [], stderr: ['/usage/operations is required', '/roles must have at least 1 item'] },
  { name: 'verify-documents: a document is missing', args: ['verify-documents', '-'], stdin: passes.replace('"keys":[{"kmsKeyArn":"arn:aws:kms:us-east-1', '"keys":[{"kmsKeyArn":"arn:aws:kms:us-east-2'), status: 3, stderr: ['INCONSISTENT_USAGE', '/usage/kmsKeyArns/0 has no entry in /keys'] },
  { name: 'colours: none in a pipe', args: ['verify-documents', '-'], stdin: fails, status: 1, stdout: [/^✕/] },
  { name: 'colours: FORCE_COLOR', args: ['verify-documents', '-'], stdin: fails, env: { FORCE_COLOR: '1' }, status: 1, stdout: ['\u001B['] },
  { name: 'colours: NO_COLOR is stronger', args: ['verify-documents', '-'], stdin: fails, env: { FORCE_COLOR: '1', NO_COLOR: '1' }, status: 1, stdout: [/^✕/] },

  { name: 'GitHub: annotations and the summary of the step', args: ['verify-documents', '-', '--artifact', 'infra/a,b.json'], stdin: fails, env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: 'summary.md' }, status: 1, stdout: ['(fail)'], stderr: [/^::error file=infra\/a%2Cb\.json,line=1,title=SERVICE_PRINCIPAL_NOT_ALLOWED%3A /m], files: { 'summary.md': ['<!-- personalize-kms:report -->'] } },
  { name: 'names in policies: no commands of the runner, no control characters', args: ['verify-documents', '-'], stdin: request(statement(service), { ...statement({ AWS: ROLE }), Sid: 'a\u001B[31m\n::error::x ##[add-mask]y', Condition: { StringEquals: { 'aws:SourceVpc': '\n::set-output name=a::b' } } }), env: { GITHUB_ACTIONS: 'true' }, status: 2, stdout: [/^(?![^]*(?!\n)\p{Cc})(?![^]*^\s*::)(?![^]*##\[)/mu], stderr: [/^(?![^]*^::(?!error|warning|notice))/m] },

  { name: 'plan: all is known', args: [...PLAN, `${PLANS}/known.json`], status: 0, stdout: ['aws_kms_key.data is not created yet', 'AllowPersonalizeRole'] },
  { name: 'plan: a key without policy has the default policy of KMS', args: [...PLAN, `${PLANS}/default-key-policy.json`], status: 1, stdout: ['Enable IAM User Permissions', 'SERVICE_PRINCIPAL_NOT_ALLOWED'] },
  { name: 'plan: deferred policy document', args: [...PLAN, `${PLANS}/deferred-document.json`], status: 2, stdout: ['data.aws_iam_policy_document.key.statement[2].principals[0].identifiers is known only after the apply (it refers to aws_iam_role.personalize.arn)', /kms:Decrypt +✓ Allowed +by key policy, statement 2 \(AllowPersonalizeService\)/] },
  { name: 'plan: SARIF points at the plan', args: [...PLAN, `${PLANS}/default-key-policy.json`, '--format', 'sarif'], status: 1, stdout: ['plans/default-key-policy.json"'] },
  { name: 'plan: key by its alias', args: [...PLAN, `${PLANS}/known.json`, '--key', 'alias/personalize', '--role', 'Personalize'], status: 0 },
  { name: 'plan: key that it does not contain', args: [...PLAN, `${PLANS}/known.json`, '--key', 'aws_kms_key.other'], status: 3, stdout: [], stderr: ['contains no key aws_kms_key.other; it contains aws_kms_key.data'] },
  { name: 'plan: key outside of it is not known', args: [...PLAN, `${PLANS}/known.json`, '--key', KEY], status: 2, stdout: ['does not contain the policy of'] },
  { name: 'plan: a bucket by its address', args: ['verify-documents', '--operations', 'datasetImportJob', '--from', `${PLANS}/bucket.json`, '--location', 'aws_s3_bucket.data=in/'], status: 0, stdout: ['s3://personalize-training-data/in/', /s3:GetObject +✓ Allowed +by bucket policy, statement 1 \(AllowPersonalizeService\)/, 'bucketPolicy: /Statement/2/Principal/AWS/0: data.aws_iam_policy_document.bucket.statement[2].principals[0].identifiers is known only after the apply'] },
  { name: 'plan: a bucket by its URI', args: ['verify-documents', '--operations', 'datasetExportJob', '--from', `${PLANS}/bucket.json`, '--location', 's3://personalize-training-data/out/'], status: 1, stdout: ['S3_SERVICE_PRINCIPAL_NOT_ALLOWED'] },
  { name: 'plan: locations of a usage in a file', args: ['verify-documents', '--from', `${PLANS}/bucket.json`, '--usage', '-'], stdin: 'operations: [datasetImportJob]\nlocations: [{ uri: aws_s3_bucket.data=in/, direction: read }]\n', status: 0, stdout: ['s3://personalize-training-data/in/'] },
  { name: 'plan: locations that are none', args: ['verify-documents', '--from', `${PLANS}/bucket.json`, '--usage', '-'], stdin: '{"operations":["datasetImportJob"],"locations":[{"url":"x"}]}', status: 3, stdout: [], stderr: ['/locations/0/uri is required'] },
  { name: 'plan: a bucket that it does not contain', args: ['verify-documents', '--operations', 'datasetImportJob', '--from', `${PLANS}/bucket.json`, '--location', 'aws_s3_bucket.other=in/'], status: 3, stdout: [], stderr: ['contains no bucket aws_s3_bucket.other=in/; it contains aws_s3_bucket.data'] },
  { name: 'plan: a bucket outside of it is not known', args: ['verify-documents', '--operations', 'datasetImportJob', '--from', `${PLANS}/bucket.json`, '--location', 's3://elsewhere/in/'], status: 1, stdout: ['does not contain the bucket elsewhere', 'S3_ROLE_IAM_POLICY_INCOMPLETE'] },
  { name: 'plan: no bucket is named', args: ['verify-documents', '--operations', 'datasetImportJob', '--from', `${PLANS}/bucket.json`], status: 0, stdout: ['contains buckets that no location of the usage names: aws_s3_bucket.data'] },
  { name: 'plan: on standard input', args: [...PLAN, '-'], stdin: readFileSync('test/fixtures/plans/known.json', 'utf8'), status: 0 },
  { name: 'plan: operations are missing', args: ['verify-documents', '--from', `${PLANS}/known.json`], status: 3, stderr: ['Give --operations or --usage'] },
  { name: 'plan: the format is newer', args: [...PLAN, '-'], stdin: '{"format_version":"2.0","resource_changes":[]}', status: 3, stderr: ['must be 0.x or 1.x'] },
  { name: 'plan: the binary plan', args: [...PLAN, '-'], stdin: 'PK\u0003\u0004 tfplan', status: 3, stdout: [] },
  { name: 'plan: neither plan nor template', args: [...PLAN, '-'], stdin: '{"a":1}', status: 3, stderr: ['neither a Terraform plan (terraform show -json PLAN) nor a CloudFormation template'] },

  { name: 'template: dataset group names key and role', args: TEMPLATE, status: 0, stdout: ['parameter AuditRoleArn has no value; give --parameter AuditRoleArn=VALUE', 'DataKey is not created yet'] },
  { name: 'template: parameter', args: [...TEMPLATE, '--parameter', 'AuditRoleArn='], status: 0, stdout: [/^(?![^]*AuditRoleArn)/] },
  { name: 'template: account is missing', args: TEMPLATE.slice(0, 3), status: 3, stdout: [], stderr: ['give --account-id'] },
  { name: 'template: unknown tag with its place', args: [...TEMPLATE.slice(0, 1), '--from', '-', ...TEMPLATE.slice(3)], stdin: 'Resources:\n  A: !Reff B\n', status: 3, stderr: [/standard input:2:\d+: unknown tag !Reff/] },
  { name: 'cdk.out: account and Region of the manifest', args: ['verify-documents', '--operations', 'datasetGroup', '--from', `${PLANS}/cdk.out`], status: 1, stdout: ['arn:aws:kms:eu-west-1:111122223333:key/', 'DataKey5B3A3C8D'] },
  { name: 'cdk.out: a bucket by its logical id', args: ['verify-documents', '--operations', 'datasetImportJob', '--from', `${PLANS}/cdk.out`, '--location', 'DataBucketE3889A50=in/'], status: 1, stdout: ['The name of DataBucketE3889A50 is not known yet', /s3:GetObject +✓ Allowed +by bucket policy, statement 2/] },
  { name: 'cdk.out: stack that it does not have', args: ['verify-documents', '--from', `${PLANS}/cdk.out`, '--stack', 'Other'], status: 3, stderr: ['has no stack Other; it has PersonalizeStack'] },

  { name: 'service: address that is none', args: ['verify', ...USAGE, '--url', 'localhost:3000'], status: 3, stderr: ['http or https URL'] },
  { name: 'service: no token in the clear', args: ['verify', ...USAGE, '--url', 'http://service.example'], env: { PERSONALIZE_KMS_TOKEN: 'secret' }, status: 3, stdout: [], stderr: [/^personalize-kms: PERSONALIZE_KMS_TOKEN is sent over https only/, /^(?![^]*secret)/] },
  { name: 'service: no answer', args: ['verify', ...USAGE, '--url', 'http://127.0.0.1:65535'], status: 3, stdout: [], stderr: ['the service at http://127.0.0.1:65535 does not answer: the connection is refused'] },
  { name: 'verify: no credentials', args: ['verify', ...USAGE], status: 3, stdout: [], stderr: ['AWS_CREDENTIALS_UNAVAILABLE', 'AWS_PROFILE'] },
  { name: 'verify: waiting time', args: ['verify', ...USAGE, '--wait', '121'], status: 3, stdout: [], stderr: ['/waitUpTo must be <= 120'] },
  { name: 'verify: a dataset group, and no credentials', args: ['verify', '--dataset-group', GROUP], status: 3, stdout: [], stderr: ['AWS_CREDENTIALS_UNAVAILABLE'] },
  { name: 'verify: what is no ARN of a dataset group', args: ['verify', '--dataset-group', 'shop', '--newest', '51'], status: 3, stdout: [], stderr: ['/datasetGroupArn', '/newest must be <= 50'] },
  { name: 'verify: a dataset group and a usage', args: ['verify', '--dataset-group', GROUP, ...USAGE], status: 3, stdout: [], stderr: ['give no other usage'] },
  { name: 'verify: a dataset group does not wait', args: ['verify', '--dataset-group', GROUP, '--wait', '10'], status: 3, stdout: [], stderr: ['--wait does not go with --dataset-group'] },
  { name: 'verify: newest without a dataset group', args: ['verify', ...USAGE, '--newest', '5'], status: 3, stdout: [], stderr: ['go with --dataset-group'] },
  { name: 'verify: help of the dataset group', args: ['verify', '--help'], status: 0, stdout: ['--dataset-group <arn>'] },
  { name: 'verify: environment that is not valid', args: ['verify', ...USAGE], env: { AWS_TIMEOUT_MS: 'soon', PORT: 'not read by the command' }, status: 3, stderr: ['AWS_TIMEOUT_MS', /^(?![^]*PORT)/] },
  { name: 'mcp: without a service no live policies are read', args: ['mcp'], stdin: listTools, status: 0, stdout: ['"name":"verify_documents"', /^(?![^]*"verify_live")/], stderr: [] },
  { name: 'mcp: live policies are read by a service', args: ['mcp', '--url', 'http://127.0.0.1:65535'], stdin: listTools, status: 0, stdout: ['"name":"verify_live"'], stderr: [] },
  { name: 'serve: configuration that is not valid', args: ['serve'], env: { PORT: 'x' }, status: 78, stdout: [], stderr: ['PORT'] }
]
