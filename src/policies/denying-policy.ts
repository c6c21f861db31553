import { authorize } from '../iam/authorize.js'
import { compilePolicy, type Policy } from '../iam/policy-document.js'
import type { MergeableDocument } from '../personalize/existing-policy.js'
import { SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import { personalizeRequest, type PersonalizeCall } from '../personalize/request.js'

/** All else allows, so that nothing but a Deny of the existing policy can decide. */
const everything = (principal: Record<string, unknown>): Policy =>
  compilePolicy('everything', { Version: '2012-10-17', Statement: { Effect: 'Allow', ...principal, Action: '*', Resource: '*' } })
const OPEN = {
  resourcePolicy: { policies: [everything({ Principal: { AWS: '*', Service: SERVICE_PRINCIPAL } })], complete: true },
  identityPolicies: { policies: [everything({})], complete: true }
}

/** The Deny statements of a policy. Ours allow only, so the merged policy denies what the existing one denies. */
export class DenyingPolicy {
  readonly #policy: Policy
  readonly #layer: 'resourcePolicy' | 'identityPolicies'
  readonly #byKind = new Map<string, Policy>()

  constructor (document: MergeableDocument, layer: 'resourcePolicy' | 'identityPolicies') {
    const policy = compilePolicy('existing', document)
    this.#policy = { ...policy, statements: policy.statements.filter((statement) => statement.effect === 'Deny') }
    this.#layer = layer
  }

  get isEmpty (): boolean {
    return this.#policy.statements.length === 0
  }

  /**
   * The positions of the statements that deny this call in whatever context Personalize may make it.
   * What hangs on unknown context for one call hangs on it for every call of its kind, and to find that out is dear:
   * a request may ask for thousands of calls, so such a statement is tried once and then left out.
   */
  denialsOf (call: PersonalizeCall): number[] {
    const kind = `${call.principal.type} ${call.via} ${call.action}`
    const policy = this.#byKind.get(kind) ?? this.#policy
    const layer = { ...OPEN[this.#layer], policies: [...OPEN[this.#layer].policies, policy] }
    const { decision, matchedStatements, mayBeDetermining } = authorize(personalizeRequest(call), { ...OPEN, [this.#layer]: layer })
    const denying = matchedStatements.filter(({ effect }) => effect === 'Deny').map(({ index }) => index)
    const open = mayBeDetermining.filter(({ effect }) => effect === 'Deny').map(({ index }) => index)
    // Of several that deny only together, none does so in every context.
    if (decision === 'explicitDeny') return denying.length > 0 ? denying : open
    if (open.length > 0) this.#byKind.set(kind, { ...policy, statements: policy.statements.filter(({ index }) => !open.includes(index)) })
    return []
  }
}
