import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import ts from 'typescript'
import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec'
import { policyForm } from '../../../../src/formats/policies/policy-forms.js'
import { BUCKET, GENERATED, hostileModel, NEW_KEY, policiesOf } from './example-policies.js'

/** A construct as the stack made it. */
interface Construct {
  className: string
  id: string
  properties: Record<string, unknown>
  removalPolicy?: string
}

const POLICIES = ['keyPolicy', 'policyDocument', 'assumeRolePolicyDocument']

/** Transpiles the stack and runs its constructor; what it imports of the CDK notes what is constructed. */
function synthesize (text: string): Construct[] {
  const { outputText, diagnostics } = ts.transpileModule(text, {
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 }
  })
  deepStrictEqual(diagnostics, [])
  const constructs: Construct[] = []
  const exports: Record<string, new (scope: unknown, id: string) => unknown> = {}
  const load = (module: string): unknown =>
    module === 'aws-cdk-lib'
      ? { Stack: class { readonly tags = [] }, RemovalPolicy: { RETAIN: 'retain' } }
      : new Proxy({}, { get: (_target, className) => noteConstruct(String(className), constructs) })

  new Function('require', 'exports', outputText)(load, exports)
  const Stack = exports['PersonalizeKmsPolicies']
  if (Stack === undefined) throw new Error('no stack is exported')
  new Stack({}, 'Policies')
  return constructs
}

function noteConstruct (className: string, constructs: Construct[]): unknown {
  return class {
    readonly #construct: Construct
    readonly ref: string
    readonly attrArn: string
    constructor (_scope: unknown, id: string, properties: Record<string, unknown>) {
      this.#construct = { className, id, properties }
      this.ref = `Ref:${id}`
      this.attrArn = `Arn:${id}`
      constructs.push(this.#construct)
    }

    applyRemovalPolicy (policy: string): void {
      this.#construct.removalPolicy = policy
    }
  }
}

const policiesIn = (constructs: readonly Construct[]): unknown[] =>
  constructs.flatMap(({ properties }) => POLICIES.flatMap((name) => properties[name] ?? []))

t.test('generated policies: one construct each, with the same policy', async (t) => {
  const constructs = synthesize(policyForm('cdk', GENERATED))
  t.strictSame(policiesIn(constructs), policiesOf(GENERATED))
  t.match(constructs, [
    { className: 'CfnRole', removalPolicy: 'retain', properties: { roleName: 'Personalize', path: '/service-role/' } },
    { className: 'CfnKey', removalPolicy: 'retain' },
    { className: 'CfnKey', properties: { multiRegion: true } },
    { className: 'CfnRolePolicy', properties: { roleName: 'Ref:RolePersonalize' } },
    { className: 'CfnBucketPolicy', properties: { bucket: BUCKET } }
  ])
})

t.test('key that does not exist yet: the role policy refers to its ARN', async (t) => {
  const constructs = synthesize(policyForm('cdk', NEW_KEY))
  t.match(constructs, [
    { className: 'CfnKey', id: 'NewKey', removalPolicy: 'retain', properties: { keyPolicy: policiesOf(NEW_KEY)[0] } },
    { className: 'CfnRolePolicy', properties: { policyDocument: { Statement: [{ Resource: 'Arn:NewKey' }] } } }
  ])
})

t.test('comments: what CloudFormation cannot do, reasons and sources', async (t) => {
  const text = policyForm('cdk', GENERATED)
  t.match(text, /^ {4}\/\/ CloudFormation cannot set the policy of a key that is in no stack/m)
  for (const { statements = [] } of GENERATED.keyPolicies ?? [])
    for (const { source } of statements) t.match(text, `// ${source}\n`)
})

t.test('imports: nothing that is not used', async (t) => {
  const text = policyForm('cdk', { rolePolicies: GENERATED.rolePolicies ?? [] })
  t.match(text, 'import { Stack, type StackProps } from "aws-cdk-lib"')
  t.match(text, 'import { CfnRolePolicy } from "aws-cdk-lib/aws-iam"')
  t.notMatch(text, 'aws-kms')
})

t.test('properties: those of the specification of CloudFormation, in the CDK\'s case', async (t) => {
  const specification = loadAwsServiceSpecSync()
  const types: Record<string, string> = {
    CfnRole: 'AWS::IAM::Role',
    CfnRolePolicy: 'AWS::IAM::RolePolicy',
    CfnKey: 'AWS::KMS::Key',
    CfnBucketPolicy: 'AWS::S3::BucketPolicy'
  }
  for (const { className, properties } of [GENERATED, NEW_KEY].flatMap((model) => synthesize(policyForm('cdk', model)))) {
    const [type] = [...specification.lookup('resource', 'cloudFormationType', 'equals', types[className] ?? '')]
    const names = Object.keys(type?.properties ?? {}).map((name) => name.charAt(0).toLowerCase() + name.slice(1))
    for (const name of Object.keys(properties)) t.ok(names.includes(name), `${className}.${name}`)
  }
})

t.test('hostile texts: the same policies, and nothing but constructs', async () => {
  fc.assert(
    fc.property(hostileModel, (model) => {
      const constructs = synthesize(policyForm('cdk', model))
      deepStrictEqual(JSON.parse(JSON.stringify(policiesIn(constructs))), policiesOf(model))
    }),
    { numRuns: 100 }
  )
})
