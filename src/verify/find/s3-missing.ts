import type { StatementReference } from '../../../schemas/verification.js'
import { formatList, statementReference } from '../../findings/format.js'
import { namesInAllow } from '../../iam/decide/statement-match.js'
import { type Policy, type Statement } from '../../iam/document/policy-document.js'
import { parseCaller } from '../../iam/document/principal.js'
import { resourcePatternMatches } from '../../iam/document/resource.js'
import { RequestContext } from '../../iam/match/request-context.js'
import { NO } from '../../iam/match/truth.js'
import type { CheckedS3Access } from '../check/s3-checks.js'
import { closestStatements, coversActionName } from './missing.js'
import { type Gap, withNear } from './near-statement.js'

const actionsOf = (accesses: readonly CheckedS3Access[]): string[] => [
  ...new Set(accesses.map(({ check }) => check.action))
]

const ofNone = (text: string): Gap => ({ text, statements: [] })

/** What the bucket policy lacks for these accesses of one principal, with the statements that come near. */
export function missingInBucketPolicy (accesses: readonly CheckedS3Access[]): Gap {
  const [access] = accesses
  const policy = access?.bucket.bucketPolicy?.policy
  if (access === undefined || policy === undefined) return ofNone('the bucket policy was not read')
  if (access.bucket.observed.bucketPolicy.state === 'notPresent') return ofNone('the bucket has no policy')
  const near = closestStatements(policy, parseCaller(access.request.principal), {
    actions: actionsOf(accesses),
    resource: access.request.resource,
    context: access.request.context,
    layer: 'bucketPolicy'
  })
  return withNear('no statement of the bucket policy allows it', near)
}

/** The same for the IAM policies of the role. */
export function missingInRolePolicies (accesses: readonly CheckedS3Access[]): Gap {
  const [access] = accesses
  const policies = access?.role?.identityPolicies.map(({ policy }) => policy) ?? []
  if (access === undefined || policies.length === 0) return ofNone('the role has no IAM policy')
  const near = policies.flatMap((policy) =>
    closestStatements(policy, undefined, {
      actions: actionsOf(accesses),
      resource: access.request.resource,
      context: access.request.context,
      layer: 'identityPolicies'
    })
  )
  return withNear(
    `no IAM policy of the role allows it on this location (read: ${formatList(policies.map(({ name }) => name))})`,
    near
  )
}

/** A statement that allows the action, but on another part of the bucket than the objects of the location. */
export function objectsNotNamed (
  access: CheckedS3Access,
  place: 'bucketPolicy' | 'iamPolicy'
): Array<{ statement: StatementReference; names: string }> {
  const { check, request, bucket, role } = access
  const caller = parseCaller(request.principal)
  const policies: readonly Policy[] =
    place === 'bucketPolicy'
      ? [bucket.bucketPolicy?.policy ?? []].flat()
      : (role?.identityPolicies.map(({ policy }) => policy) ?? [])
  return policies.flatMap((policy) =>
    policy.statements.flatMap((statement) => {
      const names = slipsIn(namedResources(statement), bucket.bucket, check.prefix)
      const isAllow =
        statement.effect === 'Allow' &&
        coversActionName(statement.actions, check.action) &&
        (place === 'iamPolicy' || namesInAllow(statement, caller))
      if (
        !isAllow ||
        names.length === 0 ||
        check.action === 's3:ListBucket' ||
        isAbout(statement, request.resource.arn)
      )
        return []
      const layer = place === 'bucketPolicy' ? 'bucketPolicy' : 'identityPolicies'
      return [{ statement: statementReference(layer, policy.name, statement), names: formatList(names) }]
    })
  )
}

/** The resources that were probably meant to be the objects of the location. */
function slipsIn (resources: readonly string[], bucket: string, prefix: string): string[] {
  const named = resources.map((text) => {
    const inside = text.slice(text.indexOf(':::') + 3)
    const [name = '', ...rest] = inside.split('/')
    return { text, name, inside, key: rest.join('/') }
  })
  // Beside the objects of another folder the bucket itself is there for s3:ListBucket.
  const namesObjects = named.some(({ name, key }) => name === bucket && key !== '')
  return named
    .filter(({ name, inside, key }) => name === bucket && !inside.includes('*') && (key !== '' || !namesObjects))
    .filter(({ key }) => prefix.startsWith(key.replace(/\/$/, '')))
    .map(({ text }) => text)
}

function namedResources ({ resources }: Statement): string[] {
  return resources === undefined || resources.inverted ? [] : resources.values.map(({ text }) => text)
}

/** Whether a statement is about all objects of the location. */
function isAbout ({ resources }: Statement, arn: string): boolean {
  if (resources === undefined) return false
  let isOpen = false
  const found = resourcePatternMatches(resources, arn, new RequestContext([]), () => {
    isOpen = true
  })
  return found !== NO && !isOpen
}
