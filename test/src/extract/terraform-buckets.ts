import t from 'tap'
import type { Location, Operation } from '../../../schemas/usage.js'
import type { Report } from '../../../schemas/verification.js'
import { documentsRequest, extractPlan, type Plan, plannedDocuments, selectUsage } from '../../../src/extract/extract.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { verifyPlanned } from '../../../src/verify/verify-planned.js'
import {
  ACCOUNT,
  newKey,
  policy,
  references,
  resource,
  rootStatement,
  serviceRole,
  serviceStatement,
  terraformPlan,
  type TerraformResource
} from './plans.js'

const settings = { accountId: ACCOUNT }
const REGION = 'us-east-1'
const NAME = 'personalize-data'
const OBJECTS = [`arn:aws:s3:::${NAME}`, `arn:aws:s3:::${NAME}/*`]
const READ = ['s3:GetObject', 's3:ListBucket']
const service = { Service: 'personalize.amazonaws.com' }
const allow = { Sid: 'Read', Effect: 'Allow', Principal: service, Action: READ, Resource: OBJECTS }
const deny = { Sid: 'No', Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: OBJECTS }
const complete = policy(allow)

/** A bucket that is created; provider version 4 and later say that its policy and encryption are not known yet. */
const COMPUTED = { arn: true, id: true, policy: true, server_side_encryption_configuration: true }
const bucket = (after: object = {}, rest: Partial<TerraformResource> = {}): TerraformResource =>
  resource('aws_s3_bucket.data', { bucket: NAME, ...after }, { unknown: COMPUTED, expressions: { bucket: {} }, ...rest })
/** One that exists, as the state and a refresh know it. */
const existing = (after: object = {}, rest: Partial<TerraformResource> = {}): TerraformResource =>
  bucket({ arn: OBJECTS[0], id: NAME, policy: '', server_side_encryption_configuration: [], ...after }, {
    actions: ['no-op'],
    unknown: {},
    ...rest
  })
const ofBucket = {
  unknown: { bucket: true },
  expressions: { bucket: references('aws_s3_bucket.data.id', 'aws_s3_bucket.data'), policy: {} }
}
const bucketPolicy = (document: string, rest: Partial<TerraformResource> = {}, name = 'p'): TerraformResource =>
  resource(`aws_s3_bucket_policy.${name}`, { policy: document }, { ...ofBucket, ...rest })
/** A policy resource that is deleted: the bucket loses its policy. */
const deletedPolicy = (rest: Partial<TerraformResource> = {}): TerraformResource =>
  resource('aws_s3_bucket_policy.old', { bucket: NAME, policy: complete }, { actions: ['delete'], ...rest })
const roleOnS3 = resource(
  'aws_iam_role_policy.s3',
  { name: 's3', role: 'Personalize', policy: policy({ Effect: 'Allow', Action: READ, Resource: OBJECTS }) }
)
const role = [serviceRole(), roleOnS3]

const document = (statement: object[], unknown: object = {}): TerraformResource =>
  resource(
    'data.aws_iam_policy_document.bucket',
    { statement, version: null, policy_id: null, source_policy_documents: null, override_policy_documents: null },
    { mode: 'data', actions: ['read'], unknown: { json: true, ...unknown } }
  )
const block = (rest: object = {}): object => ({
  sid: 'Block',
  effect: 'Allow',
  actions: READ,
  resources: OBJECTS,
  principals: [{ type: 'Service', identifiers: ['personalize.amazonaws.com'] }],
  condition: [],
  ...rest
})
/** The policy of a bucket that is not in the plan. */
const policyAlone = (document: string, of = NAME): TerraformResource =>
  bucketPolicy(document, { unknown: {}, after: { bucket: of, policy: document }, expressions: { bucket: {}, policy: {} } })
const deferredPolicy = resource('aws_s3_bucket_policy.p', {}, {
  unknown: { bucket: true, policy: true },
  expressions: {
    ...ofBucket.expressions,
    policy: references('data.aws_iam_policy_document.bucket.json', 'data.aws_iam_policy_document.bucket')
  }
})

/** The rule of an encryption, as the provider has it. */
const rule = (algorithm: string, key?: string | null): object => ({
  apply_server_side_encryption_by_default: [{ sse_algorithm: algorithm, ...(key === undefined ? {} : { kms_master_key_id: key }) }],
  bucket_key_enabled: null
})
const TYPE = 'aws_s3_bucket_server_side_encryption_configuration'
const unknownKey = { apply_server_side_encryption_by_default: [{ kms_master_key_id: true }] }
const keyOf = (...names: string[]): object => ({
  apply_server_side_encryption_by_default: [{ kms_master_key_id: references(...names), sse_algorithm: {} }]
})
const encryption = (rules: object[], rest: Partial<TerraformResource> = {}, name = 'e'): TerraformResource =>
  resource(`${TYPE}.${name}`, { rule: rules }, { ...ofBucket, ...rest })
/** Encrypts with the key of the plan, whose ARN is not known yet. */
const withKey = encryption([rule('aws:kms')], {
  unknown: { bucket: true, rule: [unknownKey] },
  expressions: { bucket: ofBucket.expressions.bucket, rule: [keyOf('aws_kms_key.data.arn', 'aws_kms_key.data')] }
})
const roleStatement = { ...serviceStatement, Sid: 'Role', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/Personalize` } }
const goodKey = newKey(policy(rootStatement, serviceStatement, roleStatement))
const badKey = newKey(policy(rootStatement, roleStatement))
const inModule = { module_address: 'module.a' }

interface Case {
  name: string
  resources: TerraformResource[]
  verdict: Report['verdict']
  /** What is decided for s3:GetObject. */
  role?: string
  service?: string
  /** The decision for kms:Decrypt of the service principal; `none`: no key is checked. */
  key?: string
  reason?: RegExp
  findings?: string[]
  locations?: Location[]
  operations?: Operation[]
}

const cases: Case[] = [
  { name: 'all is known', resources: [bucket(), bucketPolicy(complete), ...role], verdict: 'pass', role: 'allowed', service: 'allowed', key: 'none', reason: /aws_s3_bucket\.data has no encryption in the plan/ },
  { name: 'a bucket without a policy', resources: [bucket(), ...role], verdict: 'fail', role: 'allowed', service: 'implicitDeny' },
  { name: 'the bucket policy names the bucket by its name', resources: [bucket(), bucketPolicy(complete, { unknown: {}, after: { bucket: NAME, policy: complete } }), ...role], verdict: 'pass' },
  { name: 'the bucket policy names the bucket by another resource of it', resources: [bucket(), resource('aws_s3_bucket_versioning.v', {}, ofBucket), bucketPolicy(complete, { expressions: { bucket: references('aws_s3_bucket_versioning.v.bucket', 'aws_s3_bucket_versioning.v') } }), ...role], verdict: 'pass' },
  { name: 'the policy of another bucket', resources: [bucket(), { ...bucket({ bucket: 'other' }), address: 'aws_s3_bucket.other', name: 'other' }, bucketPolicy(complete, { expressions: { bucket: references('aws_s3_bucket.other.id', 'aws_s3_bucket.other') } }), ...role], verdict: 'fail', service: 'implicitDeny' },
  { name: 'a policy that denies everything', resources: [bucket(), bucketPolicy(policy(allow, deny)), ...role], verdict: 'fail', role: 'explicitDeny', service: 'explicitDeny' },
  { name: 'a policy that is not known', resources: [bucket(), bucketPolicy('', { after: {}, unknown: { bucket: true, policy: true }, expressions: { ...ofBucket.expressions, policy: references('local.policy') } }), ...role], verdict: 'indeterminate', role: 'unknown', service: 'unknown', reason: /bucketPolicy: aws_s3_bucket_policy\.p\.policy is known only after the apply \(it refers to local\.policy\)/ },
  { name: 'a policy of which it is not known whose it is', resources: [bucket(), bucketPolicy(complete), bucketPolicy(policy(deny), { expressions: { bucket: references('local.name') } }, 'q'), ...role], verdict: 'indeterminate', service: 'unknown', reason: /which bucket aws_s3_bucket_policy\.q belongs to/ },
  { name: 'two owners of the policy', resources: [bucket(), bucketPolicy(complete), bucketPolicy(complete, {}, 'q'), ...role], verdict: 'indeterminate', role: 'unknown', service: 'unknown', reason: /aws_s3_bucket_policy\.p and aws_s3_bucket_policy\.q both set it/ },
  { name: 'two owners of the policy, of which one is an argument of the bucket', resources: [bucket({ policy: complete }, { unknown: { arn: true }, expressions: { bucket: {}, policy: {} } }), bucketPolicy(complete), ...role], verdict: 'indeterminate', service: 'unknown', reason: /both set it/ },
  { name: 'two owners of the policy, of which one is of Cloud Control', resources: [bucket(), bucketPolicy(complete), resource('awscc_s3_bucket_policy.q', { policy_document: policy(deny) }, ofBucket), ...role], verdict: 'indeterminate', service: 'unknown', reason: /awscc_s3_bucket_policy\.q/ },
  { name: 'the policy as an argument of the bucket', resources: [bucket({ policy: complete }, { unknown: { arn: true }, expressions: { bucket: {}, policy: {} } }), ...role], verdict: 'pass' },
  { name: 'deferred document: statements that are known', resources: [bucket(), deferredPolicy, document([block()]), ...role], verdict: 'pass', service: 'allowed' },
  { name: 'deferred document: unknown resources of an Allow', resources: [bucket(), deferredPolicy, document([block({ resources: null })], { statement: [{ resources: true }] }), ...role], verdict: 'indeterminate', role: 'allowed', service: 'unknown', reason: /statement\[0\]\.resources is known only after/ },
  { name: 'deferred document: unknown resources of a Deny', resources: [bucket(), deferredPolicy, document([block(), block({ effect: 'Deny', actions: ['s3:*'], resources: null, principals: [{ type: '*', identifiers: ['*'] }] })], { statement: [{}, { resources: true }] }), ...role], verdict: 'indeterminate', role: 'unknown', service: 'unknown' },
  { name: 'deferred document: an unknown condition of a Deny', resources: [bucket(), deferredPolicy, document([block(), block({ effect: 'Deny', principals: [{ type: '*', identifiers: ['*'] }], condition: [{ test: 'StringNotEquals', variable: 'aws:SourceVpc' }] })], { statement: [{}, { condition: [{ values: true }] }] }), ...role], verdict: 'indeterminate', role: 'unknown', service: 'unknown', reason: /statement\[1\]\.condition\[0\]\.values/ },
  { name: 'deferred document: a Deny for addresses of AWS, whose principal is not known', resources: [bucket(), deferredPolicy, document([block(), block({ effect: 'Deny', principals: [{ type: 'AWS' }], condition: [{ test: 'IpAddress', variable: 'aws:SourceIp', values: ['52.0.0.0/8'] }] })], { statement: [{}, { principals: [{ identifiers: true }] }] }), ...role], verdict: 'indeterminate', role: 'unknown', service: 'unknown' },
  { name: 'deferred document: an unknown Deny of another action', resources: [bucket(), deferredPolicy, document([block(), block({ effect: 'Deny', actions: ['s3:DeleteBucket'], principals: [{ type: 'AWS' }] })], { statement: [{}, { principals: [{ identifiers: true }] }] }), ...role], verdict: 'pass', service: 'allowed' },
  { name: 'deferred document: others are merged into it', resources: [bucket(), deferredPolicy, { ...document([]), after: { statement: [], source_policy_documents: ['{}'] } }, ...role], verdict: 'indeterminate', service: 'unknown', reason: /merged/ },

  { name: 'an existing bucket whose policy the state knows', resources: [existing({ policy: complete }), ...role], verdict: 'pass', reason: /aws_s3_bucket\.data exists: the keys/ },
  { name: 'an existing bucket without a policy', resources: [existing(), ...role], verdict: 'fail', service: 'implicitDeny' },
  { name: 'an existing bucket of which the provider has not read the policy', resources: [existing({ policy: null }), ...role], verdict: 'indeterminate', service: 'unknown', reason: /does not say which policy it has/ },
  { name: 'a policy that is deleted, still in the state of the bucket', resources: [existing({ policy: complete }), deletedPolicy(), ...role], verdict: 'fail', service: 'implicitDeny' },
  { name: 'a policy that is moved to another bucket, still in the state of the first', resources: [existing({ policy: complete }), bucketPolicy(complete, { actions: ['create'], after: { bucket: 'other', policy: complete }, before: { bucket: NAME, policy: complete }, unknown: {} }), ...role], verdict: 'fail', service: 'implicitDeny' },
  { name: 'a policy that is only removed from the state', resources: [existing({ policy: complete }), deletedPolicy({ actions: ['forget'] }), ...role], verdict: 'indeterminate', service: 'unknown', reason: /is removed from the state/ },
  { name: 'a policy that is moved to another bucket, and left in the first', resources: [existing({ policy: complete }), bucketPolicy(complete, { actions: ['create', 'forget'], after: { bucket: 'other', policy: complete }, before: { bucket: NAME, policy: complete }, unknown: {} }), ...role], verdict: 'indeterminate', service: 'unknown', reason: /is removed from the state/ },
  { name: 'a policy that takes the place of one at another address', resources: [existing({ policy: complete }), deletedPolicy(), bucketPolicy(complete), ...role], verdict: 'indeterminate', service: 'unknown', reason: /aws_s3_bucket_policy\.old is deleted in the apply that creates aws_s3_bucket_policy\.p/ },
  { name: 'a bucket that is deleted', resources: [resource('aws_s3_bucket.data', { bucket: NAME, policy: complete }, { actions: ['delete'] }), ...role], verdict: 'indeterminate', service: 'unknown', reason: /aws_s3_bucket\.data is deleted/ },
  { name: 'a bucket that is replaced by one of another name', resources: [bucket({ bucket: 'other' }, { actions: ['create'], before: { bucket: NAME, policy: complete } }), ...role], locations: [{ uri: `s3://${NAME}/in/` }], verdict: 'indeterminate', service: 'unknown', reason: /aws_s3_bucket\.data is replaced by a bucket with another name/ },
  { name: 'a bucket that is at another address', resources: [existing({ policy: complete }), { ...existing({}, { actions: ['forget'] }), address: 'aws_s3_bucket.old', name: 'old' }, ...role], locations: [{ uri: `s3://${NAME}/in/` }], verdict: 'pass' },
  { name: 'a bucket that is replaced by one of the same name', resources: [bucket({}, { actions: ['create'], before: { bucket: NAME, policy: complete } }), ...role], verdict: 'fail', service: 'implicitDeny' },
  { name: 'without a configuration nothing says that an unknown policy is not set', resources: [bucket({}, inModule), ...role], verdict: 'indeterminate', service: 'unknown' },

  { name: 'an encryption with the key of the plan, which allows it', resources: [bucket(), bucketPolicy(complete), withKey, goodKey, ...role], verdict: 'pass', key: 'allowed' },
  { name: 'an encryption with the key of the plan, which does not allow it', resources: [bucket(), bucketPolicy(complete), withKey, badKey, ...role], verdict: 'fail', service: 'allowed', key: 'implicitDeny' },
  { name: 'an encryption with another of several keys of the plan', resources: [bucket(), bucketPolicy(complete), withKey, goodKey, { ...badKey, address: 'aws_kms_key.other', name: 'other' }, ...role], verdict: 'pass', key: 'allowed' },
  { name: 'an encryption with a key outside of the plan', resources: [bucket(), bucketPolicy(complete), encryption([rule('aws:kms', `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-1111-1111-1111-111111111111`)]), ...role], verdict: 'indeterminate', service: 'allowed', key: 'unknown', reason: /does not contain the policy of arn:aws:kms/ },
  { name: 'an encryption with the alias of a key of the plan', resources: [bucket(), bucketPolicy(complete), encryption([rule('aws:kms', 'alias/data')]), badKey, resource('aws_kms_alias.a', { name: 'alias/data' }, { unknown: { target_key_id: true }, expressions: { target_key_id: references('aws_kms_key.data.key_id', 'aws_kms_key.data') } }), ...role], verdict: 'fail', key: 'implicitDeny', findings: ['BUCKET_DEFAULT_KEY_NOT_ARN'] },
  { name: 'an encryption with a key that is not known', resources: [bucket(), bucketPolicy(complete), encryption([rule('aws:kms')], { unknown: { bucket: true, rule: [unknownKey] }, expressions: { ...ofBucket.expressions, rule: [keyOf('local.key')] } }), ...role], verdict: 'indeterminate', service: 'allowed', reason: /bucketEncryption: .*kms_master_key_id is known only after the apply \(it refers to local\.key\)/ },
  { name: 'an encryption that may be one of two keys', resources: [bucket(), bucketPolicy(complete), { ...withKey, expressions: { ...ofBucket.expressions, rule: [keyOf('aws_kms_key.data.arn', 'aws_kms_key.other.arn')] } }, goodKey, { ...goodKey, address: 'aws_kms_key.other', name: 'other' }, ...role], verdict: 'indeterminate', reason: /kms_master_key_id is known only/ },
  { name: 'an unknown algorithm', resources: [bucket(), bucketPolicy(complete), encryption([{ apply_server_side_encryption_by_default: [{}] }], { unknown: { bucket: true, rule: [{ apply_server_side_encryption_by_default: [{ sse_algorithm: true }] }] } }), ...role], verdict: 'indeterminate', reason: /sse_algorithm is known only/ },
  { name: 'an encryption that is not known', resources: [bucket(), bucketPolicy(complete), encryption([], { after: {}, unknown: { bucket: true, rule: true } }), ...role], verdict: 'indeterminate', reason: /bucketEncryption/ },
  { name: 'an encryption of which it is not known whose it is', resources: [bucket(), bucketPolicy(complete), encryption([rule('aws:kms', 'alias/aws/s3')], { expressions: { bucket: references('local.name') } }), ...role], verdict: 'indeterminate', reason: /which bucket aws_s3_bucket_server_side_encryption_configuration\.e belongs to/ },
  { name: 'two owners of the encryption', resources: [bucket(), bucketPolicy(complete), encryption([rule('AES256')]), encryption([rule('AES256')], {}, 'f'), ...role], verdict: 'indeterminate', reason: /both set it/ },
  { name: 'the encryption as an argument of the bucket', resources: [bucket({ server_side_encryption_configuration: [{ rule: [rule('aws:kms')] }] }, { unknown: { arn: true, policy: true, server_side_encryption_configuration: [{ rule: [unknownKey] }] }, expressions: { bucket: {}, server_side_encryption_configuration: [{ rule: [keyOf('aws_kms_key.data.arn', 'aws_kms_key.data')] }] } }), bucketPolicy(complete), badKey, ...role], verdict: 'fail', key: 'implicitDeny' },
  { name: 'the key aws/s3', resources: [bucket(), bucketPolicy(complete), encryption([rule('aws:kms', null)]), ...role], verdict: 'indeterminate', findings: ['BUCKET_AWS_MANAGED_KEY'] },
  { name: 'an encryption that AWS does not document for Personalize', resources: [bucket(), bucketPolicy(complete), encryption([rule('aws:kms:dsse', 'alias/aws/s3')]), ...role], verdict: 'indeterminate', findings: ['BUCKET_ENCRYPTION_NOT_DOCUMENTED'] },
  { name: 'an encryption that is deleted, still in the state of the bucket', resources: [existing({ policy: complete, server_side_encryption_configuration: [{ rule: [rule('aws:kms:dsse')] }] }), resource(`${TYPE}.e`, { bucket: NAME, rule: [rule('aws:kms:dsse')] }, { actions: ['delete'] }), ...role], verdict: 'pass' },
  { name: 'an encryption of the state', resources: [existing({ policy: complete, server_side_encryption_configuration: [{ rule: [rule('aws:kms:dsse')] }] }), ...role], verdict: 'indeterminate', findings: ['BUCKET_ENCRYPTION_NOT_DOCUMENTED'] },
  { name: 'an existing bucket of which the plan does not say how it is encrypted', resources: [existing({ policy: complete, server_side_encryption_configuration: null }), ...role], verdict: 'indeterminate', reason: /does not say how it is encrypted/ },

  { name: 'object ownership: a job writes to a bucket whose objects belong to their writer', resources: [bucket(), bucketPolicy(policy({ ...allow, Action: ['s3:PutObject', 's3:ListBucket'] })), resource('aws_s3_bucket_ownership_controls.o', { rule: [{ object_ownership: 'ObjectWriter' }] }, ofBucket), serviceRole(), { ...roleOnS3, after: { name: 's3', role: 'Personalize', policy: policy({ Effect: 'Allow', Action: ['s3:PutObject', 's3:ListBucket'], Resource: OBJECTS }) } }], operations: ['datasetExportJob'], verdict: 'pass', findings: ['OBJECT_OWNERSHIP'] },
  { name: 'object ownership that is not known', resources: [bucket(), bucketPolicy(complete), resource('aws_s3_bucket_ownership_controls.o', { rule: [{}] }, { ...ofBucket, unknown: { bucket: true, rule: [{ object_ownership: true }] } }), ...role], verdict: 'pass', reason: /objectOwnership: .*object_ownership is known only/ },
  { name: 'a public access block is no obstacle', resources: [bucket(), bucketPolicy(complete), resource('aws_s3_bucket_public_access_block.b', { block_public_acls: true, block_public_policy: true, ignore_public_acls: true, restrict_public_buckets: true }, ofBucket), ...role], verdict: 'pass' },

  { name: 'a name that AWS makes up: policies with the pattern of the prefix', resources: [bucket({ bucket: null, bucket_prefix: 'data-' }, { unknown: { ...COMPUTED, bucket: true }, expressions: { bucket_prefix: {} } }), bucketPolicy(policy({ ...allow, Resource: ['arn:aws:s3:::data-*', 'arn:aws:s3:::data-*/*'] })), serviceRole(), { ...roleOnS3, after: { name: 's3', role: 'Personalize', policy: policy({ Effect: 'Allow', Action: READ, Resource: '*' }) } }], verdict: 'pass', role: 'allowed', service: 'allowed', reason: /The name of aws_s3_bucket\.data is not known yet: data-not-created-yet-/ },
  { name: 'a name that AWS makes up: a pattern that may match it', resources: [bucket({ bucket: null, bucket_prefix: 'data-' }, { unknown: { ...COMPUTED, bucket: true }, expressions: { bucket_prefix: {} } }), bucketPolicy(policy({ ...allow, Resource: '*' }, { ...deny, Resource: 'arn:aws:s3:::data-2*' })), serviceRole(), { ...roleOnS3, after: { name: 's3', role: 'Personalize', policy: policy({ Effect: 'Allow', Action: READ, Resource: '*' }) } }], verdict: 'indeterminate', role: 'unknown', service: 'unknown', reason: /data-2\* may match a name that AWS decides/ },
  { name: 'a name that AWS makes up: a pattern that matches what stands for it', resources: [bucket({ bucket: null, bucket_prefix: 'data-' }, { unknown: { ...COMPUTED, bucket: true }, expressions: { bucket_prefix: {} } }), bucketPolicy(policy({ ...allow, Resource: ['arn:aws:s3:::data-not*', 'arn:aws:s3:::data-not*/*'] })), serviceRole(), { ...roleOnS3, after: { name: 's3', role: 'Personalize', policy: policy({ Effect: 'Allow', Action: READ, Resource: '*' }) } }], verdict: 'indeterminate', service: 'unknown' },
  { name: 'a name that AWS makes up: objects of other buckets', resources: [bucket({ bucket: null, bucket_prefix: 'data-' }, { unknown: { ...COMPUTED, bucket: true }, expressions: { bucket_prefix: {} } }), bucketPolicy(policy({ ...allow, Resource: '*' }, { ...deny, Resource: 'arn:aws:s3:::logs/*' })), serviceRole(), { ...roleOnS3, after: { name: 's3', role: 'Personalize', policy: policy({ Effect: 'Allow', Action: READ, Resource: '*' }) } }], verdict: 'pass' },
  { name: 'a name of values that are not known: a policy by name may be its', resources: [bucket({ bucket: null }, { unknown: { ...COMPUTED, bucket: true }, expressions: { bucket: references('local.name') } }), bucketPolicy(policy(deny), { unknown: {}, after: { bucket: 'some-name', policy: policy(deny) } }), ...role], verdict: 'indeterminate', service: 'unknown', reason: /which bucket aws_s3_bucket_policy\.p belongs to/ },

  { name: 'a location by the URI of the bucket', resources: [bucket(), bucketPolicy(complete), ...role], locations: [{ uri: `s3://${NAME}/in/` }], verdict: 'pass' },
  { name: 'a location by the name of the bucket', resources: [bucket(), bucketPolicy(complete), ...role], locations: [{ uri: `${NAME}=in/` }], verdict: 'pass' },
  { name: 'a location of which the policy allows another folder alone', resources: [bucket(), bucketPolicy(policy({ ...allow, Resource: [OBJECTS[0], `${OBJECTS[0]}/out/*`] })), ...role], verdict: 'fail', service: 'implicitDeny' },
  { name: 'a location in the plan and one that is not', resources: [bucket(), bucketPolicy(complete), ...role], locations: [{ uri: 'aws_s3_bucket.data=in/' }, { uri: 's3://elsewhere/in/' }], verdict: 'fail', reason: /does not contain the bucket elsewhere/ },
  { name: 'a location that is not in the plan, with a key that allows all: the IAM policy of the role lacks it', resources: [bucket(), goodKey, ...role], locations: [{ uri: 's3://elsewhere/in/' }], verdict: 'fail', role: 'unknown', service: 'unknown', reason: /does not contain the bucket elsewhere/ },
  { name: 'a location that is not in the plan, with a key and a role that allow all', resources: [bucket(), goodKey, serviceRole(), { ...roleOnS3, after: { ...roleOnS3.after, policy: policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }) } }], locations: [{ uri: 's3://elsewhere/in/' }], verdict: 'indeterminate', service: 'unknown' },
  { name: 'the policy alone: it is known, the encryption is not', resources: [policyAlone(complete), ...role], locations: [{ uri: `s3://${NAME}/in/` }], verdict: 'indeterminate', role: 'allowed', service: 'allowed', reason: /bucketEncryption: the plan has only the policy of bucket personalize-data \(aws_s3_bucket_policy\.p\)/ },
  { name: 'the policy alone, by its address', resources: [policyAlone(policy(deny)), ...role], locations: [{ uri: 'aws_s3_bucket_policy.p=in/' }], verdict: 'fail', role: 'explicitDeny', service: 'explicitDeny' },
  { name: 'the policy alone, which does not name the service', resources: [policyAlone(policy({ ...allow, Principal: { AWS: ACCOUNT } })), ...role], locations: [{ uri: `s3://${NAME}/in/` }], verdict: 'fail', service: 'implicitDeny' },
  { name: 'the policy and the encryption of a bucket that is not in the plan', resources: [policyAlone(complete), encryption([rule('AES256')], { unknown: {}, after: { bucket: NAME, rule: [rule('AES256')] } }), ...role], locations: [{ uri: `s3://${NAME}/in/` }], verdict: 'pass', service: 'allowed' },
  { name: 'the policy alone, beside one whose bucket is not known', resources: [policyAlone(complete), bucketPolicy(policy(deny), { expressions: { bucket: references('local.name') } }, 'q'), ...role], locations: [{ uri: `s3://${NAME}/in/` }], verdict: 'indeterminate', service: 'unknown', reason: /which bucket aws_s3_bucket_policy\.q belongs to/ },
  { name: 'two policies of a bucket that is not in the plan', resources: [policyAlone(complete), { ...policyAlone(policy(deny)), address: 'aws_s3_bucket_policy.q', name: 'q' }, ...role], locations: [{ uri: `s3://${NAME}/in/` }], verdict: 'indeterminate', service: 'unknown', reason: /both set it/ },
  { name: 'no location: a bucket with its policy alone stands back', resources: [bucket(), bucketPolicy(complete), { ...policyAlone(policy(deny), 'other'), address: 'aws_s3_bucket_policy.q', name: 'q' }, ...role], locations: [], verdict: 'pass', service: 'allowed' },
  { name: 'no location: the only bucket of a plan without keys', resources: [bucket(), bucketPolicy(complete), ...role], locations: [], verdict: 'pass', service: 'allowed' },
  { name: 'Cloud Control: bucket and policy', resources: [resource('awscc_s3_bucket.data', { bucket_name: NAME, bucket_encryption: { server_side_encryption_configuration: [{ bucket_key_enabled: true, server_side_encryption_by_default: { sse_algorithm: 'aws:kms' } }] }, ownership_controls: { rules: [{ object_ownership: 'BucketOwnerEnforced' }] } }, { unknown: { arn: true, bucket_encryption: { server_side_encryption_configuration: [{ server_side_encryption_by_default: { kms_master_key_id: true } }] } }, expressions: { bucket_name: {}, bucket_encryption: references('aws_kms_key.data.arn', 'aws_kms_key.data') } }), resource('awscc_s3_bucket_policy.p', { policy_document: complete, bucket: NAME }, { expressions: { bucket: {} } }), badKey, ...role], locations: [{ uri: 'awscc_s3_bucket.data=in/' }], verdict: 'fail', service: 'allowed', key: 'implicitDeny' }
]

function extract (resources: readonly TerraformResource[]): Plan {
  return extractPlan(terraformPlan(resources), settings)
}

function report (plan: Plan, { locations = [{ uri: 'aws_s3_bucket.data=in/' }], operations = ['datasetImportJob'] }: Partial<Case> = {}): Report {
  return verifyPlanned(plannedDocuments(plan, { operations, region: REGION, ...selectUsage(plan, { locations, operations }) }))
}

const reasons = ({ notEvaluated }: Report): string => notEvaluated.map(({ what, why }) => `${what}: ${why}`).join('\n')

for (const { name, resources, verdict, role, service, key, reason, findings, ...selection } of cases)
  t.test(`bucket of a Terraform plan: ${name}`, async (t) => {
    const found = report(extract(resources), selection)
    const decision = (type: string): string | undefined =>
      found.s3Checks?.find((check) => check.principal.type === type && check.action === 's3:GetObject')?.effective
    t.equal(found.verdict, verdict, `${found.summary.headline}\n${reasons(found)}`)
    if (role !== undefined) t.equal(decision('role'), role, 'the role')
    if (service !== undefined) t.equal(decision('service'), service, 'the service principal')
    const decrypt = found.checks.find((check) => check.principal.type === 'service' && check.action === 'kms:Decrypt')
    if (key !== undefined) t.equal(decrypt?.effective ?? 'none', key, 'the key')
    if (reason !== undefined) t.match(reasons(found), reason)
    const codes = found.findings.map(({ code }) => code)
    for (const code of findings ?? []) t.ok(codes.includes(code), `${code} in ${codes.join()}`)
  })

t.test('bucket of a Terraform plan: what is complete is the same request as for the service', async (t) => {
  const operations: Operation[] = ['datasetImportJob']
  const plan = extract([
    bucket(),
    bucketPolicy(complete),
    withKey,
    goodKey,
    resource('aws_s3_bucket_ownership_controls.o', { rule: [{ object_ownership: 'BucketOwnerEnforced' }] }, ofBucket),
    resource('aws_s3_bucket_public_access_block.b', { block_public_acls: true, restrict_public_buckets: true }, ofBucket),
    ...role
  ])
  const selected = selectUsage(plan, { locations: [{ uri: 'aws_s3_bucket.data=in/' }], operations })
  const documents = plannedDocuments(plan, { operations, region: REGION, ...selected })
  const request = documentsRequest(documents)
  if (request === undefined) throw new Error('the request is not complete')
  t.strictSame(request.buckets?.map(({ bucket, region, ownershipControls, publicAccessBlock }) => [bucket, region, ownershipControls, publicAccessBlock]), [
    [
      NAME,
      REGION,
      { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      { BlockPublicAcls: true, IgnorePublicAcls: false, BlockPublicPolicy: false, RestrictPublicBuckets: true }
    ]
  ])
  const [ofService, ofPlan] = [verifyDocuments(request), verifyPlanned(documents)]
  t.strictSame([ofService.checks, ofService.s3Checks], [ofPlan.checks, ofPlan.s3Checks])
  t.equal(ofPlan.verdict, 'pass')
})

t.test('bucket of a Terraform plan: what is not known yet cannot be a request', async (t) => {
  const operations: Operation[] = ['datasetImportJob']
  const unknownEncryption = encryption([], { after: {}, unknown: { bucket: true, rule: true } })
  const alias = encryption([rule('aws:kms', 'alias/data')])
  const aliasOfKey = resource('aws_kms_alias.a', { name: 'alias/data' }, { unknown: { target_key_id: true }, expressions: { target_key_id: references('aws_kms_key.data.key_id') } })
  for (const resources of [
    [bucket(), deferredPolicy, document([block({ resources: null })], { statement: [{ resources: true }] })],
    [bucket(), bucketPolicy(complete), unknownEncryption],
    [bucket(), bucketPolicy(complete), alias, aliasOfKey, goodKey, { ...goodKey, address: 'aws_kms_key.other', name: 'other' }]
  ]) {
    const plan = extract([...resources, ...role])
    const selected = selectUsage(plan, { locations: [{ uri: 'aws_s3_bucket.data' }], operations })
    t.equal(documentsRequest(plannedDocuments(plan, { operations, ...selected })), undefined)
  }
})

t.test('bucket of a Terraform plan: instances, each with its own policy', async (t) => {
  const instance = (address: string, index: string, rest: TerraformResource): TerraformResource => ({ ...rest, address: `${address}["${index}"]`, index })
  const each = (...names: string[]): TerraformResource[] =>
    ['a=b', 'c'].flatMap((index) => [
      instance('aws_s3_bucket.data', index, bucket({ bucket: `${NAME}-${index.length}` })),
      instance('aws_s3_bucket_policy.p', index, bucketPolicy(policy({ ...allow, Resource: '*', Action: index === 'c' ? 's3:*' : 's3:ListBucket' }), { expressions: { bucket: references('aws_s3_bucket.data', ...names) } }))
    ])
  const roleOnAll = { ...roleOnS3, after: { name: 's3', role: 'Personalize', policy: policy({ Effect: 'Allow', Action: READ, Resource: '*' }) } }
  const plan = extract([...each('each.key'), serviceRole(), roleOnAll])
  t.equal(report(plan, { locations: [{ uri: 'aws_s3_bucket.data["c"]=in/' }] }).verdict, 'pass')
  t.equal(report(plan, { locations: [{ uri: 'aws_s3_bucket.data["a=b"]=in/' }] }).verdict, 'fail')
  const open = extract([...each('each.value'), serviceRole(), roleOnAll])
  t.equal(report(open, { locations: [{ uri: 'aws_s3_bucket.data["c"]=in/' }] }).verdict, 'indeterminate')
})

t.test('bucket of a Terraform plan: a bucket that is deferred to a later plan is not known', async (t) => {
  const [{ expressions: _, after, unknown, ...row }] = [bucket()]
  const plan = terraformPlan(role, {
    complete: false,
    deferred_changes: [{ reason: 'provider_config_unknown', resource_change: { mode: 'managed', ...row, change: { actions: ['create'], after, after_unknown: unknown } } }]
  })
  const found = report(extractPlan(plan, settings), { locations: [{ uri: 'aws_s3_bucket.data=in/' }] })
  t.equal(found.verdict, 'indeterminate')
  t.match(reasons(found), /aws_s3_bucket\.data is deferred to a later plan/)
})

t.test('bucket of a Terraform plan: a policy that is deferred to a later plan is not known, though its document is', async (t) => {
  const { after, unknown, expressions: _, ...row } = deferredPolicy
  const resources = [bucket(), document([block()]), ...role]
  const plan = terraformPlan(resources, {
    deferred_changes: [{ reason: 'deferred_prereq', resource_change: { mode: 'managed', ...row, change: { actions: ['create'], after, after_unknown: unknown } } }],
    configuration: {
      provider_config: {},
      root_module: {
        resources: [...resources, deferredPolicy].map(({ type, name, mode = 'managed', expressions = {} }) => ({ mode, type, name, expressions }))
      }
    }
  })
  const found = report(extractPlan(plan, { ...settings, region: REGION }), { locations: [{ uri: 'aws_s3_bucket.data=in/' }] })
  t.equal(found.verdict, 'indeterminate')
  t.match(reasons(found), /bucketPolicy: aws_s3_bucket_policy\.p is deferred to a later plan/)
})

t.test('bucket of a Terraform plan: the account of a provider with other credentials', async (t) => {
  const OTHER = '444455556666'
  const planOf = (...more: TerraformResource[]): Plan => {
    const resources = [bucket(), bucketPolicy(complete), ...role, ...more]
    return extractPlan(
      terraformPlan(resources, {
        configuration: {
          provider_config: {
            aws: { name: 'aws', expressions: {} },
            'aws.data': { name: 'aws', expressions: { assume_role: [{ role_arn: { references: ['var.role'] } }] } }
          },
          root_module: {
            resources: resources.map(({ type, name, expressions = {} }) => ({
              mode: 'managed',
              type,
              name,
              expressions,
              provider_config_key: /bucket|sns/.test(type) ? 'aws.data' : 'aws'
            }))
          }
        }
      }),
      settings
    )
  }
  const locations = [{ uri: 'aws_s3_bucket.data=in/' }]
  t.throws(() => selectUsage(planOf(), { locations, operations: ['datasetImportJob'] }), { name: 'PlanError', message: /does not say in which account aws_s3_bucket\.data is created/ })
  const given = locations.map((location) => ({ ...location, accountId: OTHER }))
  t.equal(selectUsage(planOf(), { locations: given, operations: ['datasetImportJob'] }).locations?.[0]?.accountId, OTHER)
  const topic = resource('aws_sns_topic.t', { arn: `arn:aws:sns:${REGION}:${OTHER}:t` }, { actions: ['no-op'] })
  t.equal(selectUsage(planOf(topic), { locations, operations: ['datasetImportJob'] }).locations?.[0]?.accountId, OTHER)
  const wrong = locations.map((location) => ({ ...location, accountId: ACCOUNT }))
  t.throws(() => selectUsage(planOf(topic), { locations: wrong }), { message: /created in account 444455556666, not in 111122223333/ })
})

t.test('bucket of a Terraform plan: a Region that is not known', async (t) => {
  const planOf = (...rules: object[]): Plan =>
    extractPlan(terraformPlan([bucket(), bucketPolicy(complete), encryption(rules), ...role], { variables: {} }), settings)
  const ofKeyId = report(planOf(rule('aws:kms', '11111111-1111-1111-1111-111111111111')))
  t.equal(ofKeyId.verdict, 'indeterminate')
  t.match(reasons(ofKeyId), /which key 11111111-1111-1111-1111-111111111111 stands for/)
  t.match(reasons(report(planOf(rule('AES256')))), /bucketRegion: the plan does not say in which Region aws_s3_bucket\.data is/)
})

t.test('selection: locations, and the keys that they leave open', async (t) => {
  const keys = ['a', 'b'].map((name) => ({ ...goodKey, address: `aws_kms_key.${name}`, name }))
  const plan = extract([bucket(), bucketPolicy(complete), ...keys, ...role])
  const locations = [{ uri: 'aws_s3_bucket.data=in/' }]
  t.equal(selectUsage(plan, { locations, operations: ['datasetImportJob'] }).kmsKeyArns, undefined, 'those of the bucket')
  t.throws(() => selectUsage(plan, { locations, operations: ['datasetGroup', 'datasetImportJob'] }), { message: /several keys/ })
  t.throws(() => selectUsage(plan, { locations: [{ uri: 's3://elsewhere/in/' }], operations: ['datasetImportJob'] }), { message: /several keys/ })
  t.throws(() => selectUsage(plan, { locations: [{ uri: 'aws_s3_bucket.other' }] }), { name: 'PlanError', message: /contains no bucket aws_s3_bucket\.other; it contains aws_s3_bucket\.data/ })
  const buckets = ['data', 'logs'].map((name) => ({ ...bucket({ bucket: name }), address: `aws_s3_bucket.${name}`, name }))
  const without = extract([...buckets, ...role])
  t.throws(() => selectUsage(without, { operations: ['datasetImportJob'] }), { message: /no key and several buckets \(aws_s3_bucket\.data, aws_s3_bucket\.logs\); choose with --location/ })
  t.throws(() => selectUsage(without, { operations: ['datasetGroup'] }), { message: /contains no key/ })
  const same = extract([bucket(), { ...bucket(), address: 'aws_s3_bucket.copy', name: 'copy' }, ...role])
  t.throws(() => selectUsage(same, { locations: [{ uri: `s3://${NAME}/` }] }), { message: /is the name of several buckets: aws_s3_bucket\.data, aws_s3_bucket\.copy/ })
})

t.test('selection: buckets that no location names are listed, and nothing is said of them', async (t) => {
  const plan = extract([bucket(), goodKey, serviceRole()])
  const found = report(plan, { locations: [] })
  t.equal(found.s3Checks, undefined)
  t.match(reasons(found), /s3: The Terraform plan contains buckets that no location of the usage names: aws_s3_bucket\.data/)
})

t.test('selection: without a location that of the import job', async (t) => {
  const dataset = (location: object, rest: Partial<TerraformResource> = {}): TerraformResource =>
    resource('awscc_personalize_dataset.d', { dataset_import_job: { data_source: location } }, {
      unknown: { dataset_import_job: { role_arn: true } },
      expressions: { dataset_import_job: references('aws_iam_role.service.arn', 'aws_iam_role.service') },
      ...rest
    })
  const read = { data_location: `s3://${NAME}/in/` }
  const found = (job: TerraformResource): Location[] | undefined =>
    selectUsage(extract([bucket(), goodKey, ...role, job]), { operations: ['datasetGroup', 'datasetImportJob'] }).locations
  t.strictSame(found(dataset(read)), [
    { uri: `s3://${NAME}/in/`, direction: 'read', operations: ['datasetImportJob'], accountId: ACCOUNT }
  ])
  t.equal(found(dataset(read, { expressions: { dataset_import_job: references('local.job') } })), undefined)
  t.equal(found(dataset({}, { unknown: { dataset_import_job: { role_arn: true, data_source: true } } })), undefined)

  const unknownJob = dataset({}, { unknown: { dataset_import_job: { role_arn: true, data_source: true } } })
  const without = dataset({}, { after: { dataset_import_job: null }, unknown: { dataset_import_job: true }, expressions: {} })
  const others = (...jobs: TerraformResource[]): string => {
    const operations: Operation[] = ['datasetImportJob']
    const named = jobs.map((job, index) => ({ ...job, address: `awscc_personalize_dataset.d${index}`, name: `d${index}` }))
    const plan = extract([bucket(), bucketPolicy(complete), goodKey, ...role, ...named])
    return reasons(report(plan, { locations: [], operations }))
  }
  t.match(others(dataset(read), unknownJob), /s3: The Terraform plan contains import jobs from places that were not checked: awscc_personalize_dataset\.d1\./)
  t.notMatch(others(dataset(read), without), /import jobs/)
})
