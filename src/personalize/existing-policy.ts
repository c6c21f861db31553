import type { PolicyInput } from '../../schemas/policy-document.js'
import type { ErrorCode, Fault } from '../errors.js'
import { isObject, type JsonObject } from '../iam/json.js'
import { MAX_POLICY_INPUT_BYTES, policyInputBytes, readPolicyInput } from '../iam/policy-input.js'

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

export interface UsageFault extends Fault { code: ErrorCode }

const VERSIONS = ['2012-10-17', '2008-10-17']
const isVersion = (value: unknown): value is string => typeof value === 'string' && VERSIONS.includes(value)

/**
 * What AWS would refuse is refused here as well: merged into it, our statements could not be put.
 * The check is that of a type guard, so that no other code has to ask again.
 */
function isMergeable (document: JsonObject): document is MergeableDocument {
  return faultsOfDocument(document).length === 0
}

function faultsOfDocument (document: JsonObject): Fault[] {
  const { Version: version, Id: id, Statement: statement } = document
  const faults: Fault[] = []
  if (version !== undefined && !isVersion(version)) faults.push({ pointer: '/Version', detail: `is none of ${VERSIONS.join(', ')}` })
  if (id !== undefined && typeof id !== 'string') faults.push({ pointer: '/Id', detail: 'is not text' })
  if (statement === undefined) faults.push({ pointer: '', detail: 'has no Statement' })
  else if (Array.isArray(statement)) {
    for (const [index, item] of statement.entries()) {
      if (!isObject(item)) faults.push({ pointer: `/Statement/${index}`, detail: 'is not a statement' })
    }
  } else if (!isObject(statement)) faults.push({ pointer: '/Statement', detail: 'is neither a statement nor a list of statements' })
  return faults
}

export function statementsOf (document: MergeableDocument): Statement[] {
  return Array.isArray(document.Statement) ? document.Statement : [document.Statement]
}

/** The pointer of the statement at `index`, as exact as the form of the input allows. */
export function statementPointer (existing: ExistingPolicy, index: number): string {
  if (existing.isText) return existing.pointer
  return Array.isArray(existing.document.Statement) ? `${existing.pointer}/Statement/${index}` : `${existing.pointer}/Statement`
}

export function readExistingPolicy (input: PolicyInput, pointer: string): { existing: ExistingPolicy } | { faults: UsageFault[] } {
  const isText = typeof input === 'string'
  const bytes = policyInputBytes(input)
  if (bytes > MAX_POLICY_INPUT_BYTES) {
    return { faults: [{ code: 'LIMIT_EXCEEDED', pointer, detail: `has ${bytes} bytes; the limit of a policy document is ${MAX_POLICY_INPUT_BYTES}` }] }
  }
  const reading = readPolicyInput(input)
  if ('fault' in reading) return { faults: [{ code: 'INCONSISTENT_USAGE', pointer, detail: reading.fault }] }
  if (isMergeable(reading.document)) return { existing: { document: reading.document, pointer, isText } }
  return {
    faults: faultsOfDocument(reading.document).map(({ pointer: inside, detail }) =>
      ({ code: 'INCONSISTENT_USAGE', pointer: isText ? pointer : `${pointer}${inside}`, detail: isText && inside !== '' ? `${inside} ${detail}` : detail }))
  }
}
