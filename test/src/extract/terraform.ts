import t from 'tap'
import type { Report } from '../../../schemas/verification.js'
import { extractPlan, type Plan, plannedDocuments, documentsRequest, selectUsage } from '../../../src/extract/extract.js'
import { verifyDocuments } from '../../../src/verify/verify-documents.js'
import { verifyPlanned } from '../../../src/verify/verify-planned.js'
import {
  ACCOUNT,
  ACTIONS,
  fixture,
  newKey,
  policy,
  references,
  resource,
  rolePolicy,
  rootStatement,
  serviceRole,
  serviceStatement,
  terraformPlan,
  type TerraformResource
} from './plans.js'

const settings = { accountId: ACCOUNT }
const roleStatement = { ...serviceStatement, Sid: 'Role', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/Personalize` } }
const complete = policy(rootStatement, serviceStatement, roleStatement)

function extract (resources: readonly TerraformResource[]): Plan {
  return extractPlan(terraformPlan(resources), settings)
}

function report (plan: Plan, selection: { keys?: string[]; roles?: string[] } = {}): Report {
  return verifyPlanned(plannedDocuments(plan, { operations: ['datasetGroup'], ...selectUsage(plan, selection) }))
}

/** The decision of an action for one principal: of the role, or of the service. */
function decision ({ checks }: Report, type: 'role' | 'service', action = 'kms:Decrypt'): string | undefined {
  return checks.find((check) => check.principal.type === type && check.action === action)?.effective
}

const reasons = ({ notEvaluated }: Report): string => notEvaluated.map(({ what, why }) => `${what}: ${why}`).join('\n')

interface Case {
  name: string
  resources: TerraformResource[]
  verdict: Report['verdict']
  role?: string
  service?: string
  /** What the report says was not evaluated. */
  reason?: RegExp
  keys?: string[]
}

const document = (statement: object[], unknown: object = {}): TerraformResource =>
  resource(
    'data.aws_iam_policy_document.key',
    { statement, version: null, policy_id: null, source_policy_documents: null, override_policy_documents: null },
    { mode: 'data', actions: ['read'], unknown: { json: true, ...unknown } }
  )
const block = (principals: object[], rest: object = {}): object => ({
  sid: 'Block',
  effect: 'Allow',
  actions: ACTIONS,
  not_actions: null,
  resources: ['*'],
  not_resources: null,
  principals,
  not_principals: [],
  condition: [],
  ...rest
})
const ofService = { type: 'Service', identifiers: ['personalize.amazonaws.com'] }
const ofRole = { type: 'AWS', identifiers: [`arn:aws:iam::${ACCOUNT}:role/Personalize`] }
/** A key whose policy is the document of the data source, which is read during the apply. */
const deferredKey = resource(
  'aws_kms_key.data',
  {},
  {
    unknown: { arn: true, key_id: true, policy: true },
    expressions: { policy: references('data.aws_iam_policy_document.key.json', 'data.aws_iam_policy_document.key') }
  }
)
const unknownText = (name: string): Partial<TerraformResource> => ({
  unknown: { [name]: true },
  expressions: { [name]: references('local.text') }
})
const attachment = (after: object, rest: Partial<TerraformResource>): TerraformResource =>
  resource('aws_iam_role_policy_attachment.a', after, rest)

const cases: Case[] = [
  { name: 'all is known', resources: [newKey(complete), serviceRole(), rolePolicy], verdict: 'pass', role: 'allowed', service: 'allowed' },
  { name: 'service principal is missing', resources: [newKey(policy(rootStatement, roleStatement)), serviceRole(), rolePolicy], verdict: 'fail', service: 'implicitDeny' },
  { name: 'no policy and no expression: the default policy of KMS', resources: [resource('aws_kms_key.data', {}, { unknown: { arn: true, policy: true } }), serviceRole(), rolePolicy], verdict: 'fail', role: 'allowed', service: 'implicitDeny' },
  { name: 'an expression whose value is not known: nothing of the policy is', resources: [resource('aws_kms_key.data', {}, { ...unknownText('policy'), unknown: { arn: true, policy: true } }), serviceRole(), rolePolicy], verdict: 'indeterminate', role: 'unknown', service: 'unknown', reason: /keyPolicy: aws_kms_key\.data\.policy is known only after the apply \(it refers to local\.text\)/ },
  { name: 'deferred document: statements that are known', resources: [deferredKey, document([block([ofService]), block([ofRole])]), serviceRole(), rolePolicy], verdict: 'pass', role: 'allowed', service: 'allowed' },
  { name: 'deferred document: an unknown principal of an Allow', resources: [deferredKey, document([block([ofService]), block([{ type: 'AWS' }])], { statement: [{}, { principals: [{ identifiers: true }] }] }), serviceRole(), rolePolicy], verdict: 'indeterminate', role: 'unknown', service: 'allowed', reason: /statement\[1\]\.principals\[0\]\.identifiers is known only after/ },
  { name: 'deferred document: an unknown condition of a Deny', resources: [deferredKey, document([block([ofService]), block([ofRole]), block([{ type: '*', identifiers: ['*'] }], { effect: 'Deny', condition: [{ test: 'StringNotEquals', variable: 'aws:SourceVpc' }] })], { statement: [{}, {}, { condition: [{ values: true }] }] }), serviceRole(), rolePolicy], verdict: 'indeterminate', role: 'unknown', service: 'unknown', reason: /statement\[2\]\.condition\[0\]\.values/ },
  { name: 'deferred document: an unknown action of a Deny', resources: [deferredKey, document([block([ofService]), block([ofRole]), block([{ type: '*', identifiers: ['*'] }], { effect: 'Deny', actions: ['kms:Put*'] })], { statement: [{}, {}, { actions: [false, true] }] }), serviceRole(), rolePolicy], verdict: 'indeterminate', role: 'unknown', service: 'unknown' },
  { name: 'deferred document: an unknown effect', resources: [deferredKey, document([block([ofService]), block([ofRole]), block([ofRole], { effect: null })], { statement: [{}, {}, { effect: true }] }), serviceRole(), rolePolicy], verdict: 'indeterminate', role: 'unknown', service: 'unknown', reason: /Effect/ },
  { name: 'deferred document: how many statements there are is not known', resources: [deferredKey, document([], { statement: true }), serviceRole(), rolePolicy], verdict: 'indeterminate', service: 'unknown' },
  { name: 'deferred document: others are merged into it', resources: [deferredKey, { ...document([block([ofService]), block([ofRole])]), after: { statement: [], override_policy_documents: ['{}'] } }, serviceRole(), rolePolicy], verdict: 'indeterminate', service: 'unknown', reason: /merged/ },
  { name: 'key policy as a resource of its own', resources: [resource('aws_kms_key.data', {}, { unknown: { arn: true, policy: true } }), resource('aws_kms_key_policy.p', { policy: complete }, { unknown: { key_id: true }, expressions: { key_id: references('aws_kms_key.data.key_id', 'aws_kms_key.data') } }), serviceRole(), rolePolicy], verdict: 'pass' },
  { name: 'key policy of which it is not known whose it is', resources: [newKey(complete), resource('aws_kms_key_policy.p', { policy: policy(rootStatement) }, unknownText('key_id')), serviceRole(), rolePolicy], verdict: 'indeterminate', service: 'unknown', reason: /which key aws_kms_key_policy\.p belongs to/ },
  { name: 'two policies of one key', resources: [newKey(complete), ...['p', 'q'].map((name) => resource(`aws_kms_key_policy.${name}`, { policy: complete }, { unknown: { key_id: true }, expressions: { key_id: references('aws_kms_key.data.id', 'aws_kms_key.data') } })), serviceRole(), rolePolicy], verdict: 'indeterminate', service: 'unknown' },
  { name: 'key policy that is no JSON', resources: [newKey('{"Statement": ['), serviceRole(), rolePolicy], verdict: 'indeterminate', service: 'unknown' },
  { name: 'policy of AWS that is attached is not in the plan', resources: [newKey(policy(rootStatement, serviceStatement)), serviceRole(), attachment({ role: 'Personalize', policy_arn: 'arn:aws:iam::aws:policy/PowerUserAccess' }, {})], verdict: 'fail', role: 'unknown', reason: /attached policy arn:aws:iam::aws:policy\/PowerUserAccess is not in the plan/ },
  { name: 'policy of the plan that is attached', resources: [newKey(complete), serviceRole(), resource('aws_iam_policy.p', { name: 'kms', policy: policy({ Effect: 'Allow', Action: ACTIONS, Resource: '*' }) }, { unknown: { arn: true } }), attachment({ role: 'Personalize' }, { unknown: { policy_arn: true }, expressions: { policy_arn: references('aws_iam_policy.p.arn', 'aws_iam_policy.p') } })], verdict: 'pass' },
  { name: 'attachment to a role that is not known may bring a Deny', resources: [newKey(complete), serviceRole(), rolePolicy, attachment({ policy_arn: 'arn:aws:iam::aws:policy/X' }, unknownText('role'))], verdict: 'indeterminate', role: 'unknown', service: 'allowed' },
  { name: 'policy of another role', resources: [newKey(complete), serviceRole(), resource('aws_iam_role_policy.other', { name: 'p', role: 'Other', policy: policy({ Effect: 'Deny', Action: '*', Resource: '*' }) }), rolePolicy], verdict: 'pass' },
  { name: 'inline policy in the role, as a block', resources: [newKey(complete), serviceRole({ inline_policy: [{ name: 'kms', policy: policy({ Effect: 'Allow', Action: ACTIONS, Resource: '*' }) }] }, { unknown: { arn: true }, expressions: { inline_policy: [{}] } })], verdict: 'pass' },
  { name: 'inline policy that denies', resources: [newKey(complete), serviceRole({ inline_policy: [{ name: 'no', policy: policy({ Effect: 'Deny', Action: 'kms:*', Resource: '*' }) }] }, { unknown: { arn: true }, expressions: { inline_policy: [{}] } }), rolePolicy], verdict: 'fail', role: 'explicitDeny', service: 'allowed' },
  { name: 'permissions boundary outside of the plan', resources: [newKey(complete), serviceRole({ permissions_boundary: `arn:aws:iam::${ACCOUNT}:policy/Boundary` }), rolePolicy], verdict: 'indeterminate', role: 'unknown', reason: /permissionsBoundary: attached policy/ },
  { name: 'trust policy that is not known', resources: [newKey(complete), serviceRole({ assume_role_policy: null }, { unknown: { arn: true, assume_role_policy: true }, expressions: { assume_role_policy: references('local.trust') } }), rolePolicy], verdict: 'indeterminate', role: 'allowed' },
  { name: 'grant of the plan', resources: [newKey(policy(rootStatement, serviceStatement)), serviceRole(), resource('aws_kms_grant.g', { grantee_principal: `arn:aws:iam::${ACCOUNT}:role/Personalize`, operations: ['Decrypt', 'GenerateDataKey', 'DescribeKey', 'CreateGrant'], constraints: [] }, { unknown: { key_id: true }, expressions: { key_id: references('aws_kms_key.data.key_id', 'aws_kms_key.data') } })], verdict: 'fail', role: 'allowed' },
  { name: 'Cloud Control resources name the pair', resources: [resource('awscc_kms_key.data', { key_policy: complete }, { unknown: { arn: true }, expressions: { key_policy: {} } }), resource('awscc_iam_role.service', { role_name: 'Personalize', path: '/', assume_role_policy_document: serviceRole().after && policy({ Effect: 'Allow', Principal: { Service: 'personalize.amazonaws.com' }, Action: 'sts:AssumeRole' }), policies: [{ policy_name: 'kms', policy_document: policy({ Effect: 'Allow', Action: ACTIONS, Resource: '*' }) }] }, { unknown: { arn: true } }), resource('awscc_iam_role.other', { role_name: 'Other', path: '/', assume_role_policy_document: policy() }), resource('awscc_personalize_dataset_group.g', {}, { unknown: { kms_key_arn: true, role_arn: true }, expressions: { kms_key_arn: references('awscc_kms_key.data.arn', 'awscc_kms_key.data'), role_arn: references('awscc_iam_role.service.arn', 'awscc_iam_role.service') } })], verdict: 'pass' }
]

/** Resources that exist, as the state and a refresh know them. */
const KEY_ID = '11111111-1111-1111-1111-111111111111'
const existingKey = (document: string): TerraformResource =>
  resource('aws_kms_key.data', { arn: `arn:aws:kms:us-east-1:${ACCOUNT}:key/${KEY_ID}`, key_id: KEY_ID, id: KEY_ID, policy: document }, { actions: ['no-op'] })
const existingRole = (after: object): TerraformResource =>
  serviceRole({ arn: `arn:aws:iam::${ACCOUNT}:role/Personalize`, id: 'Personalize', inline_policy: [], managed_policy_arns: [], ...after }, { actions: ['no-op'], unknown: {} })
const allowAll = policy({ Effect: 'Allow', Action: ACTIONS, Resource: '*' })
const denyPattern = (pattern: object): string => policy({ Effect: 'Deny', Action: 'kms:*', Resource: '*', ...pattern })
const ofInstance = (name: string, key: string, rest: TerraformResource): TerraformResource => ({ ...rest, address: `${name}["${key}"]`, index: key })
/** Two keys and two policies, of which the first is complete and the second is not. */
const perInstance = (...instance: string[]): TerraformResource[] =>
  ['a', 'b'].flatMap((index) => [
    ofInstance('aws_kms_key.k', index, resource('aws_kms_key.k', {}, { unknown: { arn: true, policy: true } })),
    ofInstance('aws_kms_key_policy.p', index, resource('aws_kms_key_policy.p', { policy: index === 'a' ? complete : policy(rootStatement) }, { unknown: { key_id: true }, expressions: { key_id: references('aws_kms_key.k', ...instance) } }))
  ])
const managedArn = `arn:aws:iam::${ACCOUNT}:policy/kms`

/** What the state says of a key or role is how it is before the apply; it must not pass for what comes after. */
const afterApply: Case[] = [
  { name: 'a key policy that is deleted', resources: [existingKey(complete), resource('aws_kms_key_policy.p', { key_id: KEY_ID, policy: complete }, { actions: ['delete'] }), serviceRole(), rolePolicy], verdict: 'indeterminate', service: 'unknown', reason: /aws_kms_key_policy\.p is deleted/ },
  { name: 'an inline policy that is deleted, still in the state of the role', resources: [existingKey(policy(rootStatement, serviceStatement)), existingRole({ inline_policy: [{ name: 'kms', policy: allowAll }] }), resource('aws_iam_role_policy.kms', { role: 'Personalize', name: 'kms', policy: allowAll }, { actions: ['delete'] })], verdict: 'fail', role: 'implicitDeny' },
  { name: 'an inline policy that is replaced, still in the state of the role', resources: [existingKey(policy(rootStatement, serviceStatement)), existingRole({ inline_policy: [{ name: 'kms', policy: allowAll }] }), resource('aws_iam_role_policy.kms', { role: 'Personalize', name: 'kms', policy: policy() }, { actions: ['update'], before: { role: 'Personalize', name: 'kms', policy: allowAll } })], verdict: 'fail', role: 'implicitDeny' },
  { name: 'an inline policy that denies, and is only removed from the state', resources: [existingKey(complete), existingRole({ inline_policy: [{ name: 'no', policy: denyPattern({}) }] }), resource('aws_iam_role_policy.no', { role: 'Personalize', name: 'no', policy: denyPattern({}) }, { actions: ['forget'] }), rolePolicy], verdict: 'fail', role: 'explicitDeny', service: 'allowed' },
  { name: 'an inline policy of the state that no resource sets', resources: [existingKey(complete), existingRole({ inline_policy: [{ name: 'by hand', policy: allowAll }] })], verdict: 'pass', role: 'allowed' },
  { name: 'a policy that is detached, still in the state of the role', resources: [existingKey(policy(rootStatement, serviceStatement)), existingRole({ managed_policy_arns: [managedArn] }), resource('aws_iam_policy.p', { arn: managedArn, name: 'kms', policy: allowAll }, { actions: ['no-op'] }), resource('aws_iam_role_policy_attachment.a', { role: 'Personalize', policy_arn: managedArn }, { actions: ['delete'] })], verdict: 'fail', role: 'implicitDeny' },
  { name: 'each.key: the policy of the same instance', resources: [...perInstance('each.key'), serviceRole(), rolePolicy], keys: ['aws_kms_key.k["a"]'], verdict: 'pass' },
  { name: 'each.value: the policy of any instance', resources: [...perInstance('each.value.key', 'each.value'), serviceRole(), rolePolicy], keys: ['aws_kms_key.k["a"]'], verdict: 'indeterminate', service: 'unknown', reason: /which key aws_kms_key_policy\.p\["a"\] belongs to/ },
  { name: 'another instance than the only one of the plan', resources: [ofInstance('aws_kms_key.data', 'x', newKey(policy(rootStatement))), resource('aws_kms_key_policy.p', { policy: complete }, { unknown: { key_id: true }, expressions: { key_id: references('aws_kms_key.data["y"].id', 'aws_kms_key.data["y"]') } }), serviceRole(), rolePolicy], verdict: 'indeterminate', service: 'unknown' },
  { name: 'Cloud Control: an inline policy that denies', resources: [newKey(complete), serviceRole(), rolePolicy, resource('awscc_iam_role_policy.no', { policy_name: 'no', role_name: 'Personalize', policy_document: denyPattern({}) })], verdict: 'fail', role: 'explicitDeny' },
  { name: 'Cloud Control: a managed policy that denies', resources: [newKey(complete), serviceRole(), rolePolicy, resource('awscc_iam_managed_policy.no', { managed_policy_name: 'no', policy_document: denyPattern({}) }, { unknown: { roles: true }, expressions: { roles: references('aws_iam_role.service.name', 'aws_iam_role.service') } })], verdict: 'fail', role: 'explicitDeny' },
  { name: 'a list of all inline policies without the one that allows', resources: [newKey(policy(rootStatement, serviceStatement)), serviceRole(), rolePolicy, resource('aws_iam_role_policies_exclusive.all', { role_name: 'Personalize', policy_names: ['other'] })], verdict: 'fail', role: 'unknown', reason: /aws_iam_role_policies_exclusive\.all may remove it/ },
  { name: 'a list of all inline policies with the one that allows', resources: [newKey(complete), serviceRole(), rolePolicy, resource('aws_iam_role_policies_exclusive.all', { role_name: 'Personalize', policy_names: ['kms'] })], verdict: 'pass' },
  { name: 'a list of all attached policies without the one that allows', resources: [newKey(complete), serviceRole(), resource('aws_iam_policy.p', { arn: managedArn, name: 'kms', policy: allowAll }, { actions: ['no-op'] }), resource('aws_iam_role_policy_attachment.p', { role: 'Personalize', policy_arn: managedArn }), resource('aws_iam_role_policy_attachments_exclusive.all', { role_name: 'Personalize', policy_arns: [] })], verdict: 'indeterminate', role: 'unknown', reason: /aws_iam_role_policy_attachments_exclusive\.all may remove it/ },
  { name: 'a list of all attached policies with the one that allows', resources: [newKey(complete), serviceRole(), resource('aws_iam_policy.p', { arn: managedArn, name: 'kms', policy: allowAll }, { actions: ['no-op'] }), resource('aws_iam_role_policy_attachment.p', { role: 'Personalize', policy_arn: managedArn }), resource('aws_iam_role_policy_attachments_exclusive.all', { role_name: 'Personalize', policy_arns: [managedArn] })], verdict: 'pass', role: 'allowed' },
  { name: 'a list of all attached policies with one outside of the plan', resources: [newKey(complete), serviceRole(), rolePolicy, resource('aws_iam_role_policy_attachments_exclusive.all', { role_name: 'Personalize', policy_arns: ['arn:aws:iam::aws:policy/AWSDenyAll'] })], verdict: 'indeterminate', role: 'unknown', reason: /AWSDenyAll is not in the plan/ },
  { name: 'a path that is not known: the ARN is not known', resources: [newKey(policy(serviceStatement, roleStatement)), serviceRole({ path: null }, { unknown: { arn: true, path: true }, expressions: { path: references('local.path') } })], verdict: 'fail', role: 'implicitDeny' },
  { name: 'a pattern that may match the id of the new key', resources: [newKey(complete), serviceRole(), rolePolicy, resource('aws_iam_role_policy.no', { name: 'no', role: 'Personalize', policy: denyPattern({ Resource: 'arn:aws:kms:*:*:key/mrk-*' }) })], verdict: 'indeterminate', role: 'unknown', reason: /key\/mrk-\* may match a name that AWS decides/ },
  { name: 'a pattern that matches what stands for the new key', resources: [newKey(policy(rootStatement, serviceStatement)), serviceRole(), resource('aws_iam_role_policy.kms', { name: 'kms', role: 'Personalize', policy: policy({ Effect: 'Allow', Action: ACTIONS, Resource: 'arn:aws:kms:*:*:key/0*' }) })], verdict: 'fail', role: 'unknown', reason: /key\/0\* may match a name/ },
  { name: 'a Deny for all keys but those that are like what stands for the new key', resources: [newKey(complete), serviceRole(), rolePolicy, resource('aws_iam_role_policy.no', { name: 'no', role: 'Personalize', policy: policy({ Effect: 'Deny', Action: 'kms:*', NotResource: 'arn:aws:kms:*:*:key/0*' }) })], verdict: 'indeterminate', role: 'unknown' },
  { name: 'a pattern that matches no key of the account', resources: [newKey(complete), serviceRole(), rolePolicy, resource('aws_iam_role_policy.no', { name: 'no', role: 'Personalize', policy: denyPattern({ Resource: 'arn:aws:kms:eu-west-1:444455556666:key/*' }) })], verdict: 'pass' },
  { name: 'a pattern that matches the prefix of the name', resources: [newKey(policy(rootStatement, serviceStatement)), serviceRole({ name: null, name_prefix: 'personalize-' }, { unknown: { arn: true, name: true, id: true } }), rolePolicy, resource('aws_iam_role_policy.no', { name: 'no', policy: denyPattern({ Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/personalize-*' } } }) }, { unknown: { role: true }, expressions: { role: references('aws_iam_role.service.id') } })], verdict: 'fail', role: 'explicitDeny' },
  { name: 'a pattern that may match the name with a prefix', resources: [newKey(policy(rootStatement, serviceStatement)), serviceRole({ name: null, name_prefix: 'personalize-' }, { unknown: { arn: true, name: true, id: true } }), rolePolicy, resource('aws_iam_role_policy.no', { name: 'no', policy: denyPattern({ Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/personalize-2*' } } }) }, { unknown: { role: true }, expressions: { role: references('aws_iam_role.service.id') } })], verdict: 'fail', role: 'unknown' }
]

for (const { name, resources, verdict, role, service, reason, keys = [] } of [...cases, ...afterApply]) {
  t.test(`Terraform plan: ${name}`, async (t) => {
    const found = report(extract(resources), { keys })
    t.equal(found.verdict, verdict, found.summary.headline)
    if (role !== undefined) t.equal(decision(found, 'role'), role, 'the role')
    if (service !== undefined) t.equal(decision(found, 'service'), service, 'the service principal')
    if (reason !== undefined) t.match(reasons(found), reason)
  })
}

// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_grant
t.test('Terraform plan: every block of constraints of a grant counts', async (t) => {
  const constraints = [
    { encryption_context_equals: null, encryption_context_subset: { 'aws:s3:arn': 'arn:aws:s3:::data' } },
    { encryption_context_equals: { App: 'x' }, encryption_context_subset: null }
  ]
  const grant = resource(
    'aws_kms_grant.g',
    { grantee_principal: `arn:aws:iam::${ACCOUNT}:role/Personalize`, operations: ['Decrypt'], constraints },
    { unknown: { key_id: true }, expressions: { key_id: references('aws_kms_key.data.key_id', 'aws_kms_key.data') } }
  )
  const [key] = extract([newKey(complete), serviceRole(), grant]).keys
  t.match(key?.grants, {
    value: [
      {
        Constraints: {
          EncryptionContextEquals: { App: 'x' },
          EncryptionContextSubset: { 'aws:s3:arn': 'arn:aws:s3:::data' }
        }
      }
    ]
  })
})

t.test('Terraform plan: what is complete is the same request as for the service', async (t) => {
  const plan = extractPlan(fixture('known.json'), {})
  const documents = plannedDocuments(plan, { operations: ['datasetGroup'], ...selectUsage(plan, {}) })
  const request = documentsRequest(documents)
  if (request === undefined) throw new Error('the request is not complete')
  t.strictSame(verifyDocuments(request).checks, verifyPlanned(documents).checks)
  t.notMatch(JSON.stringify(request), /terraform|user\/deployer/, 'nothing else of the plan')
})

t.test('Terraform plan: what is not known yet cannot be a request', async (t) => {
  const plan = extractPlan(fixture('deferred-document.json'), {})
  const documents = plannedDocuments(plan, { operations: ['datasetGroup'], ...selectUsage(plan, {}) })
  t.equal(documentsRequest(documents), undefined)
})

t.test('Terraform plan: references through modules', async (t) => {
  const key = { ...resource('module.kms["eu"].aws_kms_key.this', { description: '' }, { unknown: { arn: true, policy: true }, module_address: 'module.kms["eu"]' }), type: 'aws_kms_key', name: 'this' }
  const root = terraformPlan([key, document([block([ofService]), block([ofRole])]), serviceRole(), rolePolicy])
  const configuration = {
    provider_config: { aws: { expressions: { region: { constant_value: 'eu-west-1' } } } },
    root_module: {
      resources: [
        { address: 'data.aws_iam_policy_document.key', mode: 'data', type: 'aws_iam_policy_document', name: 'key', expressions: {} },
        { address: 'aws_iam_role.service', mode: 'managed', type: 'aws_iam_role', name: 'service', expressions: { assume_role_policy: {} } },
        { address: 'aws_iam_role_policy.kms', mode: 'managed', type: 'aws_iam_role_policy', name: 'kms', expressions: { role: references('aws_iam_role.service.id') } }
      ],
      module_calls: {
        kms: {
          expressions: { policy: references('data.aws_iam_policy_document.key.json', 'data.aws_iam_policy_document.key') },
          module: {
            resources: [{ address: 'aws_kms_key.this', mode: 'managed', type: 'aws_kms_key', name: 'this', provider_config_key: 'aws', expressions: { policy: references('var.policy') } }]
          }
        }
      }
    }
  }
  const plan = extractPlan({ ...root, configuration }, settings)
  t.match(plan.keys[0]?.arn, /^arn:aws:kms:eu-west-1:111122223333:key\//, 'Region of the provider')
  t.equal(report(plan).verdict, 'pass')
})

t.test('Terraform plan: what is deferred is not known, and a plan with an error is refused', async (t) => {
  const { change, ...row } = { ...rolePolicy, mode: 'managed', address: 'aws_iam_role_policy.no[*]', change: { actions: ['create'], after: { name: 'no', role: 'Other', policy: denyPattern({}) } } }
  const plan = terraformPlan([newKey(complete), serviceRole(), rolePolicy], {
    complete: false,
    deferred_changes: [{ reason: 'instance_count_unknown', resource_change: { ...row, name: 'no', change } }]
  })
  const found = report(extractPlan(plan, settings))
  t.equal(found.verdict, 'indeterminate')
  t.match(reasons(found), /aws_iam_role_policy\.no\[\*\] is, is known only after/)
  t.match(reasons(found), /The plan is not complete/)
  t.throws(() => extractPlan({ ...plan, errored: true }, settings), { name: 'PlanError', message: /ended with an error/ })
})

t.test('Terraform plan: key and role of providers with other credentials are refused', async (t) => {
  const provider = (expressions: object): object => ({ name: 'aws', expressions: { region: { constant_value: 'us-east-1' }, ...expressions } })
  const planOf = (other: object): Plan =>
    extractPlan(
      terraformPlan([newKey(complete), serviceRole(), rolePolicy], {
        configuration: {
          provider_config: { aws: provider({}), 'aws.other': provider(other) },
          root_module: {
            resources: [
              { mode: 'managed', type: 'aws_kms_key', name: 'data', provider_config_key: 'aws.other', expressions: { policy: {} } },
              { mode: 'managed', type: 'aws_iam_role', name: 'service', provider_config_key: 'aws', expressions: { assume_role_policy: {} } },
              { mode: 'managed', type: 'aws_iam_role_policy', name: 'kms', expressions: { role: references('aws_iam_role.service.id') } }
            ]
          }
        }
      }),
      settings
    )
  t.equal(report(planOf({ default_tags: [{}] })).verdict, 'pass', 'another provider for the same account')
  const other = planOf({ assume_role: [{ role_arn: { constant_value: 'arn:aws:iam::444455556666:role/deploy' } }] })
  t.throws(() => selectUsage(other, {}), { name: 'PlanError', message: /maybe in different accounts/ })
})

t.test('Terraform plan: without a configuration nothing says that an unknown attribute is not set', async (t) => {
  const attached = { ...rolePolicy, after: { ...rolePolicy.after, role: 'Personalize' }, unknown: {} }
  for (const attribute of ['managed_policy_arns', 'permissions_boundary', 'inline_policy']) {
    const role = serviceRole({ arn: `arn:aws:iam::${ACCOUNT}:role/Personalize` }, { unknown: { [attribute]: true } })
    const plan = terraformPlan([existingKey(complete), role, attached], { configuration: {} })
    const found = report(extractPlan(plan, settings))
    t.equal(found.verdict, 'indeterminate', attribute)
    t.match(reasons(found), new RegExp(`${attribute} is known only after the apply`))
  }
})

t.test('Terraform plan: each.key in the call of a module is the key of its instance', async (t) => {
  const inModule = { module_address: 'module.policy["b"]' }
  const root = terraformPlan([
    ...['a', 'b'].map((index) => ofInstance('aws_kms_key.k', index, resource('aws_kms_key.k', {}, { unknown: { arn: true, policy: true } }))),
    { ...resource('aws_kms_key_policy.p', { policy: complete }, { unknown: { key_id: true }, ...inModule, index: 'a' }), address: 'module.policy["b"].aws_kms_key_policy.p["a"]' },
    serviceRole(),
    rolePolicy
  ])
  const configuration = {
    provider_config: { aws: { expressions: { region: { constant_value: 'us-east-1' } } } },
    root_module: {
      resources: [
        { mode: 'managed', type: 'aws_kms_key', name: 'k', expressions: {} },
        { mode: 'managed', type: 'aws_iam_role', name: 'service', expressions: { assume_role_policy: {} } },
        { mode: 'managed', type: 'aws_iam_role_policy', name: 'kms', expressions: { role: references('aws_iam_role.service.id') } }
      ],
      module_calls: {
        policy: {
          expressions: { key_id: references('aws_kms_key.k', 'each.key') },
          module: { resources: [{ mode: 'managed', type: 'aws_kms_key_policy', name: 'p', expressions: { key_id: references('var.key_id') } }] }
        }
      }
    }
  }
  const plan = extractPlan({ ...root, configuration }, settings)
  t.equal(report(plan, { keys: ['aws_kms_key.k["a"]'] }).verdict, 'fail', 'the default policy of KMS')
  t.equal(report(plan, { keys: ['aws_kms_key.k["b"]'] }).verdict, 'pass')
})

t.test('Terraform plan: account of the caller identity, of ARNs, or given', async (t) => {
  t.match(extractPlan(fixture('known.json'), {}).keys[0]?.arn, /:111122223333:/)
  t.throws(() => extractPlan(terraformPlan([newKey(complete)]), {}), { message: /give --account-id/ })
  const several = ['111122223333', '444455556666'].map((id) => resource(`aws_iam_role.r${id}`, { arn: `arn:aws:iam::${id}:role/r`, name: 'r' }))
  t.throws(() => extractPlan(terraformPlan(several), {}), { message: /several accounts/ })
})

t.test('selection: several keys and roles', async (t) => {
  const keys = ['a', 'b'].map((name) => ({ ...newKey(complete), address: `aws_kms_key.${name}`, name }))
  const plan = extract([...keys, serviceRole(), rolePolicy])
  t.throws(() => selectUsage(plan, {}), { message: /several keys \(aws_kms_key\.a, aws_kms_key\.b\); choose with --key/ })
  t.equal(report(plan, { keys: ['aws_kms_key.b'] }).verdict, 'pass')
  t.not(plan.keys[0]?.arn, plan.keys[1]?.arn, 'a placeholder for each address')
})

t.test('a plan of a newer format, or no plan, is refused', async (t) => {
  t.throws(() => extractPlan({ format_version: '2.0', resource_changes: [] }, settings), { message: /0\.x or 1\.x/ })
  t.throws(() => extractPlan({ format_version: '1.0', planned_values: {} }, settings), { message: /no resource_changes/ })
  t.throws(() => extractPlan([], settings), { name: 'PlanError' })
})
