import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import helmet from '@fastify/helmet'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyPluginAsync, onRequestHookHandler } from 'fastify'
import { ServiceError } from '../../errors.js'
import { shortProblemResponses } from './short-problem-responses.js'

/** `scripts/build.js` puts the pages beside the folder of the service; the sources have them from npm. */
const PAGES = import.meta.url.endsWith('.ts')
  ? join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static')
  : fileURLToPath(new URL('../swagger-ui', import.meta.url))

/**
 * Swagger UI, from this service's own files, under a content-security policy that lets it talk to this service only.
 */
export const apiBrowser: FastifyPluginAsync<{ publicUrl: string | undefined; publicPath: string }> = async (
  app,
  { publicUrl, publicPath }
) => {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // Swagger UI sets style attributes on its elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", ...(publicUrl === undefined ? [] : [new URL(publicUrl).origin])],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"]
      }
    },
    // TLS ends at the gateway: over plain HTTP these would leave the page blank, or warn in vain.
    hsts: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiHooks: { onRequest: onlyPages(publicPath) },
    baseDir: PAGES,
    logo: { type: 'image/svg+xml', content: await readFile(join(PAGES, 'logo.svg')) },
    indexPrefix: publicPath,
    theme: { title: 'Amazon Personalize KMS policies' },
    uiConfig: {
      layout: 'BaseLayout',
      plugins: [shortProblemResponses],
      docExpansion: 'list',
      deepLinking: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0
    }
  })
}

/**
 * Swagger UI has routes that the page does not need: any file below `/docs/`, whose refusals are not problems, and the
 * document as YAML. Its copy of the document is at the one address that the document has.
 */
function onlyPages (publicPath: string): onRequestHookHandler {
  return (request, reply, done) => {
    const route = request.routeOptions.url
    if (route === '/docs/json') reply.redirect(`${publicPath}/openapi.json`, 308)
    else if (route === '/docs/*' || route === '/docs/yaml')
      done(new ServiceError('NOT_FOUND', 'There is no page at this path.'))
    else done()
  }
}
