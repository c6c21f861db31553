import { hash } from 'node:crypto'
import type { Invocation, Log, ReportingDescriptor, Result } from 'sarif'
import { FINDINGS, type FindingCode } from '../findings/catalogue.js'
import { KEY_ACCESS } from '../findings/kind.js'
import { VERSION } from '../version.js'
import { isAwsPage, lastPart, principalOf } from './names.js'
import { safeFileName } from './policies/resource-names.js'
import type { FindingModel, ReportModel } from './report-model.js'
import { resourcesOf } from './verdict-words.js'

/** `artifact`: path of the file that holds the policies, relative to the root of the repository. */
export interface SarifOptions {
  artifact?: string | undefined
}

/**
 * The findings for code scanning, as SARIF 2.1.0. GitHub shows a result only at a file and a line, and joins the
 * results of two runs by `partialFingerprints`; a live key has no file, so the path is made of its id.
 * https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
export function renderSarif (report: ReportModel, { artifact }: SarifOptions = {}): string {
  const { keys, buckets } = resourcesOf(report)
  const [subject = 'policies'] = [...keys, ...buckets]
  const codes = [...new Set(report.findings.map(({ code }) => code))]
  const fingerprints = uniqueFingerprints(report.findings)
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'personalize-kms',
            semanticVersion: VERSION,
            informationUri: KEY_ACCESS,
            rules: rulesOf(report.findings, codes)
          }
        },
        automationDetails: { id: `personalize-kms/${pathName(subject)}` },
        invocations: [invocationOf(report)],
        columnKind: 'utf16CodeUnits',
        results: report.findings.map((finding, index) => ({
          ...resultOf(finding, subject, artifact),
          ruleIndex: codes.indexOf(finding.code),
          partialFingerprints: { 'personalizeKms/v1': fingerprints[index] ?? '' }
        }))
      }
    ]
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

/** One rule for each code that occurs; a code that the catalogue does not have is described by its finding. */
function rulesOf (findings: readonly FindingModel[], codes: readonly string[]): ReportingDescriptor[] {
  return codes.flatMap((code) => {
    const kind = isFindingCode(code) ? FINDINGS[code] : findings.find((finding) => finding.code === code)
    if (kind === undefined) return []
    const { severity, title, remedy, source } = kind
    return {
      id: code,
      name: pascalCase(code),
      shortDescription: { text: messageText(`${title}.`) },
      fullDescription: { text: messageText(`${title}. ${remedy}`) },
      help: { text: messageText(remedy) },
      defaultConfiguration: { level: severity },
      ...(isAwsPage(source) ? { helpUri: source } : {})
    }
  })
}

function isFindingCode (code: string): code is FindingCode {
  return Object.hasOwn(FINDINGS, code)
}

/** What was not evaluated is no result, but a reader has to know it. */
function invocationOf ({ notEvaluated }: ReportModel): Invocation {
  return {
    executionSuccessful: true,
    toolExecutionNotifications: notEvaluated.map(({ what, why }) => ({
      level: 'note',
      message: { text: messageText(`Not evaluated: ${what}. ${why}`) }
    }))
  }
}

function resultOf (finding: FindingModel, subject: string, artifact: string | undefined): Result {
  const { code, severity, title, detail, remedy } = finding
  const resources = resourcesOfFinding(finding)
  const [resource = subject] = resources
  return {
    ruleId: code,
    level: severity,
    message: { text: messageText(`${title}. ${detail} What to do: ${remedy}`) },
    locations: [
      {
        // The document as a whole: what was read from AWS has no lines.
        physicalLocation: {
          artifactLocation: { uri: artifactUri(artifact) ?? `personalize-kms/${pathName(resource)}.json` },
          region: { startLine: 1 }
        },
        logicalLocations: resources.map((name) => ({ fullyQualifiedName: name, kind: 'resource' }))
      }
    ]
  }
}

/** The ARNs that a finding is about, the key (or bucket) first. */
function resourcesOfFinding ({ kmsKeyArn, bucket, roleArn, pairs = [] }: FindingModel): string[] {
  const keys = [kmsKeyArn, ...pairs.map((pair) => pair.kmsKeyArn)]
  const buckets = [bucket, ...pairs.map((pair) => pair.bucket)]
  const names = [...keys, ...buckets, roleArn, ...pairs.map((pair) => pair.roleArn)]
  return [...new Set(names.flatMap((name) => name ?? []))]
}

/** A path as a URI reference (RFC 3986); Windows writes backslashes. */
function artifactUri (path: string | undefined): string | undefined {
  return path?.replaceAll('\\', '/').replace(/^\.\//, '').split('/').map(encodeURIComponent).join('/')
}

function pathName (arn: string): string {
  return safeFileName(lastPart(arn)) || 'policies'
}

/** Of what a finding is about, not of its texts, which change while the cause stays. Equal ones are numbered. */
function uniqueFingerprints (findings: readonly FindingModel[]): string[] {
  const counts = new Map<string, number>()
  return findings.map((finding) => {
    const { code, actions = [], statement } = finding
    const place = statement && [statement.policy, statement.name, statement.sid ?? statement.index]
    const about = [code, resourcesOfFinding(finding).sort(), principalOf(finding), [...actions].sort(), place]
    const fingerprint = hash('sha256', JSON.stringify(about))
    const count = (counts.get(fingerprint) ?? 0) + 1
    counts.set(fingerprint, count)
    return count === 1 ? fingerprint : `${fingerprint}:${count}`
  })
}

/**
 * Text as a message of SARIF: braces are placeholders (§3.11.5), `[text](target)` is a link (§3.11.6), and names in
 * policies are other people's text.
 */
function messageText (text: string): string {
  return text.replace(/[{}]/g, '$&$&').replaceAll('](', '] (')
}

/** `KEY_LOCKOUT` as `KeyLockout`, the form of a rule's name. */
function pascalCase (code: string): string {
  return code
    .split('_')
    .map((word) => `${word.charAt(0)}${word.slice(1).toLowerCase()}`)
    .join('')
}
