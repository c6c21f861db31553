import type { Policies } from '../iam/authorize.js'
import type { Policy, Statement } from '../iam/policy-document.js'
import { templateKeys, type Template } from '../iam/template.js'
import type { KeyEvidence, RoleEvidence } from './evidence.js'

/** A key and a principal, with the policies that all questions about the two are put to. */
export interface Stage {
  key: KeyEvidence
  /** Undefined for the service principal. */
  role: RoleEvidence | undefined
  policies: Policies
  keyPolicyAlone: Policies
  identityAlone: Policies
  /** Whether a policy mentions the path on which a call comes; where none does, every path is decided alike. */
  hangsOnPath: boolean
}

export function stageOf (key: KeyEvidence, role: RoleEvidence | undefined, policies: Policies): Stage {
  const { resourcePolicy, identityPolicies, permissionsBoundary, serviceControlPolicies = [], resourceControlPolicies = [] } = policies
  const layers = [resourcePolicy, identityPolicies, permissionsBoundary, ...serviceControlPolicies, ...resourceControlPolicies]
  return {
    key,
    role,
    policies,
    keyPolicyAlone: resourcePolicy === undefined ? {} : { resourcePolicy },
    identityAlone: identityPolicies === undefined ? {} : { identityPolicies },
    hangsOnPath: layers.some((layer) => layer?.policies.some(mentionsPath) === true)
  }
}

const PATH_KEYS = new Set(['kms:viaservice', 'aws:viaawsservice', 'aws:calledvia', 'aws:calledviafirst', 'aws:calledvialast'])
const known = new WeakMap<Policy, boolean>()

function mentionsPath (policy: Policy): boolean {
  const found = known.get(policy) ?? policy.statements.some(statementMentionsPath)
  known.set(policy, found)
  return found
}

function statementMentionsPath ({ conditions, resources }: Statement): boolean {
  const inTemplate = (template: Template): boolean => templateKeys(template).some((key) => PATH_KEYS.has(key))
  return conditions.some(({ key, values }) => PATH_KEYS.has(key) || values.some((value) => 'template' in value && inTemplate(value.template))) ||
    resources?.values.some((value) => 'template' in value && inTemplate(value.template)) === true
}
