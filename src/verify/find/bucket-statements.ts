import type { Finding } from '../../../schemas/verification.js'
import { finding, type FindingEvidence } from '../../findings/catalogue.js'
import { formatList, formatStatement, statementReference } from '../../findings/format.js'
import type { JsonObject } from '../../json/json.js'
import type { Statement } from '../../iam/document/policy-document.js'
import { parseArn } from '../../iam/match/arn.js'
import { SERVICE_PRINCIPAL } from '../../personalize/identifiers.js'
import type { BucketEvidence } from '../read/bucket-evidence.js'
import { knownFaults } from './storable.js'

/** Names that look like the service principal of Personalize, and are none. */
const SIMILAR_NAME = /personalize/i

/** What is wrong with the statements of a bucket policy. */
export function bucketStatementFindings (evidence: BucketEvidence): Finding[] {
  const { bucket, bucketPolicy } = evidence
  if (bucketPolicy === undefined) return []
  const { policy, document } = bucketPolicy
  const findings = policy.statements.flatMap((statement) => {
    const reference = statementReference('bucketPolicy', policy.name, statement)
    const at = (detail: string): FindingEvidence => ({ bucket, detail: `${formatStatement(reference)} ` +
      `${detail}`, statement: reference })
    return [...wrongPrincipal(statement, at), ...jointCondition(statement, at)]
  })
  const malformed = policy.unsupported.map(({ pointer, what }) => `${pointer === '' ? 'the document' : pointer}: ` +
    `${what}`)
  return [
    ...findings,
    ...(malformed.length === 0
      ? []
      : [finding('MALFORMED_POLICY', { bucket, detail: `The bucket policy: ${formatList(malformed, '; ')}.` })]),
    ...(document === undefined ? [] : notStorable(evidence, document))
  ]
}

type At = (detail: string) => FindingEvidence

function wrongPrincipal ({ principals }: Statement, at: At): Finding[] {
  const wrong = (principals?.services ?? []).filter(
    (name) => SIMILAR_NAME.test(name) && name !== SERVICE_PRINCIPAL
  )
  return wrong.length === 0 ? [] : [finding('WRONG_SERVICE_PRINCIPAL', at(`names ${formatList(wrong)}.`))]
}

/** The role's own calls carry no source keys, so a condition on them, not `…IfExists`, leaves the role out. */
function jointCondition ({ principals, effect, conditions }: Statement, at: At): Finding[] {
  if (effect !== 'Allow' || principals === undefined || principals.aws.length === 0) return []
  if (!principals.services.includes(SERVICE_PRINCIPAL)) return []
  const asked = conditions.filter(
    ({ key, ifExists, operator }) => /^aws:source(account|arn|org)/.test(key) && !ifExists && operator.family !== 'null'
  )
  const names = asked.map(({ keyName }) => keyName)
  return names.length === 0
    ? []
    : [finding('JOINT_STATEMENT_CONDITION', at(`also names a role, whose calls have no ${formatList(names)}.`))]
}

/** ARNs of another partition: Amazon S3 has no such bucket. */
export function partitionFindings (evidence: BucketEvidence, partition: string): Finding[] {
  const { bucket, bucketPolicy } = evidence
  return (bucketPolicy?.policy.statements ?? []).flatMap((statement) => {
    const foreign = (statement.resources?.values ?? [])
      .map(({ text }) => text)
      .filter((text) => {
        const arn = parseArn(text)
        return arn !== undefined && !/[*?]/.test(arn.partition) && arn.partition !== partition
      })
    const reference = statementReference('bucketPolicy', bucketPolicy?.policy.name ?? '', statement)
    return foreign.length === 0
      ? []
      : [
        finding('RESOURCE_OF_OTHER_PARTITION', {
          bucket,
          detail: `${formatStatement(reference)} names ${formatList(foreign)}; the bucket is ` +
            `in partition ${partition}.`,
          remedy: `Write the ARN with the partition of the bucket (arn:${partition}:s3:::…).`,
          statement: reference
        })
      ]
  })
}

/** What a value that is not known yet stands in is not checked, nor is the size of its document. */
function notStorable ({ bucket, observed }: BucketEvidence, document: JsonObject): Finding[] {
  const faults = knownFaults('bucketPolicy', document, observed.unknownInBucketPolicy)
  const [first] = faults
  if (first === undefined) return []
  const texts = faults.map(({ pointer, value, rule }) => `${pointer === '' ? 'the document' : pointer}: ${value}: ` +
    `${rule}`)
  return [
    {
      ...finding('NOT_STORABLE', { bucket, detail: 'Amazon S3 would refuse the bucket policy: ' +
        `${formatList(texts, '; ')}.` }),
      source: first.source
    }
  ]
}
