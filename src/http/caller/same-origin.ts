import fp from 'fastify-plugin'
import { isLoopback } from '../../config/environment.js'
import { ServiceError } from '../../errors.js'
import { stateOf } from '../request-state.js'
import { accessOf, refusedPage } from './authentication.js'

/**
 * Whether a page of this origin (RFC 6454 §7) may have the service act for it: one of this machine, or of where the
 * service is published. A name that leads here by its owner's choice (DNS rebinding) is neither; `null`, what a page
 * without an origin sends, neither.
 */
export function isOwnOrigin (origin: string, publicUrl: string | undefined): boolean {
  if (!URL.canParse(origin)) return false
  const { hostname, host } = new URL(origin)
  return isLoopback(hostname) || (publicUrl !== undefined && host === new URL(publicUrl).host)
}

/** Whether a `Host` (RFC 9112 §3.2) names this machine, or where the service is published. */
export function isOwnHost (host: string, publicUrl: string | undefined): boolean {
  // By the scheme of that place, whose port may be left out.
  const url = `${publicUrl === undefined ? 'http:' : new URL(publicUrl).protocol}//${host}`
  return URL.canParse(url) && isOwnOrigin(url, publicUrl)
}

/**
 * Without authentication only clients on this machine may send requests; a browser that follows a name of
 * somebody else to this address (DNS rebinding) sends that name as `Host`.
 */
export const ownHosts = fp<{ publicUrl: string | undefined }>(async (app, { publicUrl }) => {
  app.addHook('onRequest', ({ headers: { host } }, _reply, done) => {
    if (host === undefined || isOwnHost(host, publicUrl)) done()
    else done(new ServiceError('MISDIRECTED', 'The Host is neither a loopback address nor that of PUBLIC_URL.'))
  })
})

/**
 * Without authentication, live policies are for this machine, but so is a browser that shows pages of others. Browsers
 * send `Origin` with every POST; other clients need not. An operation that reads live policies only for some requests
 * refuses those by `assertScope`.
 */
export const ownPages = fp<{ publicUrl: string | undefined }>(async (app, { publicUrl }) => {
  app.addHook('onRequest', (request, _reply, done) => {
    const state = stateOf(request)
    const { origin } = request.headers
    state.isOfOtherPage = origin !== undefined && !isOwnOrigin(origin, publicUrl)
    done(state.isOfOtherPage && accessOf(state.route) === 'verify:live' ? refusedPage() : undefined)
  })
})
