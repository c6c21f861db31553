import { readFileSync } from 'node:fs'
import { arnConditionPattern, parseArn } from '../iam/match/arn.js'
import { matches, type Pattern, wildcardPattern } from '../iam/match/wildcard.js'
import { isObject, parseJson } from '../json/json.js'
import { faultInJsonText } from '../json/strict-json.js'
import { watchFiles } from '../watch-files.js'

/** What one caller may have read from AWS. */
export interface Access {
  /**
   * Whether it may see this key, alias, role, managed policy, dataset group or bucket. The ARN of a bucket has no
   * account:
   * `accountId` is the one of which alone the bucket is read.
   */
  mayRead(arn: string, accountId?: string): boolean
  /** Whether it may see the policies of the organization that apply to this account. */
  mayReadAccount(accountId: string): boolean
}

/** Which caller may verify what; what is not listed here may not be verified. */
export interface AccessTable {
  accessOf(callerId: string): Access
}

/** The entry that applies to every caller. */
const ANY_CALLER = '*'
const ACCOUNT_ID = /^\d{12}$/

interface Entry {
  accounts: ReadonlySet<string>
  patterns: readonly Pattern[]
  patternAccounts: ReadonlySet<string>
}

/** Lists of an entry that hold ARNs, and the service and resource that each must be of. */
const ARN_LISTS = {
  keys: (service: string, resource: string) => service === 'kms' && /^(key|alias)\//.test(resource),
  roles: (service: string, resource: string) => service === 'iam' && resource.startsWith('role/'),
  policies: (service: string, resource: string) => service === 'iam' && resource.startsWith('policy/'),
  datasetGroups: (service: string, resource: string) =>
    service === 'personalize' && resource.startsWith('dataset-group/'),
  buckets: (service: string, resource: string) => service === 's3' && /^[^/:]+$/.test(resource)
}

/**
 * Reads `{ "callers": { "<caller>": { "accounts": ["…"], "keys": ["…"], "roles": ["…"], "policies": ["…"],
 * "buckets": ["…"], "datasetGroups": ["…"] } } }`, where `*` is every caller, `accounts` allows all of these of an
 * account, and the others allow ARNs, in which `*` and `?` are wildcards inside the region and the resource. Reports
 * every fault; names of callers are not repeated.
 */
export function parseAccessTable (text: string): { table: AccessTable } | { faults: string[] } {
  const parsed = parseJson(text)
  if (!isObject(parsed) || !isObject(parsed['callers']))
    return { faults: ['must be a JSON object { "callers": { … } }'] }
  if (faultInJsonText(text) !== undefined) return { faults: ['has a member twice'] }
  const { callers, ...unknown } = parsed
  const faults = Object.keys(unknown).length === 0 ? [] : ['has members other than "callers"']
  const entries = new Map<string, Entry>()
  for (const [position, [callerId, value]] of Object.entries(callers).entries()) {
    const own = faultsOf(value)
    faults.push(...own.map((fault) => `entry ${position + 1} ${fault}`))
    if (own.length === 0) entries.set(callerId, entryOf(value))
  }
  return faults.length === 0 ? { table: tableOf(entries) } : { faults }
}

/** Allows nothing. */
export const NO_ACCESS: Access = { mayRead: () => false, mayReadAccount: () => false }

function tableOf (entries: ReadonlyMap<string, Entry>): AccessTable {
  return {
    accessOf (callerId) {
      const own = [...new Set([callerId, ANY_CALLER])].flatMap((name) => entries.get(name) ?? [])
      return {
        mayRead: (arn, accountId) => own.some((entry) => allows(entry, arn, accountId)),
        mayReadAccount: (accountId) =>
          own.some(({ accounts, patternAccounts }) => accounts.has(accountId) || patternAccounts.has(accountId))
      }
    }
  }
}

function allows ({ accounts, patterns }: Entry, arn: string, bucketAccountId = ''): boolean {
  const parsed = parseArn(arn)
  if (parsed === undefined) return false
  const accountId = parsed.service === 's3' ? bucketAccountId : parsed.accountId
  return accounts.has(accountId) || isOfAws(parsed) || patterns.some((pattern) => matches(pattern, arn))
}

/** AWS managed policies are public documentation. */
function isOfAws ({ service, accountId, resource }: { service: string; accountId: string; resource: string }): boolean {
  return service === 'iam' && accountId === 'aws' && resource.startsWith('policy/')
}

function faultsOf (entry: unknown): string[] {
  if (!isObject(entry)) return ['must be an object of lists']
  return Object.entries(entry).flatMap(([name, list]) => {
    if (!isListName(name)) return ['has members other than accounts, keys, roles, policies, buckets, datasetGroups']
    if (!Array.isArray(list) || !list.every((item) => typeof item === 'string'))
      return [`${name} must be a list of texts`]
    if (name === 'accounts')
      return list.every((item) => ACCOUNT_ID.test(item)) ? [] : ['accounts must be account ids of 12 digits']
    return list.every((item) => isArnOf(item, ARN_LISTS[name]))
      ? []
      : [
          `${name} must be ARNs of ` +
            `${name === 'datasetGroups' ? 'dataset groups' : name}, ` +
            (name === 'buckets' ? 'without objects' : 'with the account written out')
      ]
  })
}

function isListName (name: string): name is 'accounts' | keyof typeof ARN_LISTS {
  return name === 'accounts' || Object.hasOwn(ARN_LISTS, name)
}

/** A wildcard in the account would allow accounts that are not listed; the ARN of a bucket has none. */
function isArnOf (text: string, isOfKind: (service: string, resource: string) => boolean): boolean {
  const arn = parseArn(text)
  if (arn === undefined || !isOfKind(arn.service, arn.resource)) return false
  return arn.service === 's3' ? arn.region === '' && arn.accountId === '' : ACCOUNT_ID.test(arn.accountId)
}

function entryOf (value: unknown): Entry {
  const lists = isObject(value) ? value : {}
  const arns = Object.keys(ARN_LISTS).flatMap((name) => textsIn(lists[name]))
  const binding = [...textsIn(lists['keys']), ...textsIn(lists['roles'])]
  return {
    accounts: new Set(textsIn(lists['accounts'])),
    patterns: arns.flatMap((arn) => {
      const pattern = arnConditionPattern(wildcardPattern(arn))
      return pattern === undefined ? [] : [pattern]
    }),
    patternAccounts: new Set(binding.flatMap((arn) => parseArn(arn)?.accountId ?? []))
  }
}

function textsIn (list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : []
}

export interface AccessTableFile {
  current(): AccessTable
  /** Reads the file now. A faulty one changes nothing. */
  reload(): void
  close(): void
}

/** Called after the file was read again, with what is wrong with it. */
export type TellReload = (faults: readonly string[]) => void

/**
 * An access table that follows its file. While the file is faulty the last good table holds: a slip of the pen must
 * not open or shut everything.
 */
export function watchAccessTable (
  { file, table }: { file: string; table: AccessTable },
  tell: TellReload
): AccessTableFile {
  let current = table
  const reload = (): void => {
    const read = readTable(file)
    if ('table' in read) current = read.table
    tell('faults' in read ? read.faults : [])
  }
  return { current: () => current, reload, close: watchFiles([file], reload) }
}

function readTable (file: string): ReturnType<typeof parseAccessTable> {
  try {
    return parseAccessTable(readFileSync(file, 'utf8'))
  } catch {
    return { faults: ['cannot be read'] }
  }
}
