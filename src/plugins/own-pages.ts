import type { onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { isOwnOrigin } from '../access/origin.js'
import { ServiceError } from '../errors.js'
import { accessOf } from './authentication.js'

/**
 * Where callers are not told apart, live policies are for this machine, but so is a browser that shows pages of others. Browsers send
 * `Origin` with every POST; who is no browser need not.
 */
export const ownPages = fp<{ publicUrl: string | undefined }>(async (app, { publicUrl }) => {
  const refuseOthers: onRequestHookHandler = ({ headers: { origin } }, _reply, done) => {
    if (origin === undefined || isOwnOrigin(origin, publicUrl)) done()
    else done(new ServiceError('FORBIDDEN', 'Pages of other hosts may not read live policies.'))
  }
  app.addHook('onRoute', (route) => {
    if (accessOf(route) === 'verify:live') route.onRequest = [refuseOthers, ...[route.onRequest ?? []].flat()]
  })
})
