import type { PolicyInput } from '../../schemas/policy-document.js'
import type { Usage } from '../../schemas/usage.js'
import type { DocumentKind } from '../iam/document/storable-rule.js'
import { storageFaults } from '../iam/document/storable.js'
import { MAX_POLICY_INPUT_BYTES, policyInputBytes, readPolicyInput } from '../iam/document/policy-input.js'
import { asList, isObject, type JsonObject } from '../json/json.js'
import type { UsageFault } from '../personalize/usage-fault.js'
import {
  readUsage,
  type ReadUsage,
  type ResolvedUsage,
  type ResolveOptions,
  usageOrThrow
} from '../personalize/usage.js'

export type Statement = Record<string, unknown>

/** A policy to merge into. Members that we do not know stay as they are. */
export interface MergeableDocument {
  Version?: string
  Id?: string
  Statement: Statement | Statement[]
  [member: string]: unknown
}

export interface ExistingPolicy {
  document: MergeableDocument
  /** Where the request holds it. */
  pointer: string
  /** A pointer cannot reach into a document that was given as text. */
  isText: boolean
}

const VERSIONS = ['2012-10-17', '2008-10-17']
const isVersion = (value: unknown): value is string => typeof value === 'string' && VERSIONS.includes(value)

/** A document of this shape can be merged into. It is a type guard, so that no other code has to ask again. */
export function isMergeable (document: JsonObject): document is MergeableDocument {
  const { Version: version, Id: id, Statement: statement } = document
  return (
    (version === undefined || isVersion(version)) &&
    (id === undefined || typeof id === 'string') &&
    statement !== undefined &&
    asList(statement).every(isObject)
  )
}

export function statementsOf (document: MergeableDocument): Statement[] {
  return Array.isArray(document.Statement) ? document.Statement : [document.Statement]
}

/** The pointer of the statement at `index`, as exact as the form of the input allows. */
export function statementPointer (existing: ExistingPolicy, index: number): string {
  if (existing.isText) return existing.pointer
  return Array.isArray(existing.document.Statement)
    ? `${existing.pointer}/Statement/${index}`
    : `${existing.pointer}/Statement`
}

/** `kind`: what AWS refuses in a policy of this kind are the faults of a document that cannot be merged into. */
export function readExistingPolicy (
  input: PolicyInput,
  pointer: string,
  kind: DocumentKind
): { existing: ExistingPolicy } | { faults: UsageFault[] } {
  const bytes = policyInputBytes(input)
  if (bytes > MAX_POLICY_INPUT_BYTES) {
    return {
      faults: [
        {
          code: 'LIMIT_EXCEEDED',
          pointer,
          detail: `has ${bytes} bytes; the limit of a policy document is ${MAX_POLICY_INPUT_BYTES}`
        }
      ]
    }
  }
  const reading = readPolicyInput(input)
  if ('fault' in reading) return { faults: [{ code: 'INCONSISTENT_USAGE', pointer, detail: reading.fault }] }
  const { document, isText } = reading
  const at = `${pointer}${reading.pointer}`
  if (isMergeable(document)) return { existing: { document, pointer: at, isText } }
  return { faults: storableFaults({ document, pointer: at, isText }, kind) }
}

/** A usage with the policies of the request that the generated statements are merged into. */
export interface UsageToGenerate extends ResolvedUsage {
  existingKeyPolicy?: ExistingPolicy
  existingRolePolicy?: ExistingPolicy
  existingBucketPolicy?: ExistingPolicy
}

/** The kind is that of the smallest limits that are certain: a role's policy may be inline or managed. */
const KINDS = {
  existingKeyPolicy: 'keyPolicy',
  existingRolePolicy: 'identityPolicy',
  existingBucketPolicy: 'bucketPolicy'
} as const satisfies Record<string, DocumentKind>

/** Merged into such a policy, our statements could not be stored. The size is checked of the merged policy. */
function storableFaults (
  { document, pointer, isText }: Pick<ExistingPolicy, 'pointer' | 'isText'> & { document: JsonObject },
  kind: DocumentKind
): UsageFault[] {
  return storageFaults(kind, document)
    .filter((fault) => !fault.isSize)
    .map(({ pointer: inside, value, rule, source }) => ({
      code: 'EXISTING_POLICY_NOT_STORABLE',
      pointer: isText ? pointer : `${pointer}${inside}`,
      detail: `${isText ? `${inside}: ` : ''}${value}: ${rule} (${source})`
    }))
}

type ExistingPolicies = Pick<UsageToGenerate, keyof typeof KINDS>

/** Applies the defaults of a usage and parses its existing policies. Throws one error that lists every violation. */
export function resolveUsageToGenerate (usage: Usage, options: ResolveOptions): UsageToGenerate {
  return usageOrThrow(readUsageToGenerate(usage, options))
}

/** The same for all usages of a request, with the violations of all of them in one error. */
export function resolveUsagesToGenerate (usages: readonly Usage[], options: ResolveOptions): UsageToGenerate[] {
  const { pointer = '' } = options
  const readings = usages.map((usage, index) =>
    readUsageToGenerate(usage, { ...options, pointer: `${pointer}/${index}` })
  )
  const faults = readings.flatMap((reading) => ('faults' in reading ? reading.faults : []))
  return faults.length > 0 ? usageOrThrow({ faults }) : readings.map(usageOrThrow)
}

/** Whether there is a policy to merge into. */
export function bringsPolicy ({ existingKeyPolicy, existingRolePolicy, existingBucketPolicy }: Usage): boolean {
  return existingKeyPolicy !== undefined || existingRolePolicy !== undefined || existingBucketPolicy !== undefined
}

function readUsageToGenerate (usage: Usage, options: ResolveOptions): ReadUsage<UsageToGenerate> {
  const reading = readUsage(usage, options)
  if (!bringsPolicy(usage)) return reading
  const policies: ExistingPolicies = {}
  const faults = 'faults' in reading ? [...reading.faults] : []
  for (const member of ['existingKeyPolicy', 'existingRolePolicy', 'existingBucketPolicy'] as const) {
    const input = usage[member]
    if (input === undefined) continue
    const policy = readExistingPolicy(input, `${options.pointer ?? ''}/${member}`, KINDS[member])
    if ('existing' in policy) {
      policies[member] = policy.existing
      faults.push(...storableFaults(policy.existing, KINDS[member]))
    } else faults.push(...policy.faults)
  }
  return 'faults' in reading || faults.length > 0 ? { faults } : { usage: { ...reading.usage, ...policies } }
}
