import { isObject } from '../../json/json.js'
import { type CloudFormationResource, cloudFormationResources, NEW_KEY } from './cloudformation.js'
import { policyEntries, type PoliciesModel, reasonsOf } from './model.js'
import { headerLines } from './notes.js'
import { commentLines, printValue, type ValueSyntax } from './print-value.js'
import { quoted } from './text.js'

const variableOf = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

const TYPESCRIPT: ValueSyntax = {
  comment: '//',
  assign: ': ',
  separator: ',',
  isAligned: false,
  name: (name) => {
    // As a plain member it would set the prototype of the object.
    if (name === '__proto__') return '["__proto__"]'
    return /^[A-Za-z]+$/.test(name) ? name : quoted(name)
  },
  text: quoted,
  newKeyArn: `${variableOf(NEW_KEY)}.attrArn`
}

/** The module and class of each type: the constructs of CloudFormation's own shape keep a policy as it is. */
const CLASSES: Readonly<Record<string, { module: string; name: string }>> = {
  'AWS::IAM::Role': { module: 'aws-cdk-lib/aws-iam', name: 'CfnRole' },
  'AWS::IAM::RolePolicy': { module: 'aws-cdk-lib/aws-iam', name: 'CfnRolePolicy' },
  'AWS::KMS::Key': { module: 'aws-cdk-lib/aws-kms', name: 'CfnKey' },
  'AWS::S3::BucketPolicy': { module: 'aws-cdk-lib/aws-s3', name: 'CfnBucketPolicy' }
}

/** The policies as a stack of the AWS CDK, version 2, in TypeScript. */
export function renderCdk (model: PoliciesModel): string {
  const resources = cloudFormationResources(policyEntries(model))
  const lines = [
    ...commentLines(headerLines(model), '//'),
    '',
    ...importLines(resources),
    '',
    'export class PersonalizeKmsPolicies extends Stack {',
    '  constructor(scope: Construct, id: string, props?: StackProps) {',
    '    super(scope, id, props)',
    ...resources.flatMap((resource) => ['', ...constructLines(resource)]),
    '  }',
    '}'
  ]
  return `${lines.join('\n')}\n`
}

function importLines (resources: readonly CloudFormationResource[]): string[] {
  const types = new Set(resources.map(({ type }) => type))
  const used = Object.entries(CLASSES).flatMap(([type, used]) => (types.has(type) ? [used] : []))
  const core = resources.some(({ isRetained }) => isRetained) ? 'RemovalPolicy, Stack' : 'Stack'
  const modules = [...new Set(used.map(({ module }) => module))].map((module) => {
    const names = used.flatMap((candidate) => (candidate.module === module ? [candidate.name] : []))
    return `import { ${names.join(', ')} } from "${module}"`
  })
  return [
    `import { ${core}, type StackProps } from "aws-cdk-lib"`,
    ...modules,
    'import type { Construct } from "constructs"'
  ]
}

function constructLines (resource: CloudFormationResource): string[] {
  const { logicalId, type, properties, policyProperty, isRetained, entry, notes } = resource
  const indent = ' '.repeat(4)
  const members = Object.entries({ ...properties, [policyProperty]: entry.policy }).map(([name, value]) => {
    const text = isObject(value) && typeof value['Ref'] === 'string' && name === 'RoleName'
      ? `${variableOf(value['Ref'])}.ref`
      : printValue(value, TYPESCRIPT, reasonsOf(entry), `${indent}  `)
    return `${indent}  ${variableOf(name)}: ${text},`
  })
  const variable = variableOf(logicalId)
  return [
    ...commentLines(notes, '//', indent),
    `${indent}${isRetained ? `const ${variable} = ` : ''}new ${CLASSES[type]?.name}(this, "${logicalId}", {`,
    ...members,
    `${indent}})`,
    ...(isRetained ? [`${indent}${variable}.applyRemovalPolicy(RemovalPolicy.RETAIN)`] : [])
  ]
}
