import type { S3Check } from '../../../schemas/bucket.js'
import type { Finding, StatementReference } from '../../../schemas/verification.js'
import type { FindingCode } from '../../findings/catalogue.js'
import { formatList, formatStatement, takeFirst } from '../../findings/format.js'
import { openDenyCode } from '../../findings/open-deny.js'
import { groupBy } from '../../group-by.js'
import { RESOURCE } from '../../iam/match/request-context.js'
import { hasUnreadLayer } from '../check/checks.js'
import { referenceTo } from '../check/decision-evidence.js'
import type { CheckedS3Access } from '../check/s3-checks.js'
import { type CauseOf, findingOfCauses } from './access-cause.js'
import { boundaryRemedy, detachmentFor } from './aws-managed.js'
import type { Gap } from './near-statement.js'
import { missingInBucketPolicy, missingInRolePolicies, objectsNotNamed } from './s3-missing.js'

type Cause = CauseOf<CheckedS3Access>

/** What follows from the checks of the locations: one finding for each cause, with all the actions it concerns. */
export function s3AccessFindings (checked: readonly CheckedS3Access[]): Finding[] {
  const causes = checked.flatMap((access) => [...effectiveCauses(access), ...documentedCauses(access)])
  return groupBy(causes, ({ access: { check }, code, statements }) =>
    JSON.stringify([check.bucket, check.prefix, check.roleArn, code, statements])
  ).map(findingOf)
}

function findingOf (causes: readonly [Cause, ...Cause[]]): Finding {
  const { bucket, prefix } = causes[0].access.check
  return findingOfCauses(causes, { bucket }, ` on s3://${bucket}/${prefix}`)
}

const isMetric = ({ check }: CheckedS3Access): boolean => !check.action.startsWith('s3:')

function effectiveCauses (access: CheckedS3Access): Cause[] {
  switch (access.check.effective) {
    case 'allowed':
      return []
    case 'conditional':
      return [openCause(access)]
    case 'explicitDeny':
      return denyCauses(access)
    case 'implicitDeny':
      return implicitCauses(access)
    case 'unknown':
      return hasUnreadLayer(access) || !access.decision.isUnderstood
        ? []
        : [{ ...openCause(access), code: 'NOT_DOCUMENTED' }]
  }
}

/** Condition keys of the network from which a request comes. */
const NETWORK = /^aws:(sourcevpc|sourcevpce|sourcevpcarn|sourceip|vpcsourceip|vpce.*)$/

const CODES_OF_LAYERS: Readonly<Record<string, FindingCode>> = {
  serviceControlPolicies: 'SERVICE_CONTROL_POLICY_BLOCKS',
  resourceControlPolicies: 'RESOURCE_CONTROL_POLICY_BLOCKS'
}

function denyCauses (access: CheckedS3Access): Cause[] {
  const denies = access.decision.matchedStatements.filter(({ effect }) => effect === 'Deny')
  const { listed, left } = takeFirst(denies)
  return listed.map((location): Cause => {
    const statement = referenceTo(location, 'bucketPolicy')
    const isNetwork =
      location.policy === 'resourcePolicy' && conditionKeysOf(access, statement).some((key) => NETWORK.test(key))
    return {
      access,
      code: isNetwork ? 'VPC_ONLY_BUCKET' : (CODES_OF_LAYERS[location.policy] ?? 'EXPLICIT_DENY'),
      statements: [statement],
      left,
      why: () => `denied by ${formatStatement(statement)}`,
      ...detachmentFor(access.role, statement)
    }
  })
}

function conditionKeysOf ({ policies }: CheckedS3Access, { index }: StatementReference): string[] {
  const statements = policies.resourcePolicy?.policies.flatMap((policy) => policy.statements) ?? []
  return statements.find((statement) => statement.index === index)?.conditions.map(({ key }) => key) ?? []
}

/** A Deny first: it is what needs a change. */
function openCause (access: CheckedS3Access): Cause {
  const { check, decision } = access
  const { listed, left } = takeFirst(decision.mayBeDetermining)
  const open = listed.map((location) => referenceTo(location, 'bucketPolicy'))
  const [denies, allows] = [
    open.filter(({ effect }) => effect === 'Deny'),
    open.filter(({ effect }) => effect === 'Allow')
  ]
  return {
    access,
    ...openCode(check, denies.length > 0),
    statements: [...denies, ...allows],
    left,
    why: () => conditionText(check)
  }
}

const OR_CONTEXT =
  'If you know which value Amazon Personalize sends, give it as `context` and verify again instead.'

function openCode ({ missingContextValues }: S3Check, isDeny: boolean): Pick<Cause, 'code' | 'remedy'> {
  const keys = missingContextValues.map((key) => key.toLowerCase())
  if (missingContextValues.includes(RESOURCE)) return { code: 'PREFIX_NAMES_SIBLINGS' }
  const code = isDeny ? openDenyCode(missingContextValues) : 'ACCESS_DEPENDS_ON_CONDITION'
  if (code !== 'ACCESS_DEPENDS_ON_CONDITION') return { code }
  if (isDeny) return { code, remedy: `Exclude Amazon Personalize and its role from this Deny statement. ${OR_CONTEXT}` }
  return keys.every((key) => key.startsWith('aws:source'))
    ? { code }
    : { code, remedy: `Allow Amazon Personalize in a separate statement without this condition. ${OR_CONTEXT}` }
}

function conditionText ({ missingContextValues, conditions = [], omitted = {} }: S3Check): string {
  const needed = conditions.map(({ key, needs, effect, statement }) => {
    const does = effect === 'Allow' ? 'allows' : 'denies'
    return key === RESOURCE
      ? `${formatStatement(statement)} ${does} on ${needs}`
      : `${formatStatement(statement)} ${does} on ${key} ${needs}`
  })
  const names = missingContextValues.map((key) => (key === RESOURCE ? 'which object it is' : key))
  const keys = formatList(names, ', ', omitted['missingContextValues'])
  return `allowed or not depending on ${keys}: ${formatList([...new Set(needed)], '; ', omitted['conditions'])}`
}

function implicitCauses (access: CheckedS3Access): Cause[] {
  const { check, role } = access
  if (role === undefined)
    return [
      { access, code: 'S3_SERVICE_PRINCIPAL_NOT_ALLOWED', why: missingInBucketPolicy },
      ...notNamed(access, 'bucketPolicy')
    ]
  const causes: Cause[] = []
  if (check.layers.permissionsBoundary === 'implicitDeny')
    causes.push({
      access,
      code: 'BOUNDARY_BLOCKS',
      why: () => 'no statement of its permissions boundary allows it',
      ...boundaryRemedy(role)
    })
  if (check.layers.serviceControlPolicies === 'implicitDeny')
    causes.push({
      access,
      code: 'SERVICE_CONTROL_POLICY_BLOCKS',
      why: () => 'no service control policy allows it on one level of the organization'
    })
  if (role.observed.role.state === 'notFound') return causes
  if (isMetric(access)) return [...causes, { access, code: 'METRIC_DATA_NOT_ALLOWED', why: missingInRolePolicies }]
  const isGranted = check.missingFrom.length === 0
  if (!isGranted || causes.length === 0) causes.push({ access, code: 'S3_ROLE_NOT_ALLOWED', why: missingForRole })
  return [...causes, ...notNamed(access, 'iamPolicy')]
}

function missingForRole (accesses: readonly CheckedS3Access[]): Gap {
  const [access] = accesses
  const isForeign = access?.check.requiredIn.includes('bucketPolicy') === true
  const parts = [
    ...(isForeign && access.granted.bucketPolicy !== 'yes' ? [missingInBucketPolicy(accesses)] : []),
    ...(access?.granted.iamPolicy !== 'yes' ? [missingInRolePolicies(accesses)] : [])
  ]
  const texts = parts.map(({ text }) => text)
  return {
    text: texts.length === 0 ? 'AWS would deny it' : `AWS would deny it: ${texts.join('; ')}`,
    statements: parts.flatMap(({ statements }) => statements)
  }
}

function notNamed (access: CheckedS3Access, place: 'bucketPolicy' | 'iamPolicy'): Cause[] {
  return objectsNotNamed(access, place).map(({ statement, names }) => ({
    access,
    code: 'OBJECTS_NOT_NAMED',
    statements: [statement],
    why: () => `${formatStatement(statement)} names ${names}, which is not ${access.check.resource}`
  }))
}

/** What AWS's page requires, policy by policy: as severe as what it breaks. */
function documentedCauses (access: CheckedS3Access): Cause[] {
  const { check, role, granted } = access
  if (isMetric(access)) return []
  const places = check.requiredIn.filter((place) => granted[place] === 'no')
  if (role === undefined || role.observed.role.state === 'notFound') return []
  const severity = check.effective === 'implicitDeny' ? 'error' : 'warning'
  return places.map((place) =>
    place === 'bucketPolicy'
      ? { access, code: 'S3_ROLE_BUCKET_POLICY_INCOMPLETE', severity, why: missingInBucketPolicy }
      : { access, code: 'S3_ROLE_IAM_POLICY_INCOMPLETE', severity, why: missingInRolePolicies }
  )
}
