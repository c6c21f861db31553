import { PoliciesRequest, type PoliciesResponse } from '../../schemas/generation.js'
import { Usage } from '../../schemas/usage.js'
import { isObject } from '../json/json.js'
import { generateKeyPolicy, generatePolicies, generateRolePolicy, generateTrustPolicy } from '../policies/generate.js'
import { CommandError } from './exit.js'
import type { PolicyFormat, PolicyKind } from './format-names.js'
import { readText } from './input.js'
import { note, writeResult } from './terminal.js'
import type { UsageOptions } from './usage-options.js'
import { readUsage } from './usage.js'
import { validated } from './validate.js'

export interface GenerateOptions extends UsageOptions {
  policy: PolicyKind
  format: PolicyFormat
  existingKeyPolicy?: string
  existingRolePolicy?: string
  compact?: boolean
}

/** `generate`: writes policies to standard output, warnings to standard error. */
export async function generate (file: string | undefined, options: GenerateOptions): Promise<void> {
  const { policy, compact } = options
  const indent = compact === true ? 0 : 2
  const input = withExisting(await readUsage(file, options), await existingPolicies(options))
  const name = file ?? 'the usage of the options'
  if (policy === 'all') {
    const usages = isObject(input) && 'usages' in input ? input : { usages: [validated(Usage, input, name)] }
    const response = generatePolicies(validated(PoliciesRequest, usages, name))
    noteWarnings(response.warnings)
    await writeResult(JSON.stringify(response, null, indent))
    return
  }
  const usage = validated(Usage, input, name)
  noteWarnings(generatePolicies({ usages: [usage] }).warnings)
  const document = policyOf(policy, usage, indent)
  if (document === null) note('The role needs no permissions policy for this usage.')
  else await writeResult(JSON.stringify(document, null, indent))
}

function policyOf (kind: Exclude<PolicyKind, 'all'>, usage: Usage, indent: number): object | null {
  switch (kind) {
    case 'key':
      return generateKeyPolicy(usage, { indent })
    case 'iam':
      return generateRolePolicy(usage)
    case 'trust':
      return generateTrustPolicy(usage)
    case 'bucket':
      throw new CommandError('bucket policies are not available yet')
  }
}

/** Policies as text: whatever AWS prints is accepted, as in a request. */
async function existingPolicies ({
  existingKeyPolicy,
  existingRolePolicy
}: GenerateOptions): Promise<Record<string, string>> {
  return {
    ...(existingKeyPolicy === undefined ? {} : { existingKeyPolicy: await readText(existingKeyPolicy) }),
    ...(existingRolePolicy === undefined ? {} : { existingRolePolicy: await readText(existingRolePolicy) })
  }
}

function withExisting (input: unknown, existing: Record<string, string>): unknown {
  if (Object.keys(existing).length === 0) return input
  if (!isObject(input) || 'usages' in input) throw new CommandError('an existing policy needs a single usage')
  return { ...input, ...existing }
}

function noteWarnings (warnings: PoliciesResponse['warnings']): void {
  for (const { severity, code, title, detail } of warnings) note(`${severity}: ${code}: ${title}. ${detail}`)
}
