import type { PoliciesModel } from '../../src/formats/policies/model.js'
import { POLICY_FORMS } from '../../src/formats/policies/policy-forms.js'
import type { Examples } from '../../src/http/docs/operation.js'

/** The policies in every form but JSON, by media type. Without reasons and warnings: examples are short. */
export function policyForms (model: PoliciesModel | null): Record<string, Examples> {
  const { keyPolicies = [], rolePolicies = [], trustPolicies = [], bucketPolicies = [] } = model ?? {}
  const brief: PoliciesModel = {
    keyPolicies: keyPolicies.map((policy) => ({ ...policy, statements: [] })),
    rolePolicies: rolePolicies.map((policy) => ({ ...policy, statements: [] })),
    trustPolicies,
    bucketPolicies: bucketPolicies.map((policy) => ({ ...policy, statements: [] }))
  }
  return Object.fromEntries(
    POLICY_FORMS.map(({ mediaType, description, render }) => [
      mediaType,
      { policies: { summary: description, value: render(brief) } }
    ])
  )
}
