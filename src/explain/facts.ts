import { type Location, OPERATIONS, type Operation, type Usage } from '../../schemas/usage.js'
import { ACCOUNT_ID, parseArn } from '../iam/match/arn.js'
import { parseKeyArn, parseRoleArn } from '../personalize/identifiers.js'
import { parseS3Uri } from '../personalize/locations.js'
import type { Denial } from './denial.js'

/** A bucket with the path in it, as far as it is known. */
export interface Place {
  bucket: string
  prefix: string
  /** What the usage says of it; of a text, nothing. */
  use?: Pick<Location, 'operations' | 'direction'>
}

/** What is known of the job around a denial: what the usage says, else what the text names. */
export interface Facts {
  partition: string
  accountId: string | undefined
  region: string | undefined
  operations: readonly Operation[]
  roleArns: readonly string[]
  roleName: string | undefined
  keyArns: readonly string[]
  places: readonly Place[]
  action: string | undefined
  resource: string | undefined
  /** The ARN of a user, or of the root user of an account, where one of them called. */
  callerArn: string | undefined
  encodedMessage: string | undefined
}

/** How texts and ARNs name the operations. */
const OPERATION_WORDS: ReadonlyArray<readonly [Operation, RegExp]> = [
  ['datasetImportJob', /import[ -]?job/i],
  ['datasetExportJob', /export[ -]?job/i],
  ['batchInferenceJob', /batch[ -]?inference/i],
  ['batchSegmentJob', /batch[ -]?segment/i],
  ['metricAttribution', /metric[ -]?attribution/i],
  ['dataDeletionJob', /deletion[ -]?job/i],
  ['datasetGroup', /dataset[ -]?group/i]
]

/** The most ARNs and URIs that are taken from a text. */
const MAX_MENTIONS = 50
const MENTION = /(?:arn:aws|s3:\/\/)[^\s"'<>,;)\]}]{1,2048}/g

function mentionsIn (line: string): string[] {
  const found: string[] = []
  for (const [mention] of line.matchAll(MENTION)) {
    found.push(mention.replace(/[.:]{1,4}$/, ''))
    if (found.length === MAX_MENTIONS) break
  }
  return [...new Set(found)]
}

/** Bucket and path of the ARN of a bucket or an object. */
function placeOfArn (text: string): Place | undefined {
  const arn = parseArn(text)
  if (arn?.service !== 's3' || arn.accountId !== '') return undefined
  const slash = arn.resource.indexOf('/')
  const bucket = slash === -1 ? arn.resource : arn.resource.slice(0, slash)
  return parseS3Uri(`s3://${bucket}`) === undefined
    ? undefined
    : { bucket, prefix: slash === -1 ? '' : arn.resource.slice(slash + 1) }
}

function placesOf (usage: Usage | undefined, mentions: readonly string[], line: string): Place[] {
  const given = (usage?.locations ?? []).flatMap((use): Place[] => {
    const place = parseS3Uri(use.uri)
    return place === undefined ? [] : [{ ...place, use }]
  })
  if (given.length > 0) return given
  const [, named] = /fix bucket policy on ([a-z0-9.-]{3,63}?)[.]?(?: |$)/i.exec(line) ?? []
  const byName = named === undefined ? undefined : parseS3Uri(`s3://${named}`)
  return [byName, ...mentions.map((mention) => parseS3Uri(mention) ?? placeOfArn(mention))].flatMap(
    (place) => place ?? []
  )
}

function operationsOf (usage: Usage | undefined, line: string): readonly Operation[] {
  if (usage !== undefined) return usage.operations
  const named = new Set(OPERATION_WORDS.flatMap(([operation, words]) => (words.test(line) ? [operation] : [])))
  return OPERATIONS.filter((operation) => named.has(operation))
}

/** Roles and keys: those of the usage, else those that the text names. */
function namesOf (usage: Usage | undefined, mentions: readonly string[]): Pick<Facts, 'roleArns' | 'keyArns'> {
  return {
    roleArns: usage?.roleArns ?? mentions.filter((mention) => parseRoleArn(mention) !== undefined),
    keyArns: usage?.kmsKeyArns ?? mentions.filter((mention) => parseKeyArn(mention) !== undefined)
  }
}

/** Partition and account, where those of the text are none that stand for any. */
function ownerOf (usage: Usage | undefined, arn: ReturnType<typeof parseArn>): Pick<Facts, 'partition' | 'accountId'> {
  const { partition = '', accountId = '' } = arn ?? {}
  return {
    partition: /^aws(-[a-z]+)*$/.test(partition) ? partition : 'aws',
    accountId: usage?.accountId ?? (ACCOUNT_ID.test(accountId) ? accountId : undefined)
  }
}

const CALLER = /^arn:aws(-[a-z]+)*:iam::\d{12}:(root|user\/[\w+=,.@/-]{1,576})$/

/** What the usage says goes before what the text names, and that before what else there is (`besides`). */
export function factsOf (
  line: string,
  denial: Denial,
  usage: Usage | undefined,
  besides: readonly string[] = []
): Facts {
  const { principal, action, resource, encodedMessage } = denial
  const mentions = mentionsIn([resource ?? '', line, ...besides].join(' '))
  const names = namesOf(usage, mentions)
  const [roleArn = principal?.id ?? ''] = names.roleArns
  const [keyArn = ''] = names.keyArns
  return {
    ...names,
    ...ownerOf(usage, parseArn(roleArn) ?? parseArn(keyArn)),
    region: usage?.region ?? parseKeyArn(keyArn)?.region,
    operations: operationsOf(usage, line),
    roleName: principal?.roleName ?? parseRoleArn(roleArn)?.name,
    places: placesOf(usage, mentions, line),
    // A call is one action; what is made of a pattern would allow more than was refused.
    action: action?.includes('*') === true ? undefined : action,
    resource,
    callerArn: principal !== undefined && CALLER.test(principal.id) ? principal.id : undefined,
    encodedMessage
  }
}

/** What may stand in a command of a shell without quotes. */
const PLAIN = /^[\w+=,.@:/-]{1,8192}$/

/** A command with the facts in it; what is not known, or needs quotes, stays as `<name>`. */
export function commandOf (template: string, facts: Facts): string {
  const [place] = facts.places
  const known: Readonly<Record<string, string | undefined>> = {
    bucket: place?.bucket,
    prefix: place?.prefix,
    objectKey: place?.prefix,
    keyArn: facts.keyArns[0],
    roleName: facts.roleName,
    encodedMessage: facts.encodedMessage
  }
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = known[name]
    // An empty prefix is the whole bucket; an option may not be taken for a name.
    if (name === 'prefix' && value === '') return ''
    return value !== undefined && PLAIN.test(value) && !value.startsWith('-') ? value : `<${name}>`
  })
}
