import { serveMcp } from '../mcp/server.js'
import { serviceUrl } from './remote.js'
import { reportOnLive } from './verify.js'

export interface McpCommandOptions {
  url?: string
  live?: boolean
}

/**
 * `mcp`: serves the tools for language models on standard input and output. Live policies are read only if the user
 * says how: a model is not given the AWS credentials of the machine by default.
 */
export async function serveTools (options: McpCommandOptions): Promise<void> {
  const service = serviceUrl(options)
  const isLive = service !== undefined || options.live === true
  await serveMcp(isLive ? { verifyLive: async (request) => await reportOnLive(request, service) } : {})
}
