import type { Unsupported } from '../json/json.js'
import { lacksValues } from './condition/condition.js'
import { type GrantEntry, hasOtherConstraint } from './decide/grant.js'
import type { LayerName } from './decide/request.js'
import type { StatementMatch } from './decide/statement-match.js'
import { MAYBE } from './match/truth.js'
import { hasWildcard } from './match/wildcard.js'
import type { PartialEvaluation } from './unknown-keys/partial-evaluation.js'

/** Something that leaves a decision open, with the policy in which it is. */
export type OpenReason = Unsupported & { policy: LayerName; name: string }

/** Why a decision is `unknown` though everything was read and understood: what AWS does not document. */
export function undocumentedReasons ({ decision, evaluation }: PartialEvaluation): OpenReason[] {
  if (decision !== 'unknown') return []
  const { matches, grants, layers, facts } = evaluation
  const reasons = matches.flatMap((match): OpenReason[] => {
    const what = reasonFor(match, facts.caller.kind === 'service', facts.caller.serviceLinked === MAYBE)
    const { layer, policy, statement } = match
    return what === undefined ? [] : [{ policy: layer, name: policy.name, pointer: statement.pointer, what }]
  })
  for (const { grant, index } of grants)
    if (hasOtherConstraint(grant))
      reasons.push({
        policy: 'grants',
        name: nameOf(grant, index),
        pointer: '',
        what: 'a constraint of the grant is not known'
      })
  const limited = layers.some(({ name }) => name === 'permissionsBoundary' || name === 'sessionPolicy')
  if (limited)
    for (const { grant, index } of grants)
      reasons.push({
        policy: 'grants',
        name: nameOf(grant, index),
        pointer: '',
        what: 'AWS does not document whether a permissions boundary or session policy limits a grant'
      })
  return reasons
}

const nameOf = (grant: GrantEntry, index: number): string => grant.GrantId ?? `grant ${index}`

function reasonFor (
  { layer, statement, principal, truth, unknownKeys }: StatementMatch,
  isService: boolean,
  maybeServiceLinked: boolean
): string | undefined {
  const { resources, effect, defects, unresolved } = statement
  const organization = layer === 'serviceControlPolicies' || layer === 'resourceControlPolicies'
  if (maybeServiceLinked && organization && effect === 'Deny')
    return 'the role may be a service-linked role, to which this policy does not apply'
  if (truth !== MAYBE || unknownKeys.length > 0 || defects.size + unresolved.size > 0) return undefined
  const principalReason =
    layer === 'resourcePolicy' && principal.direct === MAYBE ? reasonOfPrincipal(statement, isService) : undefined
  if (principalReason !== undefined) return principalReason
  if (resources?.values.some((value) => 'incomplete' in value && value.incomplete) === true)
    return 'AWS completes an incomplete ARN in identity-based policies only'
  if (statement.conditions.some(lacksValues)) return 'AWS does not say what a condition without values does in a Deny'
  return hasWildcardDefault(statement)
    ? 'AWS does not document whether a wildcard in the default value of a variable stands for itself'
    : undefined
}

function hasWildcardDefault ({ resources, conditions }: StatementMatch['statement']): boolean {
  return [...(resources?.values ?? []), ...conditions.flatMap(({ values }) => values)].some(
    (value) => 'template' in value && value.template.some((part) => 'key' in part && hasWildcard(part.fallback ?? ''))
  )
}

function reasonOfPrincipal (
  { principals, effect }: StatementMatch['statement'],
  isService: boolean
): string | undefined {
  if (effect === 'Allow' && isService && principals?.everyone === true)
    return 'AWS does not document whether Principal * in an Allow includes a service principal'
  return principals?.inverted === true
    ? 'AWS documents that this NotPrincipal list might deny: it does not list what AWS recommends'
    : undefined
}
