import type { JsonObject } from '../../json/json.js'
import { type CloudFormationResource, cloudFormationResources, NEW_KEY } from './cloudformation.js'
import { NEW_KEY_ARN, policyEntries, type PoliciesModel, reasonsOf } from './model.js'
import { headerLines, statementLines } from './notes.js'

/** The template of these resources. `metadata`: whether it carries the notes, for a form that has no comments. */
export function cloudFormationTemplate (
  resources: readonly CloudFormationResource[],
  header: readonly string[],
  metadata: boolean
): JsonObject {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Policies for Amazon Personalize with a customer managed KMS key',
    ...(metadata ? { Metadata: { Comments: header.filter((line) => line !== '') } } : {}),
    Resources: Object.fromEntries(
      resources.map((resource) => [resource.logicalId, resourceMembers(resource, metadata)])
    )
  }
}

function resourceMembers (resource: CloudFormationResource, metadata: boolean): JsonObject {
  const { type, properties, policyProperty, isRetained, entry, notes } = resource
  return {
    Type: type,
    ...(metadata ? { Metadata: { Comments: [...notes, ...statementComments(resource)] } } : {}),
    ...(isRetained ? { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' } : {}),
    Properties: { ...properties, [policyProperty]: entry.policy }
  }
}

function statementComments ({ entry }: CloudFormationResource): string[] {
  return [...reasonsOf(entry).values()].map((reason) => `${reason.sid}: ${statementLines(reason).join(' ')}`)
}

/** For JSON.stringify and YAML: the new key's ARN is an attribute of its resource. */
export function replaceNewKeyArn (_name: unknown, value: unknown): unknown {
  return value === NEW_KEY_ARN ? { 'Fn::GetAtt': [NEW_KEY, 'Arn'] } : value
}

/** The policies as a CloudFormation template in JSON; what a comment would say is in `Metadata`. */
export function renderCloudFormationJson (model: PoliciesModel): string {
  const template = cloudFormationTemplate(cloudFormationResources(policyEntries(model)), headerLines(model), true)
  return `${JSON.stringify(template, replaceNewKeyArn, 2)}\n`
}
