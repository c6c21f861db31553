import { groupBy } from '../../group-by.js'
import type { PoliciesModel, PolicyEntry, PolicyWarning, StatementReason } from './model.js'
import { accountOf, regionOf } from './resource-names.js'

/** What every form says at its beginning: what it is, the warnings, and what no policy can fix. */
export function headerLines (model: PoliciesModel): string[] {
  const { warnings = [], cannotFix = [] } = model
  return [
    'Policies for Amazon Personalize with a customer managed KMS key.',
    ...groupBy(warnings, ({ code, detail }) => `${code} ${detail}`).flatMap(warningLines),
    ...cannotFix.flatMap(({ code, detail = '' }) => ['', `Not fixed by these policies (${code}): ${detail}`])
  ]
}

/** One warning, with every key, role and bucket that it is about. */
function warningLines (alike: readonly [PolicyWarning, ...PolicyWarning[]]): string[] {
  const [{ code, title, detail, source = '' }] = alike
  const about = alike.flatMap(({ kmsKeyArn, roleArn, bucket }) => kmsKeyArn ?? roleArn ?? bucket ?? [])
  return [
    '',
    `Warning (${code}): ${asSentence(title)} ${detail}`,
    ...(about.length === 0 ? [] : [`Of: ${about.join(', ')}`]),
    ...(source === '' ? [] : [source])
  ]
}

/** What every form says of one policy: whose it is and what it replaces. */
export function entryLines ({ kind, target, policyName, warning }: PolicyEntry): string[] {
  const about = {
    key:
      target === undefined
        ? ['Key policy of a key that does not exist yet.']
        : [
            `Key policy of ${target}.`,
            'It replaces the whole policy of the key: statements that are not here are lost.'
        ],
    role: [
      `Permissions policy ${policyName} of the role ${target}.`,
      'It replaces the inline policy of this name, if the role has one.'
    ],
    trust: [
      `Trust policy of the role ${target}.`,
      'It replaces the whole trust policy of the role: statements that are not here are lost.'
    ],
    bucket: [
      `Bucket policy of ${target}.`,
      'It replaces the whole policy of the bucket: statements that are not here are lost.'
    ]
  }[kind]
  return [...about, ...(warning === undefined ? [] : [`Warning: ${warning}`])]
}

/** The account, and of a key the Region, whose credentials deploy the policy; nothing of a bucket is known. */
export function placeOf ({ kind, target = '' }: PolicyEntry): string | undefined {
  if (kind === 'bucket' || target === '') return undefined
  return kind === 'key' ? `account ${accountOf(target)}, Region ${regionOf(target)}` : `account ${accountOf(target)}`
}

/** Why the statement is there, and the page of AWS that says so. */
export function statementLines (reason: StatementReason | undefined): string[] {
  if (reason === undefined) return []
  const { operations = [], reason: why, source } = reason
  return [
    ...(why === '' ? [] : [why]),
    ...(operations.length === 0 ? [] : [`For: ${operations.join(', ')}.`]),
    ...(source === '' ? [] : [source])
  ]
}

const asSentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)
