import type { Finding, StatementReference } from '../../../schemas/verification.js'
import { finding, type FindingEvidence } from '../../findings/catalogue.js'
import { statementReference, formatCondition, formatList, formatStatement } from '../../findings/format.js'
import { disallowedElements } from '../../iam/decide/statement-match.js'
import {
  type ActionMask,
  coveredKmsActions,
  isKmsKeyless,
  KMS_ACTIONS,
  parseActions
} from '../../iam/document/action.js'
import type { Policy, Statement } from '../../iam/document/policy-document.js'
import { isUniqueId } from '../../iam/document/principal.js'
import { resourceMatches } from '../../iam/document/resource.js'
import { parseArn } from '../../iam/match/arn.js'
import { RequestContext } from '../../iam/match/request-context.js'
import { asList, describe, type JsonObject } from '../../json/json.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import { actionsAsWritten, type KeyEvidence, type RoleEvidence, statementAsWritten } from '../read/evidence.js'
import type { OrganizationLayers } from '../read/organization.js'

const SOURCE_KEYS = new Set(['aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'aws:sourceorgpaths'])

interface Place {
  layer: string
  policy: Policy
  document: JsonObject | undefined
  where: { kmsKeyArn?: string; roleArn?: string }
}

/** What is wrong with single statements of the key policy, whether or not access hangs on them. */
export function keyStatementFindings (key: KeyEvidence, roles: readonly RoleEvidence[]): Finding[] {
  if (key.keyPolicy === undefined) return []
  const place: Place = { layer: 'keyPolicy', ...key.keyPolicy, where: { kmsKeyArn: key.name.arn } }
  return [
    ...malformed(place),
    ...place.policy.statements.flatMap((statement) => [
      ...stalePrincipals(place, statement),
      ...otherPartition(place, statement, key, roles),
      ...inert(place, statement, key.name.arn),
      ...unknownActions(place, statement),
      ...wrongService(place, statement),
      ...viaPersonalize(place, statement),
      ...jointCondition(place, statement)
    ])
  ]
}

/** The same for the policies of the role. */
export function roleStatementFindings (role: RoleEvidence): Finding[] {
  const where = { roleArn: role.name.arn }
  const identity = role.identityPolicies.flatMap((evidence) => {
    const place: Place = { layer: 'identityPolicies', policy: evidence.policy, document: evidence.document, where }
    return [
      ...malformed(place),
      ...evidence.policy.statements.flatMap((statement) => [
        ...unknownActions(place, statement),
        ...viaPersonalize(place, statement),
        ...aliasResources(place, statement)
      ])
    ]
  })
  const boundary =
    role.boundary === undefined ? [] : malformed({ layer: 'permissionsBoundary', ...role.boundary, where })
  const trust: Place | undefined = role.trustPolicy && { layer: 'trustPolicy', ...role.trustPolicy, where }
  return [
    ...identity,
    ...boundary,
    ...(trust === undefined
      ? []
      : [...malformed(trust), ...trust.policy.statements.flatMap((statement) => wrongService(trust, statement))])
  ]
}

/** What the policies of the organization hold that AWS does not document. */
export function organizationFindings ({
  serviceControlPolicies = [],
  resourceControlPolicies = []
}: OrganizationLayers): Finding[] {
  return Object.entries({ serviceControlPolicies, resourceControlPolicies }).flatMap(([layer, accounts]) =>
    accounts
      .flatMap(({ levels }) => levels)
      .flatMap(({ policies }) =>
        policies.flatMap((policy) => malformed({ layer, policy, document: undefined, where: {} }))
      )
  )
}

function report (
  code: Parameters<typeof finding>[0],
  place: Place,
  statement: Statement,
  evidence: Omit<FindingEvidence, 'statement'>
): Finding {
  const reference = placeOf(place, statement)
  return finding(code, {
    ...place.where,
    ...evidence,
    detail: `In ${formatStatement(reference)}: ${evidence.detail}`,
    statement: reference
  })
}

function placeOf ({ layer, policy }: Place, statement: Statement): StatementReference {
  return statementReference(layer, policy.name, statement)
}

function malformed ({ layer, policy, where }: Place): Finding[] {
  const inPlace = isJudgedByPlace(layer)
    ? policy.statements.flatMap((statement) => disallowedElements(layer, statement))
    : []
  const faults = [...policy.unsupported, ...inPlace].map(
    ({ pointer, what }) => `${pointer === '' ? 'the document' : pointer}: ${what}`
  )
  return faults.length === 0
    ? []
    : [
      finding('MALFORMED_POLICY', {
        ...where,
        ...holding(policy, layer, [...policy.unsupported, ...inPlace]),
        detail: `${layer} ${policy.name}: ${formatList(faults, '; ')}.`
      })
    ]
}

/** The statements that hold the faults; a fault of the document itself is in none. */
function holding (
  policy: Policy,
  layer: string,
  faults: ReadonlyArray<{ pointer: string }>
): Pick<FindingEvidence, 'statement' | 'statements'> {
  const held = new Set(faults.flatMap(({ pointer }) => /^\/Statement(?:\/\d+)?(?=\/|$)/.exec(pointer)?.[0] ?? []))
  const statements = policy.statements
    .filter(({ pointer }) => held.has(pointer))
    .map((statement) => statementReference(layer, policy.name, statement))
  return statements[0] === undefined ? {} : { statement: statements[0], statements }
}

/** What fits depends on the kind of policy: only statements of a key policy or trust policy are taken as they stand. */
function isJudgedByPlace (
  layer: string
): layer is 'identityPolicies' | 'permissionsBoundary' | 'serviceControlPolicies' | 'resourceControlPolicies' {
  return layer !== 'keyPolicy' && layer !== 'trustPolicy'
}

function stalePrincipals (place: Place, statement: Statement): Finding[] {
  const stale = statement.principals?.aws.filter(isUniqueId) ?? []
  return stale.length === 0
    ? []
    : [report('STALE_PRINCIPAL', place, statement, { detail: `${formatList(stale)} stands for a deleted role or user.` })]
}

/**
 * A principal of another partition reaches nothing here; written for one of the roles in question, that is why it
 * does not work.
 */
function otherPartition (
  place: Place,
  statement: Statement,
  { name: { partition } }: KeyEvidence,
  roles: readonly RoleEvidence[]
): Finding[] {
  const foreign =
    statement.principals?.aws.filter((name) => (parseArn(name)?.partition ?? partition) !== partition) ?? []
  const meant = foreign.some((name) =>
    roles.some((role) => role.name.arn === name.replace(/^arn:[a-z-]+:/, `arn:${role.name.partition}:`))
  )
  return foreign.length === 0
    ? []
    : [
      report('PRINCIPAL_OF_OTHER_PARTITION', place, statement, {
        detail: `${formatList(foreign)}; the key is in partition ${partition}.`,
        ...(meant ? { severity: 'error' as const } : {})
      })
    ]
}

/** KMS stores a statement without an element that it needs, and a `Resource` that is not this key, without a word. */
function inert (place: Place, statement: Statement, keyArn: string): Finding[] {
  if (statement.defects.has('Statement')) return []
  const missing = [
    ['Principal', statement.principals],
    ['Action', statement.actions],
    ['Resource', statement.resources]
  ].flatMap(([name, element]) => (element === undefined ? [String(name)] : []))
  if (missing.length > 0)
    return [report('INERT_STATEMENT', place, statement, { detail: `The statement has no ${missing.join(', no ')}.` })]
  const elsewhere =
    statement.resources !== undefined &&
    resourceMatches(statement.resources, keyArn, new RequestContext([]), () => {}) === 0
  return elsewhere
    ? [
      report('INERT_STATEMENT', place, statement, {
        detail: `Its ${resourceAsWritten(place, statement)} is not this key: in a key policy that is "*".`
      })
    ]
    : []
}

function resourceAsWritten ({ document }: Place, statement: Statement): string {
  const { Resource, NotResource } = statementAsWritten(document, statement) ?? {}
  return `${Resource === undefined ? 'NotResource' : 'Resource'} ${formatList(asList(Resource ?? NotResource).map(describe))}`
}

function unknownActions (place: Place, statement: Statement): Finding[] {
  const unknown = actionsAsWritten(place.document, statement).filter(
    (name) => name.toLowerCase().startsWith('kms:') && !namesSomething(name)
  )
  return unknown.length === 0
    ? []
    : [
      report('UNKNOWN_ACTION', place, statement, {
        detail: `AWS KMS has no ${unknown.join(', ')}.`,
        actions: unknown
      })
    ]
}

function namesSomething (name: string): boolean {
  const element = parseActions(name, false, '', () => {})
  const isAny = ({ low, high }: ActionMask): boolean => low !== 0 || high !== 0
  return isAny(element.kmsNames) || isAny(coveredKmsActions(element))
}

function wrongService (place: Place, statement: Statement): Finding[] {
  const wrong =
    statement.principals?.services.filter((name) => name.startsWith('personalize') && name !== SERVICE_PRINCIPAL) ?? []
  return wrong.length === 0
    ? []
    : [
      report('WRONG_SERVICE_PRINCIPAL', place, statement, {
        detail: `${wrong.join(', ')} is not ${SERVICE_PRINCIPAL}.`
      })
    ]
}

function viaPersonalize (place: Place, statement: Statement): Finding[] {
  const values = statement.conditions
    .filter((condition) => condition.key === 'kms:viaservice' && !condition.operator.negated)
    .flatMap((condition) => condition.values.map(({ text }) => text))
  const never = values.filter((text) => text.startsWith('personalize.'))
  return statement.effect === 'Deny' || never.length === 0
    ? []
    : [
      report('VIA_SERVICE_NEVER_MATCHES', place, statement, {
        detail: `kms:ViaService ${formatList(never)} does not occur.`
      })
    ]
}

/** The source keys exist on the service's own calls only; a role named beside it never fulfils them. */
function jointCondition (place: Place, statement: Statement): Finding[] {
  const { principals, conditions, effect } = statement
  const joint =
    effect === 'Allow' &&
    principals !== undefined &&
    principals.aws.length > 0 &&
    principals.services.includes(SERVICE_PRINCIPAL)
  const cutting = conditions.filter(
    (condition) =>
      SOURCE_KEYS.has(condition.key) &&
      !condition.ifExists &&
      !condition.operator.negated &&
      condition.operator.family !== 'null' &&
      condition.set !== 'forAllValues'
  )
  return joint && cutting.length > 0
    ? [
      report('JOINT_STATEMENT_CONDITION', place, statement, {
        detail: `${formatList(cutting.map(formatCondition))}, and the key is never sent with a call of ${formatList(principals.aws)}.`
      })
    ]
    : []
}

function aliasResources (place: Place, statement: Statement): Finding[] {
  const aliases =
    statement.resources?.values.flatMap((value) =>
      'text' in value &&
      parseArn(value.text)?.service === 'kms' &&
      parseArn(value.text)?.resource.startsWith('alias/') === true
        ? [value.text]
        : []
    ) ?? []
  const usesKey =
    statement.actions !== undefined &&
    KMS_ACTIONS.some((action) => !isKmsKeyless(action) && statement.actions?.names.includes(action) === true)
  return statement.effect === 'Allow' && aliases.length > 0 && usesKey
    ? [report('ALIAS_AS_RESOURCE', place, statement, { detail: `${aliases.join(', ')} is an alias.` })]
    : []
}
