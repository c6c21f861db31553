import { ServiceError, type Fault } from '../errors.js'
import { asList } from '../iam/json.js'
import type { Statement } from '../personalize/existing-policy.js'
import { awsPrincipals, familyOf, isOwn } from './own-statement.js'
import { numbered, SIDS, type OwnStatement } from './statement.js'

export interface MergeOptions {
  /**
   * A foreign statement under one of our Sids: refuse it, or give ours the next free Sid. `refuse` also takes away
   * what we wrote before and what is no longer asked for; `rename` takes nothing away from anybody.
   */
  onSidConflict: 'refuse' | 'rename'
  /** Root of the key's account; undefined for a policy of IAM. */
  rootArn?: string | undefined
  /** Where the request holds the existing statement of an index. */
  pointer?: (index: number) => string
}

/** Whether IAM policies are in force already, under whatever Sid: KMS's own default policy calls it `Enable IAM User Permissions`. */
function delegates (statement: Statement, rootArn: string): boolean {
  const { Effect: effect, Action: action, Resource: resource, Condition: condition } = statement
  const accounts = awsPrincipals(statement)
  const isRoot = accounts.includes(rootArn) || accounts.includes(rootArn.split(':')[4])
  return effect === 'Allow' && isRoot && condition === undefined && asList(resource).includes('*') &&
    asList(action).some((name) => name === '*' || (typeof name === 'string' && name.toLowerCase() === 'kms:*'))
}

function withoutSecondDelegation (existing: readonly Statement[], ours: readonly OwnStatement[], rootArn: string | undefined): readonly OwnStatement[] {
  if (rootArn === undefined || existing.some((statement) => familyOf(statement) === SIDS.delegation && isOwn(statement, rootArn, []))) return ours
  return existing.some((statement) => delegates(statement, rootArn)) ? ours.filter((statement) => familyOf(statement) !== SIDS.delegation) : ours
}

const rolesOf = (ours: readonly OwnStatement[]): unknown[] => ours.flatMap(awsPrincipals)

function conflicts (existing: readonly Statement[], ours: readonly OwnStatement[], options: MergeOptions): Fault[] {
  const sids = new Set<unknown>(ours.map((statement) => statement.Sid))
  return existing.flatMap((statement, index) => sids.has(statement['Sid']) && !isOwn(statement, options.rootArn, rolesOf(ours))
    ? [{ pointer: options.pointer?.(index) ?? '', detail: `statement ${index + 1} has the Sid ${String(statement['Sid'])}, but it is not the statement of this service; give it another Sid` }]
    : [])
}

/** In place where we wrote it before; what of ours is not asked for any more goes; the rest at the end. */
function replaceOwn (existing: readonly Statement[], ours: readonly OwnStatement[], rootArn: string | undefined): Statement[] {
  const open = new Map(ours.map((statement) => [statement.Sid, statement]))
  const roles = rolesOf(ours)
  const merged = existing.flatMap((statement) => {
    if (!isOwn(statement, rootArn, roles)) return [statement]
    const replacement = open.get(String(statement['Sid']))
    if (replacement === undefined) return []
    open.delete(replacement.Sid)
    return [replacement]
  })
  return [...merged, ...open.values()]
}

const isSubset = (part: readonly unknown[], whole: readonly unknown[]): boolean => part.every((value) => whole.includes(value))

/** Whether `ours` grants all that an earlier statement of ours granted, so that it can stand in its place. */
function covers (ours: OwnStatement, earlier: Statement): boolean {
  return isSubset(asList(earlier['Action']), asList(ours.Action)) && isSubset(asList(earlier['Resource']), asList(ours.Resource)) &&
    isSubset(awsPrincipals(earlier), awsPrincipals(ours)) &&
    (ours.Condition === undefined || JSON.stringify(ours.Condition) === JSON.stringify(earlier['Condition']))
}

const isSame = (ours: OwnStatement, earlier: Statement): boolean => JSON.stringify({ ...ours, Sid: earlier['Sid'] }) === JSON.stringify(earlier)

function addBeside (existing: readonly Statement[], ours: readonly OwnStatement[], rootArn: string | undefined): Statement[] {
  const merged = [...existing]
  const sids = new Set(existing.map((statement) => statement['Sid']))
  const placed = new Set<number>()
  for (const statement of ours) {
    const family = familyOf(statement) ?? statement.Sid
    const isOpen = (earlier: Statement, at: number): boolean => !placed.has(at) && familyOf(earlier) === family && isOwn(earlier, rootArn, rolesOf(ours))
    const same = existing.findIndex((earlier, at) => isOpen(earlier, at) && isSame(statement, earlier))
    const index = same >= 0 ? same : existing.findIndex((earlier, at) => isOpen(earlier, at) && covers(statement, earlier))
    const earlier = existing[index]
    if (earlier !== undefined) {
      placed.add(index)
      merged[index] = { ...statement, Sid: earlier['Sid'] }
      continue
    }
    let sid = statement.Sid
    for (let number = 1; sids.has(sid); number++) sid = numbered(family, number)
    sids.add(sid)
    merged.push({ ...statement, Sid: sid })
  }
  return merged
}

/**
 * Our statements merged into existing ones. Foreign statements stay as they are and where they are.
 * Merging the same statements a second time changes nothing.
 */
export function mergeStatements (existing: readonly Statement[], ours: readonly OwnStatement[], options: MergeOptions): Statement[] {
  const wanted = withoutSecondDelegation(existing, ours, options.rootArn)
  if (options.onSidConflict === 'rename') return addBeside(existing, wanted, options.rootArn)
  const faults = conflicts(existing, wanted, options)
  const [first] = faults
  if (first !== undefined) throw new ServiceError('SID_CONFLICT', faults.map((fault) => fault.detail).join('; '), faults)
  return replaceOwn(existing, wanted, options.rootArn)
}
