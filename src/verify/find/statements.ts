import type { Finding } from '../../../schemas/verification.js'
import { finding, type FindingEvidence } from '../../findings/catalogue.js'
import { formatCondition, formatList, statementReference } from '../../findings/format.js'
import { disallowedElements } from '../../iam/decide/statement-match.js'
import { isKmsKeyless, KMS_ACTIONS } from '../../iam/document/action.js'
import type { Policy, Statement } from '../../iam/document/policy-document.js'
import { parseArn } from '../../iam/match/arn.js'
import { isMultivalued } from '../../iam/match/request-context.js'
import { asList } from '../../json/json.js'
import { ALL_DEMANDED_ACTIONS } from '../../personalize/requirements.js'
import { ASSUME_ROLE } from '../check/trust.js'
import { type RoleEvidence, statementAsWritten } from '../read/evidence.js'
import type { OrganizationLayers } from '../read/organization.js'
import { emptyLists, inert } from './inert.js'
import { coversActionName } from './missing.js'
import { jointCondition, openToEveryone, otherPartition, stalePrincipals, wrongService } from './principal-faults.js'
import { type PolicyPlace, type StatementPlace, reportStatement } from './statement-place.js'
import { unknownActions } from './unknown-actions.js'

/** What is wrong with a statement, whether or not access depends on it. `roles`: whom the policy is to name. */
export function statementFindings (
  place: PolicyPlace,
  statement: Statement,
  roles: readonly RoleEvidence[]
): Finding[] {
  const { layer, key, role } = place
  if (layer === 'keyPolicy' && key !== undefined)
    return [
      ...stalePrincipals(place, statement),
      ...otherPartition(place, statement, { what: 'key', partition: key.name.partition }, roles),
      ...inert(place, statement, key.name.arn),
      ...unknownActions(place, statement),
      ...wrongService(place, statement),
      ...viaService(place, statement),
      ...jointCondition(place, statement),
      ...openToEveryone(place, statement),
      ...setOperators(place, statement)
    ]
  if (layer === 'identityPolicies' && role !== undefined)
    return [
      ...unknownActions(place, statement),
      ...viaService(place, statement),
      ...aliasResources(place, statement),
      ...emptyLists(place, statement),
      ...setOperators(place, statement),
      ...resourceOfOtherPartition(place, statement, role.name.partition)
    ]
  return layer === 'trustPolicy'
    ? [
      ...wrongService(place, statement),
      ...openToEveryone(place, statement),
      ...emptyLists(place, statement),
      ...setOperators(place, statement)
    ]
    : inLimit(place, statement)
}

const CONCERNED = [...ALL_DEMANDED_ACTIONS, ASSUME_ROLE]

/** The same for a policy that only limits; what it says of other services is not the team's business. */
function inLimit (place: StatementPlace, statement: Statement): Finding[] {
  return CONCERNED.some((action) => coversActionName(statement.actions, action))
    ? [...emptyLists(place, statement), ...setOperators(place, statement)]
    : []
}

/** The same for the policies of the organization. */
export function organizationFindings ({
  serviceControlPolicies = [],
  resourceControlPolicies = [],
  organizationEvidence = []
}: OrganizationLayers): Finding[] {
  return Object.entries({ serviceControlPolicies, resourceControlPolicies }).flatMap(([layer, accounts]) =>
    accounts
      .flatMap(({ levels }) => levels)
      .flatMap(({ policies }) =>
        policies.flatMap((policy) => {
          const document = organizationEvidence.find((evidence) => evidence.policy === policy)?.document
          const place: StatementPlace = { layer, policy, document, where: {} }
          return [...malformed(place), ...policy.statements.flatMap((statement) => inLimit(place, statement))]
        })
      )
  )
}

/** What a policy has that AWS does not document. */
export function malformed ({ layer, policy, where }: StatementPlace): Finding[] {
  const inPlace = isCheckedByPlace(layer)
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

/** What fits depends on the kind of policy: only statements of a resource's policy are taken as they stand. */
function isCheckedByPlace (
  layer: string
): layer is 'identityPolicies' | 'permissionsBoundary' | 'serviceControlPolicies' | 'resourceControlPolicies' {
  return layer !== 'keyPolicy' && layer !== 'bucketPolicy' && layer !== 'trustPolicy'
}

/** kms:ViaService names the service with its Region, and Amazon Personalize is not among these services. */
function viaService (place: StatementPlace, statement: Statement): Finding[] {
  if (statement.conditions.length === 0) return []
  const values = statement.conditions
    .filter((condition) => condition.key === 'kms:viaservice' && !condition.operator.negated)
    .flatMap((condition) => condition.values.map(({ text }) => text))
  const never = values.filter((text) => text.startsWith('personalize.') || /^[a-z0-9-]+\.amazonaws\.com/.test(text))
  if (statement.effect === 'Deny' || never.length === 0) return []
  const hasPersonalize = never.some((text) => text.startsWith('personalize.'))
  const region = parseArn(place.where.kmsKeyArn ?? '')?.region ?? 'REGION'
  const needed = formatList([...new Set(never.map((text) => text.replace('.', `.${region}.`)))])
  return [
    reportStatement('VIA_SERVICE_NEVER_MATCHES', place, statement, {
      detail: hasPersonalize
        ? `kms:ViaService is never ${formatList(never)}.`
        : `${formatList(never)} is written; ${needed} is needed: kms:ViaService contains the Region.`,
      ...(hasPersonalize ? {} : { remedy: `Write the value with the Region: ${needed}.` })
    })
  ]
}

/** With a key that has one value, ForAllValues is also true where the key is absent: in an Allow it limits nothing. */
export function setOperators (place: StatementPlace, statement: Statement): Finding[] {
  if (statement.conditions.length === 0) return []
  const wrong = statement.conditions.filter(({ set, key }) => set !== undefined && !isMultivalued(key))
  const isOpen = statement.effect === 'Allow' && wrong.some(({ set }) => set === 'forAllValues')
  return wrong.length === 0
    ? []
    : [
      reportStatement('SET_OPERATOR_ON_SINGLE_VALUE', place, statement, {
        detail:
            `${formatList(wrong.map(formatCondition), ' and ')}: the key has a single value` +
            `${isOpen ? ', and ForAllValues is also true for requests that do not contain the key' : ''}.`
      })
    ]
}

/** IAM rejects a policy with the ARN of another partition, and it would grant nothing. */
function resourceOfOtherPartition (place: StatementPlace, statement: Statement, partition: string): Finding[] {
  const { Resource } = statementAsWritten(place.document, statement) ?? {}
  const foreign = asList(Resource ?? []).filter(
    (arn) => typeof arn === 'string' && /^arn:aws[a-z-]*:/.test(arn) && !arn.startsWith(`arn:${partition}:`)
  )
  return foreign.length === 0
    ? []
    : [
      reportStatement('RESOURCE_OF_OTHER_PARTITION', place, statement, {
        detail: `${formatList(foreign.map(String))} is of another partition; the role is in partition ${partition}.`
      })
    ]
}

function aliasResources (place: StatementPlace, statement: Statement): Finding[] {
  const isAlias = (text: string): boolean => {
    const arn = parseArn(text)
    return arn?.service === 'kms' && arn.resource.startsWith('alias/')
  }
  const values = statement.resources?.values ?? []
  const aliases = values.filter(({ kind, text }) => kind === 'text' && isAlias(text)).map(({ text }) => text)
  const usesKey = (): boolean =>
    KMS_ACTIONS.some((action) => !isKmsKeyless(action) && statement.actions?.names.includes(action) === true)
  return statement.effect === 'Allow' && aliases.length > 0 && usesKey()
    ? [
      reportStatement('ALIAS_AS_RESOURCE', place, statement, {
        detail: `${formatList(aliases)} is an alias; the ` + 'ARN of its key is needed.'
      })
    ]
    : []
}
