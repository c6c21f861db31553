import { serveMcp } from '../mcp/server.js'
import { CommandError } from './exit.js'
import { serviceUrl } from './remote.js'
import { reportOnLive } from './verify.js'

/**
 * `mcp`: serves tools until the input ends. Live policies are read by a running service, or with the credentials of the
 * user where `live` says so: a model must not reach AWS without that.
 */
export async function mcp ({ url, live = false }: { url?: string; live?: boolean }): Promise<void> {
  if (live && url !== undefined) throw new CommandError('--live reads AWS itself, --url lets a service do it: use one of them')
  const service = live ? undefined : serviceUrl(url === undefined ? {} : { url })
  const isAllowed = live || service !== undefined
  await serveMcp(isAllowed ? { verifyLive: async (request) => await reportOnLive(request, service) } : {})
}
