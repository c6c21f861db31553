import { serveMcp } from '../mcp/server.js'
import { serviceUrl } from './remote.js'
import { askService } from './verify.js'

/**
 * `mcp`: serves tools until the input ends. Live policies are read by a running service alone: a language model is not
 * given the AWS credentials of the machine.
 */
export async function mcp (options: { url?: string }): Promise<void> {
  const service = serviceUrl(options)
  await serveMcp(
    service === undefined ? {} : { verifyLive: async (request) => await askService(service, request) }
  )
}
