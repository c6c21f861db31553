import type { KeyMetadata } from '../../../schemas/key-answers.js'
import { type GrantEntry, parseGrant } from '../../iam/decide/grant.js'
import type { Layer } from '../../iam/decide/request.js'
import { compilePolicy, type Policy, type Statement } from '../../iam/document/policy-document.js'
import { readPolicyInput } from '../../iam/document/policy-input.js'
import { storageFaults } from '../../iam/document/storable.js'
import type { DocumentKind, StorageFault } from '../../iam/document/storable-rule.js'
import { asList, isObject, type JsonObject } from '../../json/json.js'
import { type ParsedKeyArn, parseKeyArn, parseRoleArn, type ParsedRoleArn } from '../../personalize/identifiers.js'
import type { ObservedKey, ObservedRole, Read, UnknownValue } from './policy-source.js'

/** A policy as it was read, and compiled. `document` is undefined where the text is no JSON object. */
export interface PolicyEvidence {
  policy: Policy
  document: JsonObject | undefined
  /** The length of the document as compact text. */
  length: number
  /** Why AWS refuses to store the document as a policy of this kind; found when it is first needed. */
  storageFaults: (kind: DocumentKind) => readonly StorageFault[]
  /** It is about to be applied and stands in for what AWS has. */
  isProposed?: boolean
  /** Of a managed policy. */
  arn?: string
}

/** What is known of a key, compiled once. */
export interface KeyEvidence {
  observed: ObservedKey
  name: ParsedKeyArn
  /** Undefined where the key policy was not read. */
  keyPolicy: PolicyEvidence | undefined
  metadata: KeyMetadata | undefined
  grants: { entries: readonly GrantEntry[]; complete: boolean }
}

/** `isInline`: known to be inline; of a request's documents the kind may be open, and is taken to be inline. */
export type IdentityPolicyEvidence = PolicyEvidence & { kind: 'inline' | 'attached'; isInline?: true }

/**
 * Whether the key has this policy: one that is proposed, or that a request gives for a key without metadata, is about
 * to be put.
 */
export function hasPolicyInForce ({ observed }: KeyEvidence): boolean {
  return observed.isProposed !== true && observed.metadata.state !== 'notPresent'
}

/** What is known of a role, compiled once. */
export interface RoleEvidence {
  observed: ObservedRole
  name: ParsedRoleArn
  identityPolicies: readonly IdentityPolicyEvidence[]
  identityLayer: Layer
  /** Undefined where the role has no boundary. */
  boundaryLayer: Layer | undefined
  boundary: PolicyEvidence | undefined
  /** Undefined where the trust policy was not read. */
  trustPolicy: PolicyEvidence | undefined
}

/**
 * A document given as JSON or as its text, compiled. What cannot be read is a policy of which nothing is known; what
 * is unknown outside of a statement might be another statement. `before`: the policy that was changed to this one;
 * what is still the same in it is not compiled again.
 */
export function policyEvidence (
  name: string,
  document: unknown,
  unknown: readonly UnknownValue[] = [],
  before?: PolicyEvidence
): PolicyEvidence {
  const reading =
    typeof document === 'string' || isObject(document) ? readPolicyInput(document) : { fault: 'is not a JSON object' }
  if ('document' in reading) {
    const { document } = reading
    const pointers = unknown.map(({ pointer }) => pointer)
    const policy = compilePolicy(name, document, pointers.filter(isInStatement), compiledIn(before, document))
    const { length } = JSON.stringify(document)
    const faultsOf = new Map<DocumentKind, readonly StorageFault[]>()
    return {
      policy: pointers.every(isInStatement) ? policy : { ...policy, opaque: true },
      document,
      length,
      storageFaults (kind) {
        const faults = faultsOf.get(kind) ?? storageFaults(kind, document, length)
        faultsOf.set(kind, faults)
        return faults
      }
    }
  }
  return {
    policy: {
      name,
      statements: [],
      unresolved: [],
      unsupported: [{ pointer: '', what: `the policy ${reading.fault}` }],
      opaque: true
    },
    document: undefined,
    length: 0,
    storageFaults: () => []
  }
}

/**
 * The statements of a policy that another document may have as they are, by what they were compiled from. None where
 * anything beside a statement says how it is read, or something in the policy was not understood.
 */
function compiledIn (before: PolicyEvidence | undefined, after: JsonObject): Map<unknown, Statement> | undefined {
  if (before?.document === undefined) return undefined
  const { policy, document } = before
  const [old, now] = [document['Statement'], after['Statement']]
  if (!Array.isArray(old) || !Array.isArray(now) || document['Version'] !== after['Version']) return undefined
  if (policy.opaque || policy.unsupported.length > 0 || policy.unresolved.length > 0) return undefined
  return new Map(
    policy.statements.flatMap((statement) =>
      old[statement.index] === now[statement.index] ? [[old[statement.index], statement] as const] : []
    )
  )
}

const isInStatement = (pointer: string): boolean => /^\/Statement\/\d+(?!\/Effect(?:\/|$))/.test(pointer)

/** A layer whose only document was read, or was not. */
export function layerOf (evidence: PolicyEvidence | undefined): Layer {
  return evidence === undefined ? { policies: [], complete: false } : { policies: [evidence.policy], complete: true }
}

export function keyEvidence (observed: ObservedKey): KeyEvidence | undefined {
  const name = parseKeyArn(observed.kmsKeyArn)
  if (name === undefined) return undefined
  const listed = valueOf(observed.grants, (entries) => entries) ?? []
  const entries = listed.flatMap((entry) => parseGrant(entry) ?? [])
  return {
    observed,
    name,
    keyPolicy: valueOf(observed.keyPolicy, (document) =>
      policyEvidence('default', document, observed.unknownInKeyPolicy)
    ),
    metadata: valueOf(observed.metadata, (metadata) => metadata),
    // A grant that is not of AWS's form may give what the others do not.
    grants: {
      entries,
      complete:
        (observed.grants.state === 'read' || observed.grants.state === 'notPresent') && entries.length === listed.length
    }
  }
}

type ReadPolicy = ObservedRole['identityPolicies']['read'][number]

function identityPolicyEvidence ({
  name,
  document,
  unknown,
  kind,
  isProposed,
  isInline,
  arn
}: ReadPolicy): IdentityPolicyEvidence {
  return {
    ...policyEvidence(name, document, unknown),
    ...(isProposed === undefined ? {} : { isProposed }),
    ...(arn === undefined ? {} : { arn }),
    ...(isInline === true ? { isInline } : {}),
    kind
  }
}

export function roleEvidence (observed: ObservedRole): RoleEvidence | undefined {
  const name = parseRoleArn(observed.roleArn)
  if (name === undefined) return undefined
  const identityPolicies = observed.identityPolicies.read.map(identityPolicyEvidence)
  const boundary = valueOf(observed.permissionsBoundary, ({ name, document, arn, unknown }) => ({
    ...policyEvidence(name, document, unknown),
    ...(arn === undefined ? {} : { arn })
  }))
  const unread = observed.permissionsBoundary.state === 'notRead'
  return {
    observed,
    name,
    identityPolicies,
    identityLayer: {
      policies: identityPolicies.map(({ policy }) => policy),
      complete: observed.identityPolicies.lost.length === 0
    },
    boundary,
    boundaryLayer: boundary !== undefined || unread ? layerOf(boundary) : undefined,
    trustPolicy: valueOf(observed.trustPolicy, (document) =>
      policyEvidence('trust', document, observed.unknownInTrustPolicy)
    )
  }
}

function valueOf<T, U> (read: Read<T>, of: (value: T) => U): U | undefined {
  return read.state === 'read' ? of(read.value) : undefined
}

/** A statement as the document has it. */
export function statementAsWritten (document: JsonObject | undefined, { index }: Statement): JsonObject | undefined {
  const raw = document === undefined ? undefined : asList(document['Statement'])[index]
  return isObject(raw) ? raw : undefined
}

/** The entries of `Action` or `NotAction` as the document spells them. */
export function actionsAsWritten (document: JsonObject | undefined, statement: Statement): string[] {
  const written = statementAsWritten(document, statement)
  return asList(written?.['Action'] ?? written?.['NotAction']).filter((name) => typeof name === 'string')
}
