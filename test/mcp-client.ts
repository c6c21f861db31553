import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import process from 'node:process'

interface Answer {
  id?: number
  result?: ToolResult
}

/** What a request to an MCP server comes back with; each has the members of its method only. */
export interface ToolResult {
  isError?: boolean
  content: Array<{ type: string; text: string }>
  structuredContent: Record<string, unknown>
  tools: Array<{ name: string; inputSchema: object; annotations: object }>
}

/** Starts an MCP server as a client does. Each line of its output has to be a JSON-RPC message. */
export function connectMcp (args: readonly string[], env: Record<string, string | undefined> = process.env) {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env })
  const waiting = new Map<number, (answer: Answer) => void>()
  createInterface(child.stdout).on('line', (line) => {
    const answer: Answer = JSON.parse(line)
    waiting.get(answer.id ?? -1)?.(answer)
  })
  let id = 0
  const send = (message: object): void => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }
  const request = async (method: string, params: object = {}): Promise<ToolResult> => {
    id += 1
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve))
    send({ id, method, params })
    const { result } = await answered
    if (result === undefined) throw new Error(`${method} has no result`)
    return result
  }
  const open = async () => {
    const opened = await request('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'test', version: '1' }
    })
    send({ method: 'notifications/initialized' })
    return opened
  }
  const call = async (name: string, input: object) => await request('tools/call', { name, arguments: input })
  return { child, open, request, call }
}
