import type { Operation } from '../../schemas/usage.js'
import { ACCESS_REQUIREMENTS, type PolicyKind, type Service } from '../personalize/requirements.js'
import { parseKeyArn, parseRoleArn, SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import { usesOf } from '../personalize/locations.js'
import { bucketStatements, type LocationNeed, roleStorageStatements } from '../policies/s3-statements.js'
import { sourceArn } from '../policies/trust-policy.js'
import type { Facts, Place } from './facts.js'

export type StatementKind =
  | 'bucketService'
  | 'bucketRole'
  | 'roleS3'
  | 'keyService'
  | 'keyRole'
  | 'keyAccount'
  | 'roleKms'
  | 'trust'
  | 'passRole'
  | 'allowAction'

export type ExplainedStatement = Record<string, unknown>

/** The documented actions of the operations; of a text that names none, those of an import. */
function actionsOf (
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

/** The role or roles of the job, as far as they are known. */
export const roleOf = ({ roleArns, partition, accountId = '<account-id>', roleName = '<role>' }: Facts): string | string[] =>
  roleArns.length > 1 ? [...roleArns] : (roleArns[0] ?? `arn:${partition}:iam::${accountId}:role/${roleName}`)

/** The operations of which the statement is for: those with the action of the text, where it names one of theirs. */
function storageOperations ({ operations, action = '' }: Facts): Operation[] {
  const uses = (operation: Operation): boolean => usesOf({}, [operation]).length > 0
  const known = operations.filter(uses)
  const wanted: readonly Operation[] = known.length === 0 ? ['datasetImportJob'] : known
  const demanding = ACCESS_REQUIREMENTS.filter((row) => row.service === 's3' && row.actions.includes(action))
  const isDemanded = demanding.length === 0 || demanding.some(({ operation }) => wanted.includes(operation))
  return [...wanted, ...(isDemanded ? [] : demanding.slice(0, 1).map(({ operation }) => operation))]
}

/** What the job needs of its locations: of the folders that the usage or the text names, else to be filled in. */
function storageNeed (facts: Facts, bucketAccountId?: string): LocationNeed {
  const { partition, region, accountId = '<account-id>' } = facts
  const operations = storageOperations(facts)
  const places: readonly Place[] = facts.places.length === 0 ? [{ bucket: '<bucket>', prefix: '' }] : facts.places
  return {
    usage: {
      accountId,
      region,
      partition,
      profile: 'documented',
      sourceConditions: 'none',
      roles: [roleOf(facts)].flat().map((arn) => ({ arn })),
      operations,
      locations: []
    },
    locations: places.map(({ bucket, prefix, use = {} }) => ({
      uri: `s3://${bucket}/${prefix}`,
      bucket,
      prefix: prefix.slice(0, prefix.lastIndexOf('/') + 1),
      uses: usesOf(use, operations),
      accountId: bucketAccountId ?? accountId,
      key: undefined,
      pointer: ''
    })),
    isOfFolders: true
  }
}

/** The facts with the user who called in the place of the role. */
const callerFacts = (facts: Facts): Facts =>
  facts.callerArn === undefined ? facts : { ...facts, roleArns: [facts.callerArn] }

/** Those of the generator for one of the two principals of a bucket policy, or for the role's own policy. */
function storageStatements (kind: 'bucketService' | 'bucketRole' | 'roleS3', facts: Facts): ExplainedStatement[] {
  if (kind === 'roleS3')
    return roleStorageStatements([storageNeed(facts)], () => false).map(({ statement }) => statement)
  // A bucket policy has to name the role where the bucket is in another account alone.
  const need = kind === 'bucketRole' ? storageNeed(callerFacts(facts), '<bucket-account-id>') : storageNeed(facts)
  const type = kind === 'bucketRole' ? 'AWS' : 'Service'
  return bucketStatements([need]).flatMap(({ statement }) =>
    statement.Principal !== undefined && type in statement.Principal ? [statement] : []
  )
}

/** The exact statements for a cause. What neither text nor usage names stands in angle brackets. */
export function statementsOf (kind: StatementKind, facts: Facts): ExplainedStatement[] {
  switch (kind) {
    case 'bucketService':
    case 'bucketRole':
    case 'roleS3':
      return storageStatements(kind, facts)
    default:
      return [statementOf(kind, facts)]
  }
}

function statementOf (
  kind: Exclude<StatementKind, 'bucketService' | 'bucketRole' | 'roleS3'>,
  facts: Facts
): ExplainedStatement {
  switch (kind) {
    case 'keyService':
    case 'keyRole':
      return keyStatement(facts, kind === 'keyService' ? 'service' : 'role')
    case 'keyAccount':
      return accountStatement(facts)
    case 'roleKms':
      return {
        Sid: 'AllowKeyUse',
        Effect: 'Allow',
        Action: roleKeyActions(facts),
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
      if (facts.action === 'iam:PassRole') return statementOf('passRole', facts)
      return { Effect: 'Allow', Action: facts.action ?? '<action>', Resource: oneResource(facts) }
  }
}

/** For imports, whose page demands nothing of the role alone: what a key of another account needs there too. */
function roleKeyActions (facts: Facts): string[] {
  const own = actionsOf(facts, { service: 'kms', policy: 'iamPolicy', principal: 'role' })
  return own.length > 0 ? own : actionsOf(facts, { service: 'kms', policy: 'keyPolicy', principal: 'role' })
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

/** As the default key policy has it; a foreign account gets the action that was refused, and no more. */
function accountStatement (facts: Facts): ExplainedStatement {
  const { callerArn, partition, accountId = '<account-id>', keyArns, action } = facts
  const account = callerArn ?? `arn:${partition}:iam::${accountId}:root`
  const owner = parseKeyArn(keyArns[0] ?? '')?.accountId
  const isOwn = owner === undefined || account.includes(`::${owner}:`)
  return {
    ...(isOwn ? { Sid: 'EnableIAMPolicies' } : {}),
    Effect: 'Allow',
    Principal: { AWS: account },
    Action: isOwn ? 'kms:*' : (action ?? '<action>'),
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
      ArnLike: { 'aws:SourceArn': sourceArn({ partition, accountId, region }) }
    }
  }
}
