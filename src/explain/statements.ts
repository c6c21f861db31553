import { ACCESS_REQUIREMENTS, type PolicyKind, type Service } from '../personalize/requirements.js'
import { parseRoleArn, SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import { bucketArn, objectsArn } from '../personalize/locations.js'
import { sourceArn } from '../policies/trust-policy.js'
import type { Facts } from './facts.js'

export type StatementKind =
  | 'bucketService'
  | 'bucketRole'
  | 'roleS3'
  | 'keyService'
  | 'keyRole'
  | 'roleKms'
  | 'trust'
  | 'passRole'
  | 'allowAction'

export type ExplainedStatement = Record<string, unknown>

/** The documented actions of the operations; of a text that names none, those of an import. */
export function actionsOf (
  facts: Facts,
  wanted: { service: Service; policy: PolicyKind; principal: 'role' | 'service' }
): string[] {
  const operations = facts.operations.length === 0 ? ['datasetImportJob'] : facts.operations
  const demanded = ACCESS_REQUIREMENTS.filter(
    (row) =>
      row.profile === 'documented' &&
      row.service === wanted.service &&
      row.policy === wanted.policy &&
      row.principal === wanted.principal &&
      operations.includes(row.operation) &&
      (row.together === undefined || operations.includes(row.together))
  ).flatMap(({ actions }) => actions)
  const denied = facts.action?.startsWith(`${wanted.service}:`) === true ? [facts.action] : []
  return [...new Set([...demanded, ...denied])]
}

const roleOf = ({ roleArns, partition, accountId = '<account-id>', roleName = '<role>' }: Facts): string | string[] =>
  roleArns.length > 1 ? [...roleArns] : (roleArns[0] ?? `arn:${partition}:iam::${accountId}:role/${roleName}`)

/** Bucket and objects: those of the usage or the text, else to be filled in. */
function bucketResources (facts: Facts): string[] {
  const places = facts.places.length === 0 ? [{ bucket: '<bucket>', prefix: '' }] : facts.places
  const folders = places.map(({ bucket, prefix }) => ({ bucket, prefix: prefix.slice(0, prefix.lastIndexOf('/') + 1) }))
  return [
    ...new Set([
      ...places.map(({ bucket }) => bucketArn(facts.partition, bucket)),
      ...folders.map((place) => objectsArn(facts.partition, place))
    ])
  ]
}

function bucketStatement (facts: Facts, sid: string, principal: object | undefined): ExplainedStatement {
  const policy = principal === undefined ? 'iamPolicy' : 'bucketPolicy'
  const Action = actionsOf(facts, { service: 's3', policy, principal: principal === undefined ? 'role' : 'service' })
  return {
    Sid: sid,
    Effect: 'Allow',
    ...(principal === undefined ? {} : { Principal: principal }),
    Action,
    Resource: bucketResources(facts)
  }
}

/** The exact statement for a cause. What neither text nor usage names stands in angle brackets. */
export function statementOf (kind: StatementKind, facts: Facts): ExplainedStatement {
  switch (kind) {
    case 'bucketService':
      return bucketStatement(facts, 'AllowPersonalizeService', { Service: SERVICE_PRINCIPAL })
    case 'bucketRole':
      return bucketStatement(facts, 'AllowPersonalizeRole', { AWS: roleOf(facts) })
    case 'roleS3':
      return bucketStatement(facts, 'AllowBucketUse', undefined)
    case 'keyService':
    case 'keyRole':
      return keyStatement(facts, kind === 'keyService' ? 'service' : 'role')
    case 'roleKms':
      return {
        Sid: 'AllowKeyUse',
        Effect: 'Allow',
        Action: actionsOf(facts, { service: 'kms', policy: 'iamPolicy', principal: 'role' }),
        Resource: facts.keyArns.length === 0 ? '<key-arn>' : facts.keyArns
      }
    case 'trust':
      return trustStatement(facts)
    case 'passRole':
      return {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: parseRoleArn(facts.resource ?? '')?.arn ?? roleOf(facts),
        Condition: { StringEquals: { 'iam:PassedToService': SERVICE_PRINCIPAL } }
      }
    case 'allowAction':
      return { Effect: 'Allow', Action: facts.action ?? '<action>', Resource: oneResource(facts) }
  }
}

/** The resource of the text; `*` for an action that has none. A pattern would allow more than was refused. */
function oneResource ({ resource = '*' }: Facts): string {
  return resource !== '*' && /[*?]|\$\{/.test(resource) ? '<resource>' : resource
}

function keyStatement (facts: Facts, principal: 'role' | 'service'): ExplainedStatement {
  return {
    Sid: principal === 'service' ? 'AllowPersonalizeService' : 'AllowPersonalizeRole',
    Effect: 'Allow',
    Principal: principal === 'service' ? { Service: SERVICE_PRINCIPAL } : { AWS: roleOf(facts) },
    Action: actionsOf(facts, { service: 'kms', policy: 'keyPolicy', principal }),
    Resource: '*'
  }
}

function trustStatement ({ partition, accountId = '<account-id>', region }: Facts): ExplainedStatement {
  return {
    Sid: 'AllowPersonalizeAssumeRole',
    Effect: 'Allow',
    Principal: { Service: SERVICE_PRINCIPAL },
    Action: 'sts:AssumeRole',
    Condition: {
      StringEquals: { 'aws:SourceAccount': accountId },
      ArnLike: { 'aws:SourceArn': sourceArn({ partition: partition === 'aws-cn' ? 'aws-cn' : 'aws', accountId, region }) }
    }
  }
}

/**
 * The condition with which a Deny leaves the caller alone; one more operator in `Condition`, so that the Deny needs all.
 * `service`: the service principal that calls; undefined for a role. No other service is left alone.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalservicename
 */
export function exceptionFor (facts: Facts, service: string | undefined): Record<string, unknown> {
  return service === undefined
    ? { ArnNotEquals: { 'aws:PrincipalArn': roleOf(facts) } }
    : { StringNotEquals: { 'aws:PrincipalServiceName': service } }
}
