import type { PoliciesRequest, PoliciesResponse } from '../../schemas/generation.js'
import type { PolicyDocument } from '../../schemas/policy-document.js'
import type { Usage } from '../../schemas/usage.js'
import { NEW_KEY_ARN, type PoliciesModel } from '../formats/policies/model.js'
import { resolveUsagesToGenerate, type UsageToGenerate } from './existing-policy.js'
import {
  explainBucketPolicy,
  explainKeyPolicy,
  explainRolePolicy,
  generatePolicies,
  generateTrustPolicy,
  KEY_ARNS,
  reasons
} from './generate.js'
import { keyPolicy } from './key-policy.js'
import { assertKeyPolicySize } from './limits.js'
import { SIDS } from './statement.js'
import { EVERY_KEY, openDenyWarnings, warningsOf } from './warnings.js'

/** The key policy for every key of the usage; for a key that does not exist yet, where the usage names none. */
export function keyPoliciesToDeploy (usage: Usage): PoliciesModel {
  const { policy, statements, resolved, openDenies } = explainKeyPolicy(usage, { indent: 0 })
  const keys = resolved.keys.length === 0 ? [{}] : resolved.keys.map(({ arn }) => ({ kmsKeyArn: arn }))
  return {
    keyPolicies: keys.map((key) => ({ ...key, policy, statements: reasons(statements) })),
    warnings: [
      ...warningsOf([resolved]).filter(({ kmsKeyArn }) => kmsKeyArn !== undefined),
      ...keys.flatMap((where) => openDenyWarnings(openDenies, { layer: 'keyPolicy', where }))
    ]
  }
}

/** The permissions policy for every role of the usage; null where none is needed. */
export function rolePoliciesToDeploy (usage: Usage): PoliciesModel | null {
  const explained = explainRolePolicy(usage)
  if (explained === null) return null
  const { policy, statements, resolved, openDenies } = explained
  return {
    rolePolicies: resolved.roles.map(({ arn }) => ({ roleArn: arn, policy, statements: reasons(statements) })),
    warnings: [
      ...warningsOf([resolved]).filter(({ code, roleArn }) => roleArn !== undefined || code === 'CROSS_ACCOUNT_KEY'),
      ...resolved.roles.flatMap(({ arn }) =>
        openDenyWarnings(openDenies, { layer: 'identityPolicies', where: { roleArn: arn } })
      )
    ]
  }
}

/** The policy of the one bucket of the usage. */
export function bucketPoliciesToDeploy (usage: Usage): PoliciesModel {
  const { bucket, policy, statements, resolved, openDenies } = explainBucketPolicy(usage, { indent: 0 })
  return {
    bucketPolicies: [{ bucket, policy, statements: reasons(statements) }],
    warnings: [
      ...warningsOf([resolved]).filter((warning) => warning.bucket !== undefined),
      ...openDenyWarnings(openDenies, { layer: 'bucketPolicy', where: { bucket } })
    ]
  }
}

/** The trust policy for every role of the usage. */
export function trustPoliciesToDeploy (usage: Usage): PoliciesModel {
  const policy = generateTrustPolicy(usage)
  return { trustPolicies: usage.roleArns.map((roleArn) => ({ roleArn, policy })) }
}

/**
 * Every policy of several usages. Usages without keys share a key that does not exist yet, and the roles may use that
 * key, in place of every key of the account.
 */
export function policiesToDeploy (request: PoliciesRequest): PoliciesModel {
  const generated = generatePolicies(request)
  const keyless = resolveUsagesToGenerate(request.usages, { ...KEY_ARNS, pointer: '/usages' }).filter(
    ({ keys }) => keys.length === 0
  )
  const [first] = keyless
  if (first === undefined || keyless.some((usage) => !sharesKey(usage, first))) return generated
  const { policy, statements } = keyPolicy(keyless, { ...first, keys: [] })
  assertKeyPolicySize(policy, 0, first.pointer)
  return {
    ...generated,
    keyPolicies: [...generated.keyPolicies, { policy, statements: reasons(statements) }],
    rolePolicies: generated.rolePolicies.map((role) => ({ ...role, policy: withNewKey(role) })),
    warnings: generated.warnings.filter(({ detail }) => detail !== EVERY_KEY)
  }
}

const sharesKey = (usage: UsageToGenerate, first: UsageToGenerate): boolean =>
  usage.accountId === first.accountId && usage.region === first.region && usage.existingKeyPolicy === undefined

/** The statements that a merge brought from elsewhere keep their resource. */
function withNewKey ({ policy, statements }: PoliciesResponse['rolePolicies'][number]): PolicyDocument | null {
  if (policy === null) return null
  const ours = new Set(statements.map(({ sid }) => sid).filter((sid) => sid.startsWith(SIDS.keyUse)))
  const Statement = policy.Statement.map((statement) =>
    ours.has(String(statement['Sid'])) && statement['Resource'] === '*'
      ? { ...statement, Resource: NEW_KEY_ARN }
      : statement
  )
  return { ...policy, Statement }
}
