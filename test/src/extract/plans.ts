import { readFileSync } from 'node:fs'
import { isObject } from '../../../src/json/json.js'

export const ACCOUNT = '111122223333'
export const ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:CreateGrant', 'kms:ListGrants']
const managed = 'aws_kms_key.data'

/** A Terraform plan in the form of `terraform show -json`, of these resources. */
export function terraformPlan (resources: readonly TerraformResource[], extra: object = {}): object {
  return {
    format_version: '1.2',
    terraform_version: '1.11.4',
    variables: { region: { value: 'us-east-1' } },
    planned_values: { root_module: {} },
    resource_changes: resources.map(({ expressions: _, after, unknown = {}, actions = ['create'], before, ...resource }) => ({
      mode: 'managed',
      ...resource,
      change: actions.some((action) => action === 'delete' || action === 'forget') && !actions.includes('create')
        ? { actions, before: after, after: null, after_unknown: {} }
        : { actions, before: before ?? (actions.includes('create') ? null : after), after, after_unknown: unknown }
    })),
    configuration: {
      provider_config: { aws: { name: 'aws', expressions: { region: { references: ['var.region'] } } } },
      root_module: {
        resources: resources
          .filter(({ module_address: module }) => module === undefined)
          .map(({ address, type, name, mode = 'managed', expressions = {} }) => ({
            address,
            mode,
            type,
            name,
            provider_config_key: 'aws',
            expressions
          }))
      }
    },
    ...extra
  }
}

export interface TerraformResource {
  address: string
  type: string
  name: string
  mode?: string
  index?: string | number
  module_address?: string
  actions?: string[]
  /** After the apply; of what is deleted, before it. */
  after: object
  before?: object
  unknown?: object
  expressions?: object
}

export const references = (...names: string[]): { references: string[] } => ({ references: names })

/** A resource `TYPE.NAME`. */
export function resource (
  address: string,
  after: object,
  { unknown = {}, expressions = {}, ...rest }: Partial<TerraformResource> = {}
): TerraformResource {
  const [type = '', name = ''] = address.replace(/^data\./, '').split('.')
  return { address, type, name, after, unknown, expressions, ...rest }
}

export const rootStatement = {
  Sid: 'Root',
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
  Action: 'kms:*',
  Resource: '*'
}
export const serviceStatement = {
  Sid: 'Service',
  Effect: 'Allow',
  Principal: { Service: 'personalize.amazonaws.com' },
  Action: ACTIONS,
  Resource: '*'
}
export const policy = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })

/** A key to be created, whose policy is known. */
export const newKey = (document: string, expressions: object = { policy: {} }): TerraformResource =>
  resource(managed, { policy: document }, { unknown: { arn: true, key_id: true, id: true }, expressions })

export const trustPolicy = policy({
  Effect: 'Allow',
  Principal: { Service: 'personalize.amazonaws.com' },
  Action: 'sts:AssumeRole',
  Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } }
})

/** The service role, with these attributes beside its name and trust policy. */
export const serviceRole = (after: object = {}, rest: Partial<TerraformResource> = {}): TerraformResource =>
  resource(
    'aws_iam_role.service',
    { name: 'Personalize', path: '/', assume_role_policy: trustPolicy, ...after },
    { unknown: { arn: true, id: true, inline_policy: true, managed_policy_arns: true }, expressions: { assume_role_policy: {} }, ...rest }
  )

/** An inline policy of the service role that allows all actions. */
export const rolePolicy = resource(
  'aws_iam_role_policy.kms',
  { name: 'kms', policy: policy({ Effect: 'Allow', Action: ACTIONS, Resource: '*' }) },
  { unknown: { role: true }, expressions: { role: references('aws_iam_role.service.id', 'aws_iam_role.service') } }
)

export function fixture (name: string): unknown {
  return JSON.parse(readFileSync(`test/fixtures/plans/${name}`, 'utf8'))
}

/** A template with these resources. */
export function template (resources: object, rest: object = {}): Record<string, unknown> {
  const value: unknown = { AWSTemplateFormatVersion: '2010-09-09', Resources: resources, ...rest }
  return isObject(value) ? { ...value } : {}
}
