import { once } from 'node:events'
import process from 'node:process'
import { type CallToolResult, McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { Type } from 'typebox'
import { PoliciesRequest } from '../../schemas/generation.js'
import { VerifyRequest } from '../../schemas/live.js'
import { MAX_EXPLAINED_CHARACTERS } from '../../schemas/explanation.js'
import { ref } from '../../schemas/ref.js'
import { OPERATIONS, type Operation, Usage } from '../../schemas/usage.js'
import { type Report, VerifyDocumentsRequest } from '../../schemas/verification.js'
import { explain } from '../explain/explain.js'
import { requestOf } from '../explain/request-of.js'
import { POLICY_FORMS, policyForm, type PolicyFormName } from '../formats/policies/policy-forms.js'
import { ACCESS_REQUIREMENTS } from '../personalize/requirements.js'
import { generatePolicies } from '../policies/generate.js'
import { policiesToDeploy } from '../policies/to-deploy.js'
import { verifyDocuments } from '../verify/verify-documents.js'
import { VERSION } from '../version.js'
import { inputSchema } from './input-schema.js'
import {
  explanationResult,
  fileResult,
  policiesResult,
  refusalResult,
  reportResult,
  requirementsResult
} from './results.js'

export interface McpOptions {
  /**
   * Verifies the policies in AWS, with the rights of the caller. Without it there is no tool for that.
   */
  verifyLive?: (request: VerifyRequest) => Promise<Report>
}

const INSTRUCTIONS =
  'Generates and verifies the AWS KMS key policy, the bucket policy, the IAM policy and the trust policy that Amazon ' +
  'Personalize needs with a customer managed key and with Amazon S3. Explain an error of AWS, ' +
  'generate policies for a ' +
  'usage, verify documents before they are applied, and add what the remediation of a report ' +
  'contains. Nothing is ever ' +
  'written to AWS.'

/** Every tool only computes or reads: calling it twice makes no difference. */
const PURE = { readOnlyHint: true, idempotentHint: true, openWorldHint: false } as const

/** Serves MCP on standard input and output until the input ends. Nothing else may write to standard output. */
export async function serveMcp (options: McpOptions = {}): Promise<void> {
  const closed = once(process.stdin, 'close')
  const handle = serveStdio(() => createMcpServer(options))
  await closed
  await handle.close()
}

/** The tools of the service. https://modelcontextprotocol.io/specification/2026-07-28/server/tools */
export function createMcpServer ({ verifyLive }: McpOptions = {}): McpServer {
  const server = new McpServer(
    { name: 'personalize-kms', title: 'Amazon Personalize KMS policies', version: VERSION },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS }
  )
  addRequirements(server)
  addGeneration(server)
  addDocuments(server)
  addExplanation(server)
  if (verifyLive !== undefined) addLive(server, verifyLive)
  return server
}

function addRequirements (server: McpServer): void {
  const operations = {
    type: 'array',
    items: { type: 'string', enum: OPERATIONS },
    description: 'Default: every operation.'
  }
  server.registerTool(
    'list_requirements',
    {
      title: 'List what AWS demands',
      description:
        'The actions that AWS documents for each operation, principal and policy, with the page that says so.',
      inputSchema: inputSchema<{ operations?: Operation[] }>({
        type: 'object',
        properties: { operations },
        additionalProperties: false
      }),
      annotations: PURE
    },
    ({ operations = OPERATIONS }) =>
      requirementsResult(ACCESS_REQUIREMENTS.filter(({ operation }) => operations.includes(operation)))
  )
}

function addGeneration (server: McpServer): void {
  const form = {
    type: 'string',
    enum: ['json', ...POLICY_FORMS.map(({ name }) => name)],
    description: 'The form of the policies: JSON documents (default), or one file for the tool that deploys them.'
  }
  server.registerTool(
    'generate_policies',
    {
      title: 'Generate the policies',
      description:
        'The key policy of each key, the permissions and trust policy of each role, and the ' +
        'policy of each bucket that ' +
        'the locations name, for the usages given.',
      inputSchema: inputSchema<PoliciesRequest & { form?: 'json' | PolicyFormName }>({
        ...PoliciesRequest,
        properties: { ...PoliciesRequest.properties, form }
      }),
      annotations: PURE
    },
    answering(({ form = 'json', usages }) => {
      if (form === 'json') return policiesResult(generatePolicies({ usages }))
      const { fileName, mediaType } = POLICY_FORMS.find(({ name }) => name === form) ?? POLICY_FORMS[0]
      return fileResult({ fileName, mediaType, content: policyForm(form, policiesToDeploy({ usages })) })
    })
  )
}

function addDocuments (server: McpServer): void {
  server.registerTool(
    'verify_documents',
    {
      title: 'Verify policies before they are applied',
      description:
        'Whether these policy documents allow Amazon Personalize to use the keys and buckets, ' +
        'why, and what would fix ' +
        'them. It needs keys, or buckets with locations in the usage. Nothing is read from AWS.',
      inputSchema: inputSchema<VerifyDocumentsRequest>(VerifyDocumentsRequest),
      annotations: PURE
    },
    answering((request) => reportResult(verifyDocuments(request)))
  )
}

function addExplanation (server: McpServer): void {
  const text = {
    type: 'string',
    minLength: 1,
    maxLength: MAX_EXPLAINED_CHARACTERS,
    description:
      'The text as it is: an error message of AWS, the failureReason of a job of Amazon Personalize, what a describe ' +
      'command prints, or a record of CloudTrail as JSON.'
  }
  server.registerTool(
    'explain',
    {
      title: 'Explain an error of AWS',
      description:
        'The causes that fit an "access denied" or "Insufficient privileges" of AWS, the most ' +
        'likely first, what distinguishes them, and the exact statement for each. With a usage the statements ' +
        'are filled in. Nothing is read from AWS.',
      inputSchema: inputSchema<{ text: string; usage?: Usage }>(
        Type.Object(
          { text: Type.Unsafe<string>(text), usage: Type.Optional(ref(Usage)) },
          { additionalProperties: false }
        )
      ),
      annotations: PURE
    },
    answering(({ text, usage }) =>
      explanationResult(explain({ ...requestOf(text), ...(usage === undefined ? {} : { usage }) }))
    )
  )
}

function addLive (server: McpServer, verifyLive: NonNullable<McpOptions['verifyLive']>): void {
  server.registerTool(
    'verify_live',
    {
      title: 'Verify the policies in AWS',
      description: 'The same for the policies that keys and roles have in AWS. They are read, never changed.',
      inputSchema: inputSchema<VerifyRequest>(VerifyRequest),
      annotations: { ...PURE, openWorldHint: true }
    },
    answering(async (request) => reportResult(await verifyLive(request)))
  )
}

/** A refused input is an answer that the caller can act on, not a failure of the server. */
function answering<I> (
  answer: (input: I) => CallToolResult | Promise<CallToolResult>
): (input: I) => Promise<CallToolResult> {
  return async (input) => {
    try {
      return await answer(input)
    } catch (error) {
      const refusal = refusalResult(error)
      if (refusal === undefined) throw error
      return refusal
    }
  }
}
