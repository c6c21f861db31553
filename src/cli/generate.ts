import { PoliciesRequest, type PoliciesResponse } from '../../schemas/generation.js'
import { Usage } from '../../schemas/usage.js'
import type { PoliciesModel } from '../formats/policies/model.js'
import { isObject } from '../json/json.js'
import { generatePolicies } from '../policies/generate.js'
import { POLICY_GENERATORS } from '../policies/generators.js'
import { policiesToDeploy } from '../policies/to-deploy.js'
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
  existingBucketPolicy?: string
  compact?: boolean
}

/** `generate`: writes policies to standard output, warnings to standard error. */
export async function generate (file: string | undefined, options: GenerateOptions): Promise<void> {
  const { policy, format, compact } = options
  const input = withExisting(await readUsage(file, options), await existingPolicies(options))
  const name = file ?? 'the usage of the options'
  if (policy === 'all') {
    const body = isObject(input) && 'usages' in input ? input : { usages: [await validated(Usage, input, name)] }
    const request = await validated(PoliciesRequest, body, name)
    const policies = generatePolicies(request)
    noteWarnings(policies.warnings)
    const text = JSON.stringify(policies, null, compact === true ? 0 : INDENT)
    await write(format, text, () => policiesToDeploy(request))
    return
  }
  const usage = await validated(Usage, input, name)
  noteWarnings(generatePolicies({ usages: [usage] }).warnings)
  const generator = POLICY_GENERATORS[policy]
  const text = generator.text(usage, compact === true ? 0 : INDENT)
  if (text === null) note('The role needs no permissions policy for this usage.')
  else await write(format, text, () => generator.toDeploy(usage))
}

const INDENT = 2

/** JSON, or the form in which the policies are deployed. */
async function write (format: PolicyFormat, json: string, toDeploy: () => PoliciesModel | null): Promise<void> {
  if (format === 'json') {
    await writeResult(json)
    return
  }
  const model = toDeploy()
  if (model !== null) await writeResult(await (await import('./policy-text.js')).policyText(format, model))
}

/** Policies as text: whatever AWS prints is accepted, as in a request. */
async function existingPolicies (options: GenerateOptions): Promise<Record<string, string>> {
  const members = ['existingKeyPolicy', 'existingRolePolicy', 'existingBucketPolicy'] as const
  const found: Record<string, string> = {}
  for (const member of members) {
    const file = options[member]
    if (file !== undefined) found[member] = await readText(file)
  }
  return found
}

function withExisting (input: unknown, existing: Record<string, string>): unknown {
  if (Object.keys(existing).length === 0) return input
  if (!isObject(input) || 'usages' in input) throw new CommandError('an existing policy needs a single usage')
  return { ...input, ...existing }
}

function noteWarnings (warnings: PoliciesResponse['warnings']): void {
  for (const { severity, code, title, detail } of warnings) note(`${severity}: ${code}: ${title}. ${detail}`)
}
