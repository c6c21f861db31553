import { type PolicyEntry } from './model.js'
import { entryLines, placeOf } from './notes.js'
import { keyIdOf, roleNameOf, rolePathOf, uniqueNames } from './resource-names.js'

/** An argument of a resource. `isExpression`: the value is a reference to another resource, not a text. */
export interface TerraformArgument {
  name: string
  value: string | boolean
  isExpression?: boolean
}

/**
 * A resource that sets one policy. Names of types and arguments are those of the AWS provider.
 * https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_key_policy
 */
export interface TerraformResource {
  type: string
  label: string
  arguments: readonly TerraformArgument[]
  policyArgument: string
  entry: PolicyEntry
  /** Lines of the comment above it. */
  notes: readonly string[]
}

/** In a Terraform string `${` begins an expression and `%{` a directive, also in JSON. */
export function escapeTemplate (text: string): string {
  return text.replace(/[$%]\{/g, (opening) => `${opening.charAt(0)}${opening}`)
}

/** The label of the one key that is created here: expressions name it. */
export const NEW_KEY = 'aws_kms_key.personalize'

/** The resource of each policy. A label is unique among the resources of its type. */
export function terraformResources (entries: readonly PolicyEntry[]): TerraformResource[] {
  const unique = uniqueNames()
  const roleLabels = new Map<string, string>()
  return entries.map((entry) => {
    const label = labelOf(entry, unique)
    if (entry.kind === 'trust') roleLabels.set(entry.target ?? '', label)
    const resource = resourceOf(entry, roleLabels.get(entry.target ?? ''))
    const place = placeOf(entry)
    const notes = [
      ...entryLines(entry),
      ...ownerLines(entry, label),
      ...(place === undefined ? [] : [`Provider: ${place}.`])
    ]
    return { ...resource, label, entry, notes }
  })
}

/** Unique among the resources of one type. */
function labelOf ({ kind, target }: PolicyEntry, unique: (name: string) => string): string {
  if (target === undefined) return unique('key personalize').slice(kind.length + 1)
  const name = { key: keyIdOf, role: roleNameOf, trust: roleNameOf, bucket: (bucket: string) => bucket }[kind](target)
  return unique(`${kind} personalize_${name.replace(/[^A-Za-z0-9]/g, '_')}`).slice(kind.length + 1)
}

function resourceOf (
  { kind, target = '', policyName }: PolicyEntry,
  roleLabel: string | undefined
): Pick<TerraformResource, 'type' | 'arguments' | 'policyArgument'> {
  if (kind === 'key' && target === '') {
    return {
      type: 'aws_kms_key',
      arguments: [
        { name: 'description', value: 'Amazon Personalize' },
        { name: 'enable_key_rotation', value: true }
      ],
      policyArgument: 'policy'
    }
  }
  switch (kind) {
    case 'key':
      return {
        type: 'aws_kms_key_policy',
        arguments: [{ name: 'key_id', value: keyIdOf(target) }],
        policyArgument: 'policy'
      }
    case 'role': {
      const role =
      roleLabel === undefined
        ? { name: 'role', value: roleNameOf(target) }
        : { name: 'role', value: `aws_iam_role.${roleLabel}.name`, isExpression: true }
      return {
        type: 'aws_iam_role_policy',
        arguments: [{ name: 'name', value: policyName }, role],
        policyArgument: 'policy'
      }
    }
    case 'trust':
      return {
        type: 'aws_iam_role',
        arguments: [
          { name: 'name', value: roleNameOf(target) },
          { name: 'path', value: rolePathOf(target) }
        ],
        policyArgument: 'assume_role_policy'
      }
    case 'bucket':
      return { type: 'aws_s3_bucket_policy', arguments: [{ name: 'bucket', value: target }], policyArgument: 'policy' }
  }
}

/** Terraform refuses nothing if two resources own one policy: each apply undoes the other. */
function ownerLines ({ kind, target }: PolicyEntry, label: string): string[] {
  switch (kind) {
    case 'key':
      return target === undefined
        ? ['Only one resource may own the policy of a key: add no aws_kms_key_policy for this one.']
        : [
          'Only one resource may own the policy of a key: if an aws_kms_key manages this key, set its `policy` ' +
            'instead and leave this resource out.'
        ]
    case 'role':
      return [
        'If an aws_iam_role_policies_exclusive manages the policies of the role, add the name to its policy_names.'
      ]
    case 'trust':
      return [
        'For a role that exists: set assume_role_policy of the aws_iam_role that manages it, ' +
        'leave this resource out, ' +
          'and let other resources refer to that role. Or import it first: ' +
          `terraform import aws_iam_role.${label} ${roleNameOf(target ?? '')}`,
        'Then add its other arguments: Terraform removes those that are missing here, such as permissions_boundary.'
      ]
    case 'bucket':
      return ['Only one aws_s3_bucket_policy may own the policy of a bucket.']
  }
}
