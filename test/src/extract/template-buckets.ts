import t from 'tap'
import type { Operation } from '../../../schemas/usage.js'
import type { Report } from '../../../schemas/verification.js'
import { extractPlan, plannedDocuments, selectUsage } from '../../../src/extract/extract.js'
import { verifyPlanned } from '../../../src/verify/verify-planned.js'
import { ACCOUNT, rootStatement, serviceStatement, template, trustPolicy } from './plans.js'

const REGION = 'eu-west-1'
const place = { accountId: ACCOUNT, region: REGION }
const READ = ['s3:GetObject', 's3:ListBucket']
const getAtt = { 'Fn::GetAtt': ['Bucket', 'Arn'] }
const OBJECTS = [getAtt, { 'Fn::Sub': '${Bucket.Arn}/*' }]
const allow = { Effect: 'Allow', Principal: { Service: 'personalize.amazonaws.com' }, Action: READ, Resource: OBJECTS }
const deny = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: OBJECTS }
const documentOf = (...statements: unknown[]): object => ({ Version: '2012-10-17', Statement: statements })

const bucket = (properties: object = {}, rest: object = {}): object => ({
  Bucket: { Type: 'AWS::S3::Bucket', Properties: properties, ...rest }
})
const bucketPolicy = (document: unknown, { name = 'BucketPolicy', of = { Ref: 'Bucket' }, ...rest }: { name?: string; of?: unknown; [member: string]: unknown } = {}): object => ({
  [name]: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: of, PolicyDocument: document }, ...rest }
})
const role = {
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: JSON.parse(trustPolicy),
      Policies: [{ PolicyName: 's3', PolicyDocument: documentOf({ Effect: 'Allow', Action: READ, Resource: OBJECTS }) }]
    }
  }
}
const roleOnAll = {
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: JSON.parse(trustPolicy),
      Policies: [{ PolicyName: 's3', PolicyDocument: documentOf({ Effect: 'Allow', Action: READ, Resource: '*' }) }]
    }
  }
}
const roleStatement = { ...serviceStatement, Sid: 'Role', Principal: { AWS: { 'Fn::GetAtt': ['Role', 'Arn'] } } }
const key = (...statements: object[]): object => ({
  Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: documentOf(rootStatement, roleStatement, ...statements) } },
  KeyAlias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/data', TargetKeyId: { Ref: 'Key' } } }
})
const encryption = (algorithm: unknown, keyId?: unknown): object => ({
  BucketEncryption: {
    ServerSideEncryptionConfiguration: [
      { ServerSideEncryptionByDefault: { SSEAlgorithm: algorithm, ...(keyId === undefined ? {} : { KMSMasterKeyID: keyId }) } }
    ]
  }
})
const withRules = (rules: unknown): object => ({ BucketEncryption: { ServerSideEncryptionConfiguration: rules } })
const parameters = {
  Parameters: { Missing: { Type: 'String' } },
  Conditions: { Open: { 'Fn::Equals': [{ Ref: 'Missing' }, 'x'] }, Never: { 'Fn::Equals': ['a', 'b'] } }
}
const NO_VALUE = { Ref: 'AWS::NoValue' }

interface Case {
  name: string
  resources: object
  rest?: object
  verdict: Report['verdict']
  role?: string
  service?: string
  /** The decision for kms:Decrypt of the service principal; `none`: no key is checked. */
  key?: string
  reason?: RegExp
  findings?: string[]
}

const good = { ...bucketPolicy(documentOf(allow)), ...role }

const cases: Case[] = [
  { name: 'all is known, by references between the resources', resources: { ...bucket(), ...good }, verdict: 'pass', role: 'allowed', service: 'allowed', key: 'none', reason: /The name of Bucket is not known yet: not-created-yet-/ },
  { name: 'a bucket with a name', resources: { ...bucket({ BucketName: 'personalize-data' }), ...good }, verdict: 'pass' },
  { name: 'a name that depends on the stack', resources: { ...bucket({ BucketName: { 'Fn::Sub': '${AWS::StackName}-data' } }), ...good }, verdict: 'pass' },
  { name: 'a bucket without a policy', resources: { ...bucket(), ...role }, verdict: 'fail', role: 'allowed', service: 'implicitDeny' },
  { name: 'a policy that denies everything', resources: { ...bucket(), ...bucketPolicy(documentOf(allow, deny)), ...role }, verdict: 'fail', service: 'explicitDeny' },
  { name: 'a Deny under a condition that is not decided', resources: { ...bucket(), ...bucketPolicy(documentOf(allow, { 'Fn::If': ['Open', deny, NO_VALUE] })), ...role }, rest: parameters, verdict: 'indeterminate', role: 'unknown', service: 'unknown', reason: /\/Statement\/1: condition Open: parameter Missing/ },
  { name: 'a Deny under a condition that does not hold', resources: { ...bucket(), ...bucketPolicy(documentOf(allow, { 'Fn::If': ['Never', deny, NO_VALUE] })), ...role }, rest: parameters, verdict: 'pass' },
  { name: 'an Allow under a condition that is not decided', resources: { ...bucket(), ...bucketPolicy(documentOf({ 'Fn::If': ['Open', allow, NO_VALUE] })), ...role }, rest: parameters, verdict: 'indeterminate', role: 'allowed', service: 'unknown' },
  { name: 'a resource of the policy that is imported', resources: { ...bucket(), ...bucketPolicy(documentOf({ ...allow, Resource: { 'Fn::ImportValue': 'arn' } })), ...role }, verdict: 'indeterminate', service: 'unknown', reason: /\/Statement\/0\/Resource: Fn::ImportValue/ },
  { name: 'a policy whose condition is not decided', resources: { ...bucket(), ...bucketPolicy(documentOf(allow), { Condition: 'Open' }), ...role }, rest: parameters, verdict: 'indeterminate', role: 'allowed', service: 'unknown', reason: /BucketPolicy: condition Open/ },
  { name: 'a policy as text whose condition is not decided', resources: { ...bucket(), ...bucketPolicy(JSON.stringify(documentOf({ ...allow, Resource: '*' })), { Condition: 'Open' }), ...role }, rest: parameters, verdict: 'indeterminate', service: 'unknown' },
  { name: 'a policy whose condition does not hold', resources: { ...bucket(), ...bucketPolicy(documentOf(allow), { Condition: 'Never' }), ...role }, rest: parameters, verdict: 'fail', service: 'implicitDeny' },
  { name: 'a policy whose condition does not hold, but an earlier one is retained', resources: { ...bucket(), ...bucketPolicy(documentOf(allow), { Condition: 'Never', DeletionPolicy: 'Retain' }), ...role }, rest: parameters, verdict: 'indeterminate', service: 'unknown', reason: /an earlier one is retained/ },
  { name: 'two policies of which one is created', resources: { ...bucket(), ...bucketPolicy(documentOf(allow), { Condition: 'Open' }), ...bucketPolicy(documentOf(allow), { name: 'Other' }), ...role }, rest: parameters, verdict: 'indeterminate', service: 'unknown', reason: /BucketPolicy and Other both set it for Bucket/ },
  { name: 'a policy of a bucket that is not known', resources: { ...bucket(), ...good, ...bucketPolicy(documentOf(deny), { name: 'Other', of: { Ref: 'Missing' } }) }, rest: parameters, verdict: 'indeterminate', service: 'unknown', reason: /which bucket Other belongs to is not known/ },
  { name: 'a policy of another bucket', resources: { ...bucket(), ...good, ...bucketPolicy(documentOf(deny), { name: 'Other', of: 'another-bucket' }) }, verdict: 'pass' },
  { name: 'a policy by a name that the name of the bucket may be', resources: { ...bucket({ BucketName: { Ref: 'Missing' } }), ...bucketPolicy(documentOf(deny), { of: 'another-bucket' }), ...role }, rest: parameters, verdict: 'indeterminate', service: 'unknown' },
  { name: 'a pattern that may match the name of the bucket', resources: { ...bucket(), ...bucketPolicy(documentOf(allow, { ...deny, Resource: 'arn:aws:s3:::mystack-*' })), ...role }, verdict: 'indeterminate', role: 'unknown', service: 'unknown', reason: /mystack-\* may match a name that AWS decides/ },
  { name: 'a pattern of the objects of another bucket', resources: { ...bucket(), ...bucketPolicy(documentOf(allow, { ...deny, Resource: 'arn:aws:s3:::logs/*' })), ...role }, verdict: 'pass' },
  { name: 'a macro over the whole template', resources: { ...bucket(), ...good }, rest: { Transform: 'OurMacro' }, verdict: 'indeterminate', service: 'unknown', reason: /the transform OurMacro may change it/ },
  { name: 'a macro may add a policy that denies', resources: { ...bucket(), ...role }, rest: { Transform: 'OurMacro' }, verdict: 'indeterminate', service: 'unknown' },
  { name: 'a transform beside the properties of the bucket', resources: { ...bucket({ 'Fn::Transform': { Name: 'AWS::Include' } }), ...good }, verdict: 'indeterminate', reason: /bucketEncryption: Fn::Transform may change/ },

  { name: 'an encryption with the ARN of the key of the template', resources: { ...bucket(encryption('aws:kms', { 'Fn::GetAtt': ['Key', 'Arn'] })), ...good, ...key(serviceStatement) }, verdict: 'pass', key: 'allowed' },
  { name: 'an encryption with the key of the template, which does not allow it', resources: { ...bucket(encryption('aws:kms', { 'Fn::GetAtt': ['Key', 'Arn'] })), ...good, ...key() }, verdict: 'fail', service: 'allowed', key: 'implicitDeny' },
  { name: 'an encryption with the id of the key of the template', resources: { ...bucket(encryption('aws:kms', { Ref: 'Key' })), ...good, ...key() }, verdict: 'fail', key: 'implicitDeny', findings: ['BUCKET_DEFAULT_KEY_NOT_ARN'] },
  { name: 'an encryption with the alias of the key of the template', resources: { ...bucket(encryption('aws:kms', { Ref: 'KeyAlias' })), ...good, ...key() }, verdict: 'fail', key: 'implicitDeny', findings: ['BUCKET_DEFAULT_KEY_NOT_ARN'] },
  { name: 'an encryption with a key that is imported', resources: { ...bucket(encryption('aws:kms', { 'Fn::ImportValue': 'key' })), ...good }, verdict: 'indeterminate', service: 'allowed', reason: /bucketEncryption: Fn::ImportValue/ },
  { name: 'an encryption under a condition that is not decided', resources: { ...bucket({ BucketEncryption: { 'Fn::If': ['Open', { ServerSideEncryptionConfiguration: [] }, NO_VALUE] } }), ...good }, rest: parameters, verdict: 'indeterminate', reason: /bucketEncryption: condition Open/ },
  { name: 'a rule of encryption under a condition that is not decided', resources: { ...bucket(withRules([{ 'Fn::If': ['Open', { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms:dsse' } }, NO_VALUE] }])), ...good }, rest: parameters, verdict: 'indeterminate', reason: /bucketEncryption: condition Open/ },
  { name: 'a default of encryption under a condition that is not decided', resources: { ...bucket(withRules([{ ServerSideEncryptionByDefault: { 'Fn::If': ['Open', { SSEAlgorithm: 'aws:kms' }, NO_VALUE] } }])), ...good }, rest: parameters, verdict: 'indeterminate', reason: /condition Open/ },
  { name: 'one of two rules of encryption', resources: { ...bucket(withRules([{ 'Fn::If': ['Open', {}, { BucketKeyEnabled: true }] }])), ...good }, rest: parameters, verdict: 'indeterminate', reason: /several rules/ },
  { name: 'a Bucket Key that is not known', resources: { ...bucket(withRules([{ BucketKeyEnabled: { Ref: 'Missing' }, ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }])), ...good }, rest: parameters, verdict: 'indeterminate', reason: /parameter Missing/ },
  { name: 'a key policy that allows the name of the bucket by a pattern', resources: { ...bucket(encryption('aws:kms', { 'Fn::GetAtt': ['Key', 'Arn'] })), ...good, ...key({ ...serviceStatement, Condition: { StringLike: { 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::mystack-*' } } }) }, verdict: 'indeterminate', key: 'unknown', reason: /mystack-\* may match a name/ },
  { name: 'object ownership that is not known', resources: { ...bucket({ OwnershipControls: { Rules: [{ ObjectOwnership: { Ref: 'Missing' } }] } }), ...good }, rest: parameters, verdict: 'pass', reason: /objectOwnership: parameter Missing/ },
  { name: 'object ownership and public access block', resources: { ...bucket({ OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] }, PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: 'true' } }), ...good }, verdict: 'pass' },
  { name: 'the policy alone: it is known, the encryption is not', resources: { ...bucketPolicy(documentOf({ ...allow, Resource: '*' }), { name: 'Bucket', of: 'existing-data' }), ...roleOnAll }, verdict: 'indeterminate', role: 'allowed', service: 'allowed', reason: /bucketEncryption: the template has only the policy of bucket existing-data \(Bucket\)/ },
  { name: 'the policy alone, which denies everything', resources: { ...bucketPolicy(documentOf({ ...deny, Resource: '*' }), { name: 'Bucket', of: 'existing-data' }), ...roleOnAll }, verdict: 'fail', service: 'explicitDeny' },
  { name: 'the policy alone, under a condition that is not decided', resources: { ...bucketPolicy(documentOf({ ...allow, Resource: '*' }), { name: 'Bucket', of: 'existing-data', Condition: 'Open' }), ...roleOnAll }, rest: parameters, verdict: 'indeterminate', service: 'unknown', reason: /Bucket: condition Open/ },
  { name: 'the policy alone, beside one whose bucket is not known', resources: { ...bucketPolicy(documentOf({ ...allow, Resource: '*' }), { name: 'Bucket', of: 'existing-data' }), ...bucketPolicy(documentOf(deny), { name: 'Other', of: { Ref: 'Missing' } }), ...roleOnAll }, rest: parameters, verdict: 'indeterminate', service: 'unknown', reason: /which bucket Other belongs to/ },
  { name: 'a bucket that may not be created', resources: { ...bucket({}, { Condition: 'Open' }), ...good }, rest: parameters, verdict: 'pass', reason: /Bucket may not be created: condition Open/ },
  { name: 'a bucket and its policy under the same condition', resources: { ...bucket({}, { Condition: 'Open' }), ...bucketPolicy(documentOf(allow), { Condition: 'Open' }), ...role }, rest: parameters, verdict: 'pass' },
  { name: 'a policy of the role that is retained', resources: { ...bucket(), ...good, RolePolicy: { Type: 'AWS::IAM::Policy', Condition: 'Never', DeletionPolicy: 'Retain', Properties: { PolicyName: 'no', Roles: [{ Ref: 'Role' }], PolicyDocument: documentOf({ Effect: 'Deny', Action: 's3:*', Resource: '*' }) } } }, rest: parameters, verdict: 'indeterminate', role: 'unknown', service: 'allowed' }
]

for (const { name, resources, rest, verdict, role, service, key, reason, findings } of cases)
  t.test(`bucket of a CloudFormation template: ${name}`, async (t) => {
    const plan = extractPlan(template(resources, rest), place)
    const operations = ['datasetImportJob' as const]
    const selected = selectUsage(plan, { locations: [{ uri: 'Bucket=in/' }], operations })
    const report = verifyPlanned(plannedDocuments(plan, { operations, region: REGION, ...selected }))
    const decision = (type: string): string | undefined =>
      report.s3Checks?.find((check) => check.principal.type === type && check.action === 's3:GetObject')?.effective
    const reasons = report.notEvaluated.map(({ what, why }) => `${what}: ${why}`).join('\n')
    t.equal(report.verdict, verdict, `${report.summary.headline}\n${reasons}`)
    if (role !== undefined) t.equal(decision('role'), role, 'the role')
    if (service !== undefined) t.equal(decision('service'), service, 'the service principal')
    const decrypt = report.checks.find((check) => check.principal.type === 'service' && check.action === 'kms:Decrypt')
    if (key !== undefined) t.equal(decrypt?.effective ?? 'none', key, 'the key')
    if (reason !== undefined) t.match(reasons, reason)
    const codes = report.findings.map(({ code }) => code)
    for (const code of findings ?? []) t.ok(codes.includes(code), `${code} in ${codes.join()}`)
  })

t.test('bucket of a CloudFormation template: a bucket whose condition does not hold is not in it', async (t) => {
  const plan = extractPlan(template({ ...bucket({}, { Condition: 'Never' }), ...role }, parameters), place)
  t.throws(() => selectUsage(plan, { locations: [{ uri: 'Bucket' }] }), { name: 'PlanError', message: /contains no bucket Bucket; it contains none/ })
})

t.test('bucket of a CloudFormation template: without a location that of the import job', async (t) => {
  const dataset = (role: unknown, location: unknown): object => ({
    Dataset: { Type: 'AWS::Personalize::Dataset', Properties: { DatasetImportJob: { DataSource: { DataLocation: location }, RoleArn: role } } }
  })
  const location = { 'Fn::Sub': 's3://${Bucket}/in/' }
  const own = { 'Fn::GetAtt': ['Role', 'Arn'] }
  const prefixOf = (job: object, operations: Operation[] = ['datasetImportJob', 'datasetGroup']): string | undefined => {
    const plan = extractPlan(template({ ...bucket(), ...good, ...key(serviceStatement), ...job }), place)
    const [found, other] = selectUsage(plan, { operations }).locations ?? []
    t.equal(other, undefined)
    return found === undefined ? undefined : `${found.uri.replace(/^.*(?=\/in)/, '')} ${found.operations?.join()}`
  }
  t.equal(prefixOf(dataset(own, location)), '/in/ datasetImportJob')
  t.equal(prefixOf(dataset(own, 's3://elsewhere/in/')), '/in/ datasetImportJob', 'a bucket outside of the template')
  t.equal(prefixOf(dataset(own, location), ['datasetGroup']), undefined, 'nothing is imported')
  const both = { ...dataset(own, location), Other: Object(dataset(own, { 'Fn::ImportValue': 'x' })).Dataset, NoJob: { Type: 'AWS::Personalize::Dataset', Properties: {} } }
  const plan = extractPlan(template({ ...bucket(), ...good, ...key(serviceStatement), ...both }), place)
  const usage = { operations: ['datasetImportJob' as const], ...selectUsage(plan, { operations: ['datasetImportJob'] }) }
  const [left, ...more] = verifyPlanned(plannedDocuments(plan, usage)).notEvaluated.filter(({ what }) => what === 's3')
  t.match(left, { why: 'The CloudFormation template contains import jobs from places that were not checked: Other.' })
  t.strictSame(more, [])
  t.equal(prefixOf(dataset(`arn:aws:iam::${ACCOUNT}:role/Other`, location)), undefined, 'another role')
  t.equal(prefixOf(dataset(own, { 'Fn::ImportValue': 'x' })), undefined, 'a location that is not known')
  t.equal(prefixOf(dataset({ 'Fn::ImportValue': 'x' }, location)), undefined, 'a role that is not known')
})
