import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import helmet from '@fastify/helmet'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyPluginAsync } from 'fastify'

/** Where npm put the pages: the code that serves them may be built into another file. */
const PAGES = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static')

/**
 * Swagger UI, from this service's own files, under a content-security policy that lets it talk to this service only.
 */
export const apiBrowser: FastifyPluginAsync<{ publicUrl: string | undefined; publicPath: string }> = async (
  app,
  { publicUrl, publicPath }
) => {
  app.get('/', { schema: { hide: true } }, async (_request, reply) => await reply.redirect(`${publicPath}/docs`))

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
    baseDir: PAGES,
    logo: { type: 'image/svg+xml', content: await readFile(join(PAGES, 'logo.svg')) },
    indexPrefix: publicPath,
    theme: { title: 'Amazon Personalize KMS policies' },
    uiConfig: {
      layout: 'BaseLayout',
      docExpansion: 'list',
      deepLinking: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0
    }
  })
}
