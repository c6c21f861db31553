import type { CallToolResult } from '@modelcontextprotocol/server'
import type { Explanation } from '../../schemas/explanation.js'
import type { PoliciesResponse, Requirement } from '../../schemas/generation.js'
import type { Report } from '../../schemas/verification.js'
import { renderExplanation } from '../formats/explanation.js'
import { codeBlock, escapeMarkdown, jsonBlock } from '../formats/markdown-text.js'
import { renderMarkdown } from '../formats/markdown.js'
import { isObject } from '../json/json.js'
import { faultLines } from './input-schema.js'

const text = (lines: readonly string[]): CallToolResult['content'] => [{ type: 'text', text: lines.join('\n') }]

/** A report as Markdown, and what a model needs of it: no checks, no documents as they were read. */
export function reportResult (report: Report): CallToolResult {
  const { verdict, verdicts, summary, findings, remediation, notEvaluated } = report
  return {
    content: text([renderMarkdown(report)]),
    structuredContent: {
      verdict,
      verdicts,
      headline: summary.headline,
      findings,
      ...(remediation === undefined ? {} : { remediation: withoutBefore(remediation) }),
      notEvaluated
    }
  }
}

function withoutBefore (value: unknown): unknown {
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, changes]) => [
      name,
      Array.isArray(changes)
        ? changes.map((change: unknown) => {
          if (!isObject(change)) return change
          const { before: _, ...rest } = change
          return rest
        })
        : changes
    ])
  )
}

/** An explanation as Markdown and as data. A text that is not known is an answer, too. */
export function explanationResult (explanation: Explanation): CallToolResult {
  return { content: text([renderExplanation(explanation)]), structuredContent: { ...explanation } }
}

/** The policies as JSON, each with the resource that it is for. */
export function policiesResult (policies: PoliciesResponse): CallToolResult {
  const { keyPolicies, rolePolicies, trustPolicies, bucketPolicies = [], warnings } = policies
  return {
    content: text([
      ...keyPolicies.flatMap(({ kmsKeyArn, policy }) => document(`Key policy of ${kmsKeyArn}`, policy)),
      ...rolePolicies.flatMap(({ roleArn, policy }) => document(`Permissions policy of ${roleArn}`, policy)),
      ...trustPolicies.flatMap(({ roleArn, policy }) => document(`Trust policy of ${roleArn}`, policy)),
      ...bucketPolicies.flatMap(({ bucket, policy }) => document(`Bucket policy of ${bucket}`, policy)),
      ...warnings.map(({ code, detail }) => `Warning (${code}): ${escapeMarkdown(detail)}`)
    ]),
    structuredContent: { ...policies }
  }
}

function document (title: string, policy: object | null): string[] {
  return [`## ${escapeMarkdown(title)}`, ...(policy === null ? ['None is needed.'] : jsonBlock(policy)), '']
}

/** The policies as one file of the form. */
export function fileResult ({ fileName, mediaType, content }: FormFile): CallToolResult {
  return {
    content: text([`File ${fileName}:`, ...codeBlock('', content)]),
    structuredContent: { fileName, mediaType, content }
  }
}

export interface FormFile {
  fileName: string
  mediaType: string
  content: string
}

export function requirementsResult (requirements: readonly Requirement[]): CallToolResult {
  const rows = requirements.map(({ operation, together, principal, policy, profile, actions, source }) => {
    const operations = together === undefined ? operation : `${operation} with ${together}`
    return `| ${operations} | ${principal} | ${policy} | ${profile} | ${actions.join(', ')} | ${source} |`
  })
  return {
    content: text([
      '| Operation | Principal | Policy | Profile | Actions | Source |',
      '| --- | --- | --- | --- | --- | --- |',
      ...rows
    ]),
    structuredContent: { requirements: [...requirements] }
  }
}

/** A refusal, with every fault; undefined for an error that is not one. */
export function refusalResult (error: unknown): CallToolResult | undefined {
  if (!(error instanceof Error) || !('faults' in error) || !Array.isArray(error.faults)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : ''
  return { isError: true, content: text([`${code}${error.message}`, ...faultLines(error.faults)]) }
}
