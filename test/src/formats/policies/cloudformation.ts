import { deepStrictEqual } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec'
import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { policyForm } from '../../../../src/formats/policies/policy-forms.js'
import { BUCKET, GENERATED, hostileModel, KEY, missing, NEW_KEY, policiesOf } from './example-policies.js'

interface Resource {
  Type: string
  DeletionPolicy?: string
  UpdateReplacePolicy?: string
  Metadata?: { Comments: string[] }
  Properties: Record<string, unknown>
}
type Template = { Resources: Record<string, Resource>; Metadata?: { Comments: string[] } }

const FORMS = ['cloudformation', 'cloudformation-json'] as const
const READERS: Record<(typeof FORMS)[number], (text: string) => Template> = {
  'cloudformation': (text) => parse(text, { version: '1.1', merge: true }),
  'cloudformation-json': (text) => JSON.parse(text)
}
const PROPERTIES = ['KeyPolicy', 'PolicyDocument', 'AssumeRolePolicyDocument']

const policiesIn = ({ Resources }: Template): unknown[] =>
  Object.values(Resources).flatMap(({ Properties }) => PROPERTIES.flatMap((name) => Properties[name] ?? []))

for (const form of FORMS) {
  t.test(form, async (t) => {
    const read = READERS[form]
    const text = policyForm(form, GENERATED)
    const template = read(text)

    t.test('the same policies', async (t) => {
      t.strictSame(policiesIn(template), policiesOf(GENERATED))
    })

    t.test('resources: keys and roles are retained, the role policy refers to the role', async (t) => {
      t.match(Object.values(template.Resources), [
        { Type: 'AWS::IAM::Role', DeletionPolicy: 'Retain', Properties: { RoleName: 'Personalize', Path: '/service-role/' } },
        { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' },
        { Type: 'AWS::KMS::Key', Properties: { MultiRegion: true } },
        { Type: 'AWS::IAM::RolePolicy', Properties: { RoleName: { Ref: 'RolePersonalize' } } },
        { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: BUCKET } }
      ])
    })

    t.test('notes: what CloudFormation cannot do, reasons, sources and warnings', async (t) => {
      const words = text.replace(/\s+#?\s*/g, ' ')
      for (const part of [
        'CloudFormation cannot set the policy of a key that is in no stack.',
        `import the key (KeyId ${KEY.split('/').at(-1)})`,
        'CloudFormation cannot set the trust policy of a role that is in no stack.',
        'Warning (CROSS_ACCOUNT_KEY)',
        'Stack: account 444455556666, Region eu-west-1.',
        ...(GENERATED.keyPolicies ?? []).flatMap(({ statements = [] }) => statements.map(({ source }) => source))
      ])
        t.ok(words.includes(part), part)
    })

    t.test('key that does not exist yet: the role policy refers to its ARN', async (t) => {
      const { Resources } = read(policyForm(form, NEW_KEY))
      t.match(Resources, {
        NewKey: { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain', Properties: { KeyPolicy: policiesOf(NEW_KEY)[0] } },
        RolePolicyPersonalize: {
          Properties: {
            RoleName: 'Personalize',
            PolicyDocument: { Statement: [{ Resource: { 'Fn::GetAtt': ['NewKey', 'Arn'] } }] }
          }
        }
      })
    })

    t.test('text that CloudFormation replaces: the template says so', async (t) => {
      const statement = { Sid: '{{resolve:ssm:/x}}', Condition: { StringEquals: { Ref: 'x' } } }
      const policy = { Version: '2012-10-17', Statement: [statement] }
      const words = policyForm(form, { keyPolicies: [{ kmsKeyArn: KEY, policy }] }).replace(/\s+#?\s*/g, ' ')
      t.match(words, 'CloudFormation does not keep a text with')
      t.match(words, 'CloudFormation does not keep a member with the name of a function')
      t.notMatch(text.replace(/\s+#?\s*/g, ' '), 'CloudFormation does not keep')
    })

    t.test('hostile texts: the same policies', async () => {
      fc.assert(
        fc.property(hostileModel, (model) => {
          deepStrictEqual(policiesIn(read(policyForm(form, model))), policiesOf(model))
        }),
        { numRuns: 200 }
      )
    })
  })
}

t.test('specification of CloudFormation: types, properties and required properties', async (t) => {
  const specification = loadAwsServiceSpecSync()
  for (const model of [GENERATED, NEW_KEY]) {
    const { Resources } = READERS['cloudformation-json'](policyForm('cloudformation-json', model))
    for (const { Type, Properties } of Object.values(Resources)) {
      const [type] = [...specification.lookup('resource', 'cloudFormationType', 'equals', Type)]
      if (type === undefined) throw new Error(`no type ${Type}`)
      for (const name of Object.keys(Properties)) t.ok(name in type.properties, `${Type} has ${name}`)
      for (const [name, { required }] of Object.entries(type.properties))
        if (required === true) t.ok(name in Properties, `${Type} needs ${name}`)
    }
  }
})

const PYTHON = `import json, sys, yaml
json.dump([yaml.safe_load(text) for text in json.load(sys.stdin)], sys.stdout, default=str)`

t.test('PyYAML, which reads YAML 1.1: the same templates', { skip: missing('python3', '-c', 'import yaml') }, async (t) => {
  const models = fc.sample(hostileModel, 100)
  const input = JSON.stringify(models.map((model) => policyForm('cloudformation', model)))
  const { stdout, stderr, status } = spawnSync('python3', ['-c', PYTHON], { input, encoding: 'utf8' })
  t.equal(status, 0, stderr)
  const templates: Template[] = JSON.parse(stdout)
  for (const [index, model] of models.entries()) {
    const template = templates[index]
    if (template !== undefined) deepStrictEqual(policiesIn(template), policiesOf(model))
  }
})

t.test('cfn-lint: has no finding', { skip: missing('cfn-lint', '--version') }, async (t) => {
  const folder = t.testdir({
    'generated.yaml': policyForm('cloudformation', GENERATED),
    'generated.json': policyForm('cloudformation-json', GENERATED),
    'new-key.yaml': policyForm('cloudformation', NEW_KEY),
    'role-policy.yaml': policyForm('cloudformation', { rolePolicies: GENERATED.rolePolicies ?? [] })
  })
  const files = readdirSync(folder).map((file) => join(folder, file))
  const { stdout, stderr, status } = spawnSync('cfn-lint', files, { encoding: 'utf8' })
  t.equal(status, 0, stdout + stderr)
})
