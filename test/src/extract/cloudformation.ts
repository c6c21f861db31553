import t from 'tap'
import type { Report } from '../../../schemas/verification.js'
import { cdkStacks } from '../../../src/extract/cloudformation/cdk-manifest.js'
import { evaluate, NO_VALUE } from '../../../src/extract/cloudformation/evaluate.js'
import { parseTemplate } from '../../../src/extract/cloudformation/parse-template.js'
import { templateScope } from '../../../src/extract/cloudformation/scope.js'
import { extractPlan, plannedDocuments, selectUsage } from '../../../src/extract/extract.js'
import { isPossible, isUnknown } from '../../../src/extract/unknown.js'
import { verifyPlanned } from '../../../src/verify/verify-planned.js'
import { ACCOUNT, ACTIONS, fixture, rootStatement, serviceStatement, template, trustPolicy } from './plans.js'

const place = { accountId: ACCOUNT, region: 'eu-west-1' }
const settings = { ...place, parameters: { Given: 'text' } }
const parsed = template(
  {
    Key: { Type: 'AWS::KMS::Key' },
    Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'Personalize', Path: '/service-role/' } },
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'data' } },
    Custom: { Type: 'Custom::Thing' }
  },
  {
    Parameters: {
      Given: { Type: 'String' },
      Standard: { Type: 'String', Default: 'prod' },
      List: { Type: 'CommaDelimitedList', Default: 'a, b' },
      Missing: { Type: 'String' },
      Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/x' },
      Dynamic: { Type: 'String', Default: '{{resolve:ssm:/x}}' },
      Flag: { Type: 'String', Default: true }
    },
    Mappings: { Accounts: { 'eu-west-1': { id: '444455556666', dynamic: '{{resolve:ssm:/y}}' } } },
    Conditions: {
      Yes: { 'Fn::Equals': [{ Ref: 'Standard' }, 'prod'] },
      No: { 'Fn::Not': [{ Condition: 'Yes' }] },
      Open: { 'Fn::Equals': [{ Ref: 'Missing' }, 'x'] },
      OneIsFalse: { 'Fn::And': [{ Condition: 'Open' }, { Condition: 'No' }] },
      OneIsTrue: { 'Fn::Or': [{ Condition: 'Open' }, { Condition: 'Yes' }] },
      AllOpen: { 'Fn::And': [{ Condition: 'Open' }, { Condition: 'Yes' }] },
      ...Object.fromEntries(
        Array.from({ length: 60 }, (_, depth) => [`Deep${depth}`, { 'Fn::And': [{ Condition: `Deep${depth + 1}` }, { Condition: `Deep${depth + 1}` }] }])
      ),
      Deep60: { 'Fn::Or': [{ Condition: 'Deep0' }, { Condition: 'Deep0' }] },
      Circular: { 'Fn::Not': [{ Condition: 'Circular' }] }
    }
  }
)
const scope = templateScope(parsed, place, settings)

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html */
const values: Array<[name: string, value: unknown, expected: unknown]> = [
  ['parameter that is given', { Ref: 'Given' }, 'text'],
  ['parameter with a default', { Ref: 'Standard' }, 'prod'],
  ['list parameter', { Ref: 'List' }, ['a', 'b']],
  ['pseudo parameters', { 'Fn::Join': ['/', [{ Ref: 'AWS::AccountId' }, { Ref: 'AWS::Region' }, { Ref: 'AWS::Partition' }, { Ref: 'AWS::URLSuffix' }]] }, `${ACCOUNT}/eu-west-1/aws/amazonaws.com`],
  ['Sub', { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Given}-${!Literal}' }, `arn:aws:iam::${ACCOUNT}:role/text-\${Literal}`],
  ['Sub with a map', { 'Fn::Sub': ['${A}-${Role.Arn}', { A: { Ref: 'Given' } }] }, `text-arn:aws:iam::${ACCOUNT}:role/service-role/Personalize`],
  ['Sub of a boolean', { 'Fn::Sub': '${Flag}' }, 'true'],
  ['Select and Split', { 'Fn::Select': ['1', { 'Fn::Split': ['-', 'a-b-c'] }] }, 'b'],
  ['FindInMap', { 'Fn::FindInMap': ['Accounts', { Ref: 'AWS::Region' }, 'id'] }, '444455556666'],
  ['If that holds', { 'Fn::If': ['Yes', 1, 2] }, 1],
  ['If that does not hold', { 'Fn::If': ['No', 1, 2] }, 2],
  ['And of which one is false', { 'Fn::If': ['OneIsFalse', 1, 2] }, 2],
  ['Or of which one is true', { 'Fn::If': ['OneIsTrue', 1, 2] }, 1],
  ['If that is not decided, with equal branches', { 'Fn::If': ['Open', 'a', { 'Fn::Sub': 'a' }] }, 'a'],
  ['NoValue in a list', ['a', { Ref: 'AWS::NoValue' }], ['a']],
  ['NoValue as a property', { a: 1, b: { 'Fn::If': ['No', 2, { Ref: 'AWS::NoValue' }] } }, { a: 1 }],
  ['NoValue itself', { Ref: 'AWS::NoValue' }, NO_VALUE],
  ['role: name and ARN', [{ Ref: 'Role' }, { 'Fn::GetAtt': ['Role', 'Arn'] }, { 'Fn::GetAtt': 'Role.Arn' }], ['Personalize', `arn:aws:iam::${ACCOUNT}:role/service-role/Personalize`, `arn:aws:iam::${ACCOUNT}:role/service-role/Personalize`]],
  ['bucket: name and ARN', [{ Ref: 'Bucket' }, { 'Fn::GetAtt': ['Bucket', 'Arn'] }], ['data', 'arn:aws:s3:::data']]
]

for (const [name, value, expected] of values)
  t.test(`template value: ${name}`, async (t) => {
    t.strictSame(evaluate(value, scope), expected)
  })

const open: Array<[name: string, value: unknown, why: RegExp]> = [
  ['parameter without a value', { Ref: 'Missing' }, /parameter Missing has no value; give --parameter Missing=VALUE/],
  ['parameter of Systems Manager', { Ref: 'Stored' }, /Stored is read from AWS Systems Manager/],
  ['ImportValue', { 'Fn::ImportValue': 'other' }, /Fn::ImportValue is evaluated only by CloudFormation/],
  ['Transform', { 'Fn::Transform': { Name: 'X' } }, /Fn::Transform/],
  ['dynamic reference', '{{resolve:ssm:/key}}', /dynamic reference/],
  ['dynamic reference in a Sub', { 'Fn::Sub': 'a{{resolve:ssm:/${Given}}}' }, /dynamic reference/],
  ['dynamic reference as the default of a parameter', { Ref: 'Dynamic' }, /dynamic reference/],
  ['dynamic reference in a map', { 'Fn::FindInMap': ['Accounts', 'eu-west-1', 'dynamic'] }, /dynamic reference/],
  ['dynamic reference of a parameter in a Sub', { 'Fn::Sub': 'a${Dynamic}' }, /dynamic reference/],
  ['Sub of a list', { 'Fn::Sub': 'a${List}' }, /List is no text/],
  ['Select behind an entry that may be left out', { 'Fn::Select': [1, [{ 'Fn::If': ['Open', 'a', { Ref: 'AWS::NoValue' }] }, 'b', 'c']] }, /condition Open/],
  ['Select behind an entry that may be one of two', { 'Fn::Select': [2, [{ 'Fn::If': ['Open', 'a', 'b'] }, 'c', 'd']] }, /condition Open/],
  ['Transform beside members', { Version: '2012-10-17', 'Fn::Transform': { Name: 'AWS::Include' } }, /Fn::Transform may change what is next to it/],
  ['ForEach beside members', { Version: '2012-10-17', 'Fn::ForEach::X': [] }, /Fn::ForEach::X may change/],
  ['merge of YAML, which CloudFormation does not have', { '<<': {}, Effect: 'Deny' }, /<< may change/],
  ['condition that has the name of a member of each object', { 'Fn::If': ['constructor', 1, 2] }, /no condition constructor/],
  ['conditions in circles, each with two branches', { 'Fn::If': ['Deep0', 1, 2] }, /refer to each other/],
  ['Sub of what is not known', { 'Fn::Sub': 'a-${Missing}' }, /Missing/],
  ['Join of what is not known', { 'Fn::Join': ['', ['a', { Ref: 'Missing' }]] }, /Missing/],
  ['stack name', { Ref: 'AWS::StackName' }, /AWS::StackName/],
  ['attribute of a custom resource', { 'Fn::GetAtt': ['Custom', 'Value'] }, /Fn::GetAtt Custom\.Value is known only after Custom is created/],
  ['resource that does not exist', { Ref: 'Nothing' }, /neither such a parameter nor such a resource/],
  ['If that is not decided', { 'Fn::If': ['Open', 1, 2] }, /condition Open: parameter Missing/],
  ['And of which one is open', { 'Fn::If': ['AllOpen', 1, 2] }, /condition AllOpen/],
  ['condition that refers to itself', { 'Fn::If': ['Circular', 1, 2] }, /refer to each other/],
  ['condition that does not exist', { 'Fn::If': ['Nothing', 1, 2] }, /no condition Nothing/],
  ['entry of a map that does not exist', { 'Fn::FindInMap': ['Accounts', 'us-east-1', 'id'] }, /no such entry/],
  ['item of a list that does not exist', { 'Fn::Select': [3, ['a']] }, /no item 3/]
]

for (const [name, value, why] of open)
  t.test(`template value that is not known: ${name}`, async (t) => {
    const found = evaluate(value, scope)
    t.ok(isUnknown(found), JSON.stringify(found))
    t.match(isUnknown(found) ? found.why : '', why)
  })

t.test('an If in a list that is not decided: both entries are possible', async (t) => {
  const list = evaluate(['a', { 'Fn::If': ['Open', 'b', { Ref: 'AWS::NoValue' }] }, { 'Fn::If': ['Open', 'c', 'd'] }], scope)
  t.strictSame([list].flat().map((item) => (isPossible(item) ? [item.value] : item)), ['a', ['b'], ['c'], ['d']])
})

t.test('short forms of YAML', async (t) => {
  const yaml = ['A: !Sub x${B}', 'B: !If [c, !Ref X, {a: !GetAtt R.Arn}]', 'C: !FindInMap', '  - a', '  - !Ref AWS::Region', '  - z', 'Version: 2012-10-17', 'Account: 012345678901', 'On: on'].join('\n')
  t.strictSame(parseTemplate(yaml), {
    A: { 'Fn::Sub': 'x${B}' },
    B: { 'Fn::If': ['c', { Ref: 'X' }, { a: { 'Fn::GetAtt': ['R', 'Arn'] } }] },
    C: { 'Fn::FindInMap': ['a', { Ref: 'AWS::Region' }, 'z'] },
    Version: '2012-10-17',
    Account: '012345678901',
    On: 'on'
  })
  t.throws(() => parseTemplate('a: [1\nb: 2'), { message: /^\d+:\d+: / })
  t.throws(() => parseTemplate('a: !Reff b'), { message: /unknown tag !Reff/ })
})

const key = (statements: unknown, rest: object = {}): object => ({
  Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Version: '2012-10-17', Statement: statements } }, ...rest }
})
const role = {
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: JSON.parse(trustPolicy),
      Policies: [{ PolicyName: 'kms', PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ACTIONS, Resource: { 'Fn::GetAtt': ['Key', 'Arn'] } }] } }]
    }
  }
}
const roleStatement = { ...serviceStatement, Sid: 'Role', Principal: { AWS: { 'Fn::GetAtt': ['Role', 'Arn'] } } }
const deny = { Sid: 'No', Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*' }
const parameters = { Parameters: { Missing: { Type: 'String' } }, Conditions: { Open: { 'Fn::Equals': [{ Ref: 'Missing' }, 'x'] }, Never: { 'Fn::Equals': ['a', 'b'] } } }
const statements = [rootStatement, serviceStatement, roleStatement]

interface Case {
  name: string
  resources: object
  rest?: object
  verdict: Report['verdict']
  role?: string
  service?: string
  reason?: RegExp
}

const attached = (properties: object, rest: object = {}): object => ({
  Policy: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'p', PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: 'kms:*', Resource: '*' }] }, ...properties }, ...rest }
})

const denyAsText = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: 'kms:*', Resource: '*' }] })

const cases: Case[] = [
  { name: 'all is known, by references between the resources', resources: { ...key(statements), ...role }, verdict: 'pass', role: 'allowed', service: 'allowed' },
  { name: 'a key without policy has the default policy of KMS', resources: { Key: { Type: 'AWS::KMS::Key', Properties: {} }, ...role }, verdict: 'fail', role: 'allowed', service: 'implicitDeny' },
  { name: 'a Deny under a condition that is not decided', resources: { ...key([...statements, { 'Fn::If': ['Open', deny, { Ref: 'AWS::NoValue' }] }]), ...role }, rest: parameters, verdict: 'indeterminate', role: 'unknown', service: 'unknown', reason: /\/Statement\/3: condition Open: parameter Missing/ },
  { name: 'a Deny under a condition that does not hold', resources: { ...key([...statements, { 'Fn::If': ['Never', deny, { Ref: 'AWS::NoValue' }] }]), ...role }, rest: parameters, verdict: 'pass' },
  { name: 'an Allow under a condition that is not decided', resources: { ...key([rootStatement, roleStatement, { 'Fn::If': ['Open', serviceStatement, { Ref: 'AWS::NoValue' }] }]), ...role }, rest: parameters, verdict: 'indeterminate', role: 'allowed', service: 'unknown' },
  { name: 'a statement that is not known at all', resources: { ...key([...statements, { 'Fn::Transform': { Name: 'Statement' } }]), ...role }, verdict: 'indeterminate', role: 'unknown', service: 'unknown' },
  { name: 'a principal that is imported', resources: { ...key([rootStatement, serviceStatement, { ...roleStatement, Principal: { AWS: { 'Fn::ImportValue': 'role' } } }]), ...role }, verdict: 'indeterminate', role: 'allowed', service: 'allowed', reason: /\/Statement\/2\/Principal\/AWS: Fn::ImportValue/ },
  { name: 'a resource whose condition does not hold', resources: { ...key(statements), ...role, ...attached({ Roles: [{ Ref: 'Role' }] }, { Condition: 'Never' }) }, rest: parameters, verdict: 'pass' },
  { name: 'a policy whose condition is not decided', resources: { ...key(statements), ...role, ...attached({ Roles: [{ Ref: 'Role' }] }, { Condition: 'Open' }) }, rest: parameters, verdict: 'indeterminate', role: 'unknown', service: 'allowed' },
  {
    name: 'a policy given as text whose condition is not decided',
    resources: { ...key(statements), ...role, ...attached({ Roles: [{ Ref: 'Role' }], PolicyDocument: denyAsText }, { Condition: 'Open' }) },
    rest: parameters,
    verdict: 'indeterminate',
    role: 'unknown',
    service: 'allowed'
  },
  { name: 'a policy of a role that is not known', resources: { ...key(statements), ...role, ...attached({ Roles: [{ Ref: 'Missing' }] }) }, rest: parameters, verdict: 'indeterminate', role: 'unknown' },
  { name: 'a policy of another role', resources: { ...key(statements), ...role, ...attached({ Roles: ['Other'] }) }, verdict: 'pass' },
  { name: 'a policy as a resource of its own', resources: { ...key(statements), ...role, ...attached({ Roles: [{ Ref: 'Role' }] }) }, verdict: 'fail', role: 'explicitDeny' },
  { name: 'a managed policy of the template', resources: { ...key(statements), Role: { ...role.Role, Properties: { ...role.Role.Properties, Policies: [], ManagedPolicyArns: [{ Ref: 'Managed' }] } }, Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: role.Role.Properties.Policies[0]?.PolicyDocument } } }, verdict: 'pass' },
  { name: 'a managed policy of AWS', resources: { ...key(statements), Role: { ...role.Role, Properties: { ...role.Role.Properties, ManagedPolicyArns: ['arn:aws:iam::aws:policy/PowerUserAccess'] } } }, verdict: 'indeterminate', role: 'unknown', reason: /PowerUserAccess is not in the template/ },
  { name: 'a macro over the whole template', resources: { ...key(statements), ...role }, rest: { Transform: 'OurMacro' }, verdict: 'indeterminate', role: 'unknown', service: 'unknown', reason: /the transform OurMacro may change it/ },
  { name: 'a transform at the top of the template', resources: { ...key(statements), ...role }, rest: { 'Fn::Transform': { Name: 'AWS::Include' } }, verdict: 'indeterminate', role: 'unknown', service: 'unknown' },
  { name: 'a transform beside the key policy', resources: { Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Version: '2012-10-17', Statement: statements }, 'Fn::Transform': { Name: 'AWS::Include' } } }, ...role }, verdict: 'indeterminate', service: 'unknown' },
  { name: 'a transform that may bring a boundary', resources: { ...key(statements), Role: { ...role.Role, Properties: { ...role.Role.Properties, 'Fn::Transform': { Name: 'AWS::Include' } } } }, verdict: 'indeterminate', role: 'unknown' },
  { name: 'a pattern that may match the name of the role', resources: { ...key([...statements, { ...deny, Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/MyStack-*' } } }]), ...role }, verdict: 'indeterminate', role: 'unknown', reason: /role\/MyStack-\* may match a name that AWS decides/ },
  { name: 'the transform of AWS SAM leaves keys and roles as they are', resources: { ...key(statements), ...role }, rest: { Transform: 'AWS::Serverless-2016-10-31' }, verdict: 'pass' }
]

for (const { name, resources, rest, verdict, role, service, reason } of cases)
  t.test(`CloudFormation template: ${name}`, async (t) => {
    const plan = extractPlan(template(resources, rest), place)
    const report = verifyPlanned(plannedDocuments(plan, { operations: ['datasetGroup'], ...selectUsage(plan, {}) }))
    const decision = (type: string): string | undefined =>
      report.checks.find((check) => check.principal.type === type && check.action === 'kms:Decrypt')?.effective
    t.equal(report.verdict, verdict, report.summary.headline)
    if (role !== undefined) t.equal(decision('role'), role, 'the role')
    if (service !== undefined) t.equal(decision('service'), service, 'the service principal')
    if (reason !== undefined) t.match(report.notEvaluated.map(({ why }) => why).join('\n'), reason)
  })

t.test('a parameter that the template does not have is refused', async (t) => {
  const given = { ...place, parameters: { Mising: 'x' } }
  t.throws(() => extractPlan(template({ ...key(statements), ...role }, parameters), given), { name: 'PlanError', message: /no parameter Mising; it has Missing/ })
})

t.test('a template that refers to itself is refused, and takes no long time', async (t) => {
  t.throws(() => parseTemplate('a: &a [*a]'), { name: 'PlanError', message: /refers to itself/ })
  const lines = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array(10).fill(`*l${level}`).join(', ')}]`)
  t.throws(() => parseTemplate(['l0: &l0 x', ...lines].join('\n')), { name: 'PlanError', message: /too large/ })
  const itself = { Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: { 'Fn::Sub': '${Role}' } } } }
  t.throws(() => extractPlan(template(itself), place), { name: 'PlanError', message: /refers to itself/ })
})

t.test('loops over resources are refused, rather than left out', async (t) => {
  t.throws(() => extractPlan(template({ 'Fn::ForEach::Keys': ['X', ['a'], {}] }), place), { message: /processed template/ })
})

t.test('cdk.out: stacks with their environment', async (t) => {
  t.strictSame(cdkStacks(fixture('cdk.out/manifest.json')), [
    { name: 'PersonalizeStack', templateFile: 'PersonalizeStack.template.json', settings: { accountId: ACCOUNT, region: 'eu-west-1' } }
  ])
  const agnostic = { artifacts: { S: { type: 'aws:cloudformation:stack', environment: 'aws://unknown-account/unknown-region', properties: { templateFile: 'S.json' } } } }
  t.strictSame(cdkStacks(agnostic), [{ name: 'S', templateFile: 'S.json', settings: {} }])
  t.throws(() => cdkStacks([]), { name: 'PlanError' })
})
