import type { DenialCause, ExplainRequest, Explanation } from '../../schemas/explanation.js'
import type { Usage } from '../../schemas/usage.js'
import { groupBy } from '../group-by.js'
import { ACCESS_REQUIREMENTS, type AccessRequirement } from '../personalize/requirements.js'
import type { CauseEntry } from './cause-entry.js'
import { CAUSES } from './causes.js'
import { type CloudTrailFacts, readCloudTrail } from './cloudtrail.js'
import { type Denial, parseDenial, toOneLine, withService } from './denial.js'
import { commonForm } from './common-form.js'
import { commandOf, type Facts, factsOf } from './facts.js'
import { BARE_FORMS, type RankedCause, type Recognized, TEXT_FORMS, type TextForm } from './forms.js'
import { exceptionsFor } from './exceptions.js'
import { statementsOf } from './statements.js'

const MAX_SHOWN = 2_000

/**
 * What a text of AWS says, what can have caused it, and what fixes that. A pure function of tables and text: the text
 * is searched for fixed parts, and a text that is not known is reported as such.
 */
export function explain (request: ExplainRequest): Explanation {
  const record = request.cloudTrailRecord === undefined ? undefined : readCloudTrail(request.cloudTrailRecord)
  const line = toOneLine(record?.text ?? request.message ?? request.failureReason ?? '')
  const denial = denialOf(line, record)
  const facts = factsOf(line, denial ?? {}, request.usage, record?.mentions)
  const found = recognize(line, denial, { record, isFailureReason: request.failureReason !== undefined })
  const said = {
    text: line.slice(0, MAX_SHOWN),
    ...denial,
    ...(record?.invokedBy === undefined ? {} : { invokedBy: record.invokedBy })
  }
  if (found === undefined) return notRecognized(said, request)
  return {
    recognized: true,
    headline: found.says,
    form: found.form,
    isPermission: found.isPermission,
    said,
    requirements: found.isPermission ? requirementsOf(found.causes, facts, denial) : [],
    causes: found.causes.map((cause) => describeCause(cause, facts, denial)),
    next: [...nextSteps(found, request.usage), ...aboutSession(facts, denial)]
  }
}

/** What the text says goes before what the record says. */
function denialOf (line: string, record: CloudTrailFacts | undefined): Denial | undefined {
  const denial = parseDenial(line)
  if (record === undefined) return denial
  const { resource, ...others } = record.denial
  // Of the call of another service, such as of Amazon S3 to KMS, the record has another resource than the text is about.
  const isOfService = denial?.action === undefined || serviceOf(denial.action) === serviceOf(others.action)
  const both = { ...others, ...(resource === undefined || !isOfService ? {} : { resource }), ...denial }
  return Object.keys(both).length === 0 ? undefined : withService(both, both.action)
}

const serviceOf = (action: string | undefined): string | undefined => action?.split(':', 1)[0]?.toLowerCase()

function recognize (
  line: string,
  denial: Denial | undefined,
  { record, isFailureReason }: { record: CloudTrailFacts | undefined; isFailureReason: boolean }
): Recognized | undefined {
  if (record?.isSuccess === true)
    return {
      form: 'notDenied',
      says: 'The record has no errorCode: AWS did not refuse this call.',
      isPermission: false,
      causes: []
    }
  const lower = line.toLowerCase()
  const hasCommonForm = lower.includes('is not authorized to perform') && denial?.action !== undefined
  const fits = ({ contains, inFailureReason = [], isPermission }: TextForm): boolean =>
    // The names in a denial may contain any word.
    (isPermission || !hasCommonForm) &&
    (contains.some((part) => lower.includes(part)) ||
      (isFailureReason && inFailureReason.some((part) => lower.includes(part))))
  const form = TEXT_FORMS.find(fits)
  if (form !== undefined) return { ...form, form: form.id }
  if (denial?.action !== undefined && (hasCommonForm || record !== undefined)) return commonForm(denial, denial.action)
  if (denial?.encodedMessage !== undefined)
    return {
      form: 'encodedMessage',
      says: 'AWS refused the call and encoded the reason.',
      isPermission: true,
      causes: [['ENCODED', 'stated']]
    }
  const bare = BARE_FORMS.find(fits)
  return bare === undefined ? undefined : { ...bare, form: bare.id }
}

function describeCause ([code, likelihood]: RankedCause, facts: Facts, denial: Denial | undefined): DenialCause {
  const entry: CauseEntry = CAUSES[code]
  const { title, detail, distinguish, policy, denies, source } = entry
  // An Allow does not lift a Deny.
  const isDeny = denies !== undefined && (entry.statements === undefined || denial?.effect === 'explicitDeny')
  return {
    code,
    likelihood,
    status: 'notChecked',
    title,
    detail,
    distinguish,
    ...(policy === undefined ? {} : { policy }),
    ...(entry.statements === undefined || isDeny
      ? {}
      : { statements: entry.statements.flatMap((kind) => statementsOf(kind, facts)) }),
    ...(isDeny ? exceptionsFor(facts, denial?.principal, denies) : {}),
    ...(entry.commands === undefined ? {} : { commands: entry.commands.map((command) => commandOf(command, facts)) }),
    source
  }
}

/** The rows of the catalogue that the action, or the policies of the causes, are about. */
function requirementsOf (
  causes: readonly RankedCause[],
  facts: Facts,
  denial: Denial | undefined
): AccessRequirement[] {
  const policies = new Set(causes.flatMap(([code]) => ('policy' in CAUSES[code] ? [CAUSES[code].policy] : [])))
  const type = denial?.principal?.type
  const rows = ACCESS_REQUIREMENTS.filter(
    (row) =>
      row.profile === 'documented' &&
      row.service !== 'cloudwatch' &&
      (facts.operations.length === 0 || facts.operations.includes(row.operation)) &&
      (row.together === undefined || facts.operations.includes(row.together)) &&
      (facts.action === undefined ? policies.has(row.policy) : row.actions.includes(facts.action)) &&
      (type !== 'role' && type !== 'service' ? true : row.principal === type)
  )
  if (facts.operations.length > 0) return rows
  // One row stands for the operations that demand the same.
  return groupBy(rows, ({ policy, principal, actions }) => `${policy} ${principal} ` + `${actions.join()}`).map(
    ([row]) => row
  )
}

function nextSteps ({ isPermission, causes }: Recognized, usage: Usage | undefined): string[] {
  if (!isPermission || causes.length === 0) return []
  const verify =
    'The live policies settle which cause it is: send the text to `POST /explain` with `usage` and `live: true`, or ' +
    'run `personalize-kms verify`.'
  return usage === undefined
    ? [`${verify} The usage names the operation, the role, the key and the locations of the job.`]
    : [verify]
}

/** The ARN of a session does not have the path of its role, so a statement that is made of it may lack it. */
function aboutSession (facts: Facts, denial: Denial | undefined): string[] {
  const { roleArns, roleName } = facts
  const command = commandOf('aws iam get-role --role-name {roleName} --query Role.Arn', facts)
  return roleArns.length > 0 || roleName === undefined || denial?.principal?.sessionName === undefined
    ? []
    : [
      `The text names a session, and so the role without its path. Its ARN: ${'`'}${command}${'`'}.`
    ]
}

function notRecognized (said: Explanation['said'], { usage }: ExplainRequest): Explanation {
  return {
    recognized: false,
    headline: 'This text is not known. No cause is given, because it would be a guess.',
    isPermission: false,
    said,
    requirements: [],
    causes: [],
    next: [
      'Take the whole message, as AWS printed it in English: a part of it, or a translation, is not recognized.',
      'Read `failureReason` of the job itself: `aws personalize describe-dataset-import-job --dataset-import-job-arn ' +
        '<arn>`, or the describe command of its kind.',
      'Look for the refused call in CloudTrail, in the account and Region of the job: `aws cloudtrail lookup-events ' +
        '--lookup-attributes AttributeKey=EventSource,AttributeValue=kms.amazonaws.com`. A record with an `errorCode` ' +
        'can be explained in place of the message.',
      `Verify the policies of ${usage === undefined ? 'the job' : 'this usage'} without the text: ` +
        'the page, `personalize-kms verify` and `POST /verify` do it.'
    ]
  }
}
