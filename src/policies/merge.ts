import { type FieldError, ServiceError } from '../errors.js'
import { asList, isObject } from '../json/json.js'
import { parseKeyArn, parseRoleArn, SERVICE_PRINCIPAL } from '../personalize/identifiers.js'
import { ACCESS_REQUIREMENTS, ALL_DEMANDED_ACTIONS, REQUIRED_ACTIONS } from '../personalize/requirements.js'
import type { Statement } from './existing-policy.js'
import { numbered, type OwnStatement, S3_FAMILIES, S3_SIDS, SIDS } from './statement.js'

const FAMILIES: readonly string[] = [...Object.values(SIDS), ...S3_FAMILIES]

/** The Sid without its number; undefined where it is none of ours. */
export function baseSid (statement: Statement): string | undefined {
  const { Sid: sid } = statement
  if (typeof sid !== 'string') return undefined
  const base = sid.replace(/(?<=[a-z])([2-9]|[1-9]\d+)$/i, '')
  return FAMILIES.includes(base) ? base : undefined
}

/** The values under `Principal` of exactly one kind; undefined for every other form. */
function principalsOf (statement: Statement, kind: 'AWS' | 'Service'): string[] | undefined {
  const { Principal: principal } = statement
  if (!isObject(principal) || Object.keys(principal).join() !== kind) return undefined
  const values = Object.values(principal).flatMap((value) => [...asList(value)])
  return values.every((value) => typeof value === 'string') ? values : undefined
}

/** What a statement names under `AWS`, whatever else it names. */
export function awsPrincipals (statement: Statement): readonly unknown[] {
  const { Principal: principal } = statement
  return isObject(principal) && principal['AWS'] !== undefined ? asList(principal['AWS']) : []
}

/** A deleted role stands in a stored policy as its unique id. */
const isRole = (principal: string): boolean =>
  parseRoleArn(principal) !== undefined || /^AROA[A-Z0-9]+$/.test(principal)

/** The operators and keys of the source conditions, the only ones that a statement of ours can have. */
const SOURCE_OPERATORS = ['StringEquals', 'StringEqualsIfExists', 'ArnLike', 'ArnLikeIfExists']
const SOURCE_KEYS = ['aws:SourceAccount', 'aws:SourceArn']

function hasOnlySourceConditions (statement: Statement): boolean {
  const { Condition: condition } = statement
  if (condition === undefined) return true
  if (!isObject(condition)) return false
  return Object.entries(condition).every(
    ([operator, keys]) =>
      SOURCE_OPERATORS.includes(operator) &&
      isObject(keys) &&
      Object.keys(keys).every((key) => SOURCE_KEYS.includes(key))
  )
}

const hasMembers = (statement: Statement, members: readonly string[]): boolean =>
  Object.keys(statement).every((member) => members.includes(member))

const isDemanded = (action: unknown): boolean => typeof action === 'string' && REQUIRED_ACTIONS.includes(action)

/** Whether some usage demands exactly these actions of a role: they are what rows of the catalogue add up to. */
function addUp (actions: readonly unknown[]): boolean {
  const rows = ACCESS_REQUIREMENTS.filter(
    (row) =>
      row.principal === 'role' && row.policy === 'keyPolicy' && row.actions.every((action) => actions.includes(action))
  )
  const covered = new Set<unknown>(rows.flatMap((row) => row.actions))
  return actions.every((action) => covered.has(action))
}

const isWhole = (statement: Statement): boolean => asList(statement['Resource']).join() === '*'

const isOfS3 = (action: unknown): boolean =>
  typeof action === 'string' && action.startsWith('s3:') && ALL_DEMANDED_ACTIONS.includes(action)
const isBucketArn = (arn: unknown): boolean => typeof arn === 'string' && /^arn:[^:]*:s3:::./.test(arn)

const isS3Statement = (statement: Statement): boolean =>
  asList(statement['Action']).every(isOfS3) && asList(statement['Resource']).every(isBucketArn)

/** In a bucket policy for roles of another account, in the IAM policy of a role without a principal. */
function isRoleOnBucket (statement: Statement): boolean {
  if (!hasMembers(statement, KEY_STATEMENT) || !isS3Statement(statement)) return false
  return statement['Principal'] === undefined || principalsOf(statement, 'AWS')?.every(isRole) === true
}

const isServiceOnBucket = (statement: Statement): boolean =>
  hasMembers(statement, [...KEY_STATEMENT, 'Condition']) &&
  isS3Statement(statement) &&
  hasOnlySourceConditions(statement) &&
  principalsOf(statement, 'Service')?.join() === SERVICE_PRINCIPAL

const isMetricData = (statement: Statement): boolean =>
  hasMembers(statement, ['Sid', 'Effect', 'Action', 'Resource']) &&
  isWhole(statement) &&
  asList(statement['Action']).join() === 'cloudwatch:PutMetricData'

const KEY_STATEMENT = ['Sid', 'Effect', 'Principal', 'Action', 'Resource']

/** What makes a statement under one of our Sids ours: nothing in it that we would not have written. */
const SHAPES: Readonly<
  Record<string, (statement: Statement, rootArn: string | undefined, roles: readonly unknown[]) => boolean>
> = {
  [SIDS.delegation]: (statement, rootArn) =>
    hasMembers(statement, KEY_STATEMENT) &&
    isWhole(statement) &&
    asList(statement['Action']).join() === 'kms:*' &&
    rootArn !== undefined &&
    principalsOf(statement, 'AWS')?.join() === rootArn,
  [SIDS.service]: (statement) =>
    hasMembers(statement, [...KEY_STATEMENT, 'Condition']) &&
    isWhole(statement) &&
    hasOnlySourceConditions(statement) &&
    asList(statement['Action']).every(isDemanded) &&
    principalsOf(statement, 'Service')?.join() === SERVICE_PRINCIPAL,
  [SIDS.role]: (statement, _rootArn, roles) =>
    hasMembers(statement, KEY_STATEMENT) &&
    isWhole(statement) &&
    asList(statement['Action']).every(isDemanded) &&
    isOfRoles(statement, roles),
  [SIDS.keyUse]: (statement) =>
    hasMembers(statement, ['Sid', 'Effect', 'Action', 'Resource']) &&
    asList(statement['Action']).every(isDemanded) &&
    (isWhole(statement) ||
      asList(statement['Resource']).every((arn) => typeof arn === 'string' && parseKeyArn(arn)?.kind === 'key')),
  ...Object.fromEntries(Object.values(S3_SIDS.service).map((sid) => [sid, isServiceOnBucket])),
  ...Object.fromEntries(Object.values(S3_SIDS.role).map((sid) => [sid, isRoleOnBucket])),
  [S3_SIDS.role.metrics]: isMetricData
}

/** For the roles at hand, whatever a hand has taken out of it; for other roles only as we would have written it. */
function isOfRoles (statement: Statement, roles: readonly unknown[]): boolean {
  const principals = principalsOf(statement, 'AWS')
  return (
    principals?.every(isRole) === true &&
    (principals.every((arn) => roles.includes(arn)) || addUp(asList(statement['Action'])))
  )
}

/**
 * Whether a statement under one of our Sids still has the meaning that we gave it. `roles`: those that ours are
 * about.
 */
export function isOwn (statement: Statement, rootArn: string | undefined, roles: readonly unknown[]): boolean {
  const family = baseSid(statement)
  return family !== undefined && statement['Effect'] === 'Allow' && SHAPES[family]?.(statement, rootArn, roles) === true
}

export interface MergeOptions {
  /**
   * A foreign statement under one of our Sids: refuse it, or give ours the next free Sid. `refuse` also takes away
   * what we wrote before and what is no longer asked for; `rename` takes nothing away from anybody.
   */
  onSidConflict: 'refuse' | 'rename'
  /** Of `refuse`: whose statements are taken away where they are not requested any more. Default: all of ours. */
  manages?: (family: string) => boolean
  /** Root of the key's account; undefined for a policy of IAM. */
  rootArn?: string | undefined
  /** Where the request holds the existing statement of an index. */
  pointer?: (index: number) => string
}

/**
 * Whether IAM policies are in force already, under whatever Sid: KMS's own default policy calls it `Enable IAM User
 * Permissions`.
 */
function delegates (statement: Statement, rootArn: string): boolean {
  const { Effect: effect, Action: action, Resource: resource, Condition: condition } = statement
  const accounts = awsPrincipals(statement)
  const isRoot = accounts.includes(rootArn) || accounts.includes(rootArn.split(':')[4])
  return (
    effect === 'Allow' &&
    isRoot &&
    condition === undefined &&
    asList(resource).includes('*') &&
    asList(action).some((name) => name === '*' || (typeof name === 'string' && name.toLowerCase() === 'kms:*'))
  )
}

function withoutSecondDelegation (
  existing: readonly Statement[],
  ours: readonly OwnStatement[],
  rootArn: string | undefined
): readonly OwnStatement[] {
  if (
    rootArn === undefined ||
    existing.some((statement) => baseSid(statement) === SIDS.delegation && isOwn(statement, rootArn, []))
  )
    return ours
  return existing.some((statement) => delegates(statement, rootArn))
    ? ours.filter((statement) => baseSid(statement) !== SIDS.delegation)
    : ours
}

const rolesOf = (ours: readonly OwnStatement[]): unknown[] => ours.flatMap(awsPrincipals)

function conflicts (
  existing: readonly Statement[],
  ours: readonly OwnStatement[],
  options: MergeOptions
): FieldError[] {
  const sids = new Set<unknown>(ours.map((statement) => statement.Sid))
  return existing.flatMap((statement, index) =>
    sids.has(statement['Sid']) && !isOwn(statement, options.rootArn, rolesOf(ours))
      ? [
        {
          pointer: options.pointer?.(index) ?? '',
          detail:
              `statement ${index + 1} has the Sid ${String(statement['Sid'])}, but it is not the statement of ` +
              'this service; give it another Sid'
        }
      ]
      : []
  )
}

/** In place where we wrote it before; what of ours is not asked for any more goes; the rest at the end. */
function replaceOwn (
  existing: readonly Statement[],
  ours: readonly OwnStatement[],
  { rootArn, manages = () => true }: MergeOptions
): Statement[] {
  const open = new Map(ours.map((statement) => [statement.Sid, statement]))
  const roles = rolesOf(ours)
  const merged = existing.flatMap((statement) => {
    if (!isOwn(statement, rootArn, roles)) return [statement]
    const replacement = open.get(String(statement['Sid']))
    if (replacement === undefined) return manages(baseSid(statement) ?? '') ? [] : [statement]
    open.delete(replacement.Sid)
    return [replacement]
  })
  return [...merged, ...open.values()]
}

const isSubset = (part: readonly unknown[], whole: readonly unknown[]): boolean =>
  part.every((value) => whole.includes(value))

/** Whether `ours` grants all that an earlier statement of ours granted, so that it can stand in its place. */
function covers (ours: OwnStatement, earlier: Statement): boolean {
  return (
    isSubset(asList(earlier['Action']), asList(ours.Action)) &&
    isSubset(asList(earlier['Resource']), asList(ours.Resource)) &&
    isSubset(awsPrincipals(earlier), awsPrincipals(ours)) &&
    (ours.Condition === undefined || JSON.stringify(ours.Condition) === JSON.stringify(earlier['Condition']))
  )
}

const isSame = (ours: OwnStatement, earlier: Statement): boolean =>
  JSON.stringify({ ...ours, Sid: earlier['Sid'] }) === JSON.stringify(earlier)

function addBeside (
  existing: readonly Statement[],
  ours: readonly OwnStatement[],
  rootArn: string | undefined
): Statement[] {
  const merged = [...existing]
  const sids = new Set(existing.map((statement) => statement['Sid']))
  const placed = new Set<number>()
  const roles = rolesOf(ours)
  const own = existing.map((earlier) => (isOwn(earlier, rootArn, roles) ? baseSid(earlier) : undefined))
  for (const statement of ours) {
    const family = baseSid(statement) ?? statement.Sid
    const isOpen = (_: Statement, at: number): boolean => own[at] === family && !placed.has(at)
    const same = existing.findIndex((earlier, at) => isOpen(earlier, at) && isSame(statement, earlier))
    const index =
      same >= 0 ? same : existing.findIndex((earlier, at) => isOpen(earlier, at) && covers(statement, earlier))
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
export function mergeStatements (
  existing: readonly Statement[],
  ours: readonly OwnStatement[],
  options: MergeOptions
): Statement[] {
  const wanted = withoutSecondDelegation(existing, ours, options.rootArn)
  if (options.onSidConflict === 'rename') return addBeside(existing, wanted, options.rootArn)
  const faults = conflicts(existing, wanted, options)
  const [first] = faults
  if (first !== undefined)
    throw new ServiceError('SID_CONFLICT', faults.map((fault) => fault.detail).join('; '), faults)
  return replaceOwn(existing, wanted, options)
}
