import { isObject, type JsonObject } from '../../json/json.js'
import { partitionOf, placeholderBucketName, placeholderKeyArn, placeholderRoleName, PlanError, type PlanSettings } from '../plan.js'
import { isUnknown, knownText, unknown } from '../unknown.js'
import { evaluate, type TemplateScope } from './evaluate.js'

/** A resource of the template. */
export interface TemplateResource {
  logicalId: string
  type: string
  properties: JsonObject
}

/** Where the stack is created. */
export interface Place {
  accountId: string
  region: string
}

const KEY_TYPES = ['AWS::KMS::Key', 'AWS::KMS::ReplicaKey']

/** Parameters, pseudo parameters and resources, as the functions of the template refer to them. */
export function templateScope (template: JsonObject, place: Place, { parameters = {} }: PlanSettings): TemplateScope {
  const resources = isObject(template['Resources']) ? template['Resources'] : {}
  const scope: TemplateScope = {
    values: new Map([...pseudoParameters(place), ...parameterValues(template['Parameters'], parameters)]),
    mappings: isObject(template['Mappings']) ? template['Mappings'] : {},
    conditions: isObject(template['Conditions']) ? template['Conditions'] : {},
    decided: new Map(),
    ref: (logicalId) =>
      refOf(resourceOf(resources, logicalId), place, scope) ?? unresolved(`Ref ${logicalId}`, resources, logicalId),
    attribute: (logicalId, name) =>
      attributeOf(resourceOf(resources, logicalId), name, place, scope) ??
      unresolved(`Fn::GetAtt ${logicalId}.${name}`, resources, logicalId)
  }
  return scope
}

export function resourceOf (resources: JsonObject, logicalId: string): TemplateResource | undefined {
  const resource = Object.hasOwn(resources, logicalId) ? resources[logicalId] : undefined
  if (!isObject(resource)) return undefined
  const { Type: type, Properties: properties } = resource
  return { logicalId, type: String(type), properties: isObject(properties) ? properties : {} }
}

function unresolved (what: string, resources: JsonObject, logicalId: string): unknown {
  return unknown(
    Object.hasOwn(resources, logicalId)
      ? `${what} is known only after ${logicalId} is created`
      : `${what}: the template has neither such a parameter nor such a resource`
  )
}

function pseudoParameters ({ accountId, region }: Place): Array<[string, unknown]> {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const stack = (name: string): unknown => unknown(`${name} is known only when the stack is created`)
  return [
    ['AWS::AccountId', accountId],
    ['AWS::Region', region],
    ['AWS::Partition', partitionOf(region)],
    ['AWS::URLSuffix', suffix],
    ...['AWS::StackName', 'AWS::StackId', 'AWS::NotificationARNs'].map((name): [string, unknown] => [name, stack(name)])
  ]
}

/** Given values first, then defaults. A value of Systems Manager is read only by CloudFormation. */
function parameterValues (parameters: unknown, given: Readonly<Record<string, string>>): Array<[string, unknown]> {
  const declared = isObject(parameters) ? parameters : {}
  const other = Object.keys(given).find((name) => !Object.hasOwn(declared, name))
  if (other !== undefined) {
    const names = Object.keys(declared).join(', ')
    throw new PlanError(`the template has no parameter ${other}; it has ${names === '' ? 'none' : names}`)
  }
  return Object.entries(declared).map(([name, parameter]) => {
    const { Type: type, Default: standard } = isObject(parameter) ? parameter : {}
    const value = Object.hasOwn(given, name) ? given[name] : standard
    if (String(type).startsWith('AWS::SSM::Parameter::Value'))
      return [name, unknown(`parameter ${name} is read from AWS Systems Manager`)]
    if (value === undefined) return [name, unknown(`parameter ${name} has no value; give --parameter ${name}=VALUE`)]
    const isList = String(type) === 'CommaDelimitedList' || String(type).startsWith('List<')
    return [
      name,
      isList
        ? String(value)
          .split(',')
          .map((item) => item.trim())
        : typeof value === 'number' || typeof value === 'boolean'
          ? String(value)
          : value
    ]
  })
}

/** The ARN of the key is AWS's to decide; that of a role follows from its name, if it has one. */
export function keyArn (logicalId: string, place: Place): string {
  return placeholderKeyArn(logicalId, place)
}

export function roleName (
  { logicalId, properties }: TemplateResource,
  scope: TemplateScope
): { name: string; isPlaceholder: boolean } {
  const name = knownText(evaluate(properties['RoleName'], scope))
  return name === undefined
    ? { name: placeholderRoleName(logicalId), isPlaceholder: true }
    : { name, isPlaceholder: false }
}

/** The name of a bucket; without one CloudFormation makes it of the stack, the logical id and a random part. */
export function bucketName (
  { logicalId, properties }: TemplateResource,
  scope: TemplateScope
): { name: string; isPlaceholder: boolean } {
  const name = knownText(evaluate(properties['BucketName'], scope))
  return name === undefined
    ? { name: placeholderBucketName(logicalId), isPlaceholder: true }
    : { name, isPlaceholder: false }
}

export function roleArn (
  resource: TemplateResource,
  { accountId, region }: Place,
  scope: TemplateScope
): string | undefined {
  const path = resource.properties['Path'] === undefined ? '/' : evaluate(resource.properties['Path'], scope)
  if (isUnknown(path)) return undefined
  return `arn:${partitionOf(region)}:iam::${accountId}:role${String(path)}${roleName(resource, scope).name}`
}

function refOf (resource: TemplateResource | undefined, place: Place, scope: TemplateScope): unknown {
  if (resource === undefined) return undefined
  if (KEY_TYPES.includes(resource.type)) return keyArn(resource.logicalId, place).replace(/^.*:key\//, '')
  if (resource.type === 'AWS::IAM::Role') return roleName(resource, scope).name
  if (resource.type === 'AWS::IAM::ManagedPolicy') return managedPolicyName(resource.logicalId)
  if (resource.type === 'AWS::S3::Bucket') return bucketName(resource, scope).name
  return resource.type === 'AWS::KMS::Alias' ? evaluate(resource.properties['AliasName'], scope) : undefined
}

/** What stands for the ARN of a managed policy of the template; no ARN of AWS looks like it. */
export function managedPolicyName (logicalId: string): string {
  return `managed-policy-of-the-template:${logicalId}`
}

function attributeOf (
  resource: TemplateResource | undefined,
  name: string,
  place: Place,
  scope: TemplateScope
): unknown {
  if (resource === undefined) return undefined
  const { type, logicalId } = resource
  if (KEY_TYPES.includes(type)) {
    if (name === 'Arn') return keyArn(logicalId, place)
    return name === 'KeyId' ? refOf(resource, place, scope) : undefined
  }
  if (type === 'AWS::IAM::Role' && name === 'Arn') return roleArn(resource, place, scope)
  if (type === 'AWS::S3::Bucket' && name === 'Arn')
    return `arn:${partitionOf(place.region)}:s3:::${bucketName(resource, scope).name}`
  return type === 'AWS::IAM::ManagedPolicy' && name === 'PolicyArn' ? managedPolicyName(logicalId) : undefined
}
