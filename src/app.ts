import accepts from '@fastify/accepts'
import Fastify, { LogController, type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { documentationRoutes } from '../routes/documentation.js'
import { healthRoutes } from '../routes/health.js'
import type { Examples } from '../routes/operation.js'
import { policyRoutes } from '../routes/policies.js'
import { requirementRoutes } from '../routes/requirements.js'
import { verifierRoute } from '../routes/verifier.js'
import { verifyDocumentsRoute, verifyRoute } from '../routes/verify.js'
import { namedSchemas } from '../schemas/index.js'
import type { Config } from './config.js'
import { accessLog } from './plugins/access-log.js'
import { apiBrowser } from './plugins/api-browser.js'
import { watchDraining } from './plugins/draining.js'
import { answerRouterError, errorHandler } from './plugins/error-handler.js'
import { jsonBody } from './plugins/json-body.js'
import { jsonOnly } from './plugins/json-only.js'
import { openapi } from './plugins/openapi.js'
import { answerBeforeRouting, answerParserErrors } from './plugins/parser-errors.js'
import { requestIdOf } from './plugins/request-id.js'
import { responseHeaders } from './plugins/response-headers.js'
import { buildValidator } from './plugins/validation.js'
import type { VerifierFeatures } from './policies/verifier-policy.js'
import type { PolicySource } from './verify/policy-source.js'

export interface AppDependencies {
  config: Config
  policySource: PolicySource
  logger?: FastifyServerOptions['logger']
  /** Request examples of POST /verify in place of the documentation's, e.g. keys that exist. */
  verifyExamples?: Examples
}

/** The whole service, ready to be injected into or to listen: every plugin and route, in order. */
export async function buildApp ({ config, policySource, logger = false, verifyExamples }: AppDependencies): Promise<FastifyInstance> {
  const { bodyLimit, publicPath, publicUrl } = config
  const app = Fastify(serverOptions(config, logger))
  answerBeforeRouting(app.server, publicPath)
  const isDraining = watchDraining(app)
  app.setSerializerCompiler(() => JSON.stringify)
  for (const schema of namedSchemas) app.addSchema(schema)

  await app.register(jsonBody)
  await app.register(accepts)
  await app.register(accessLog)
  await app.register(responseHeaders)
  await app.register(errorHandler, { bodyLimit, publicPath })
  await app.register(openapi, { publicUrl })
  await app.register(apiBrowser, { publicUrl, publicPath })
  await app.register(async (api) => {
    await api.register(jsonOnly)
    await api.register(policyRoutes)
    await api.register(requirementRoutes)
    await api.register(verifierRoute, { features: featuresOf(config) })
    await api.register(verifyDocumentsRoute)
    await api.register(verifyRoute, { policySource, deadlineMs: config.verifyDeadlineMs, publicPath, examples: verifyExamples })
    await api.register(healthRoutes, { isDraining })
    await api.register(documentationRoutes)
  })
  await app.ready()
  return app
}

function featuresOf ({ aws: { assumeRoles, organizationPolicies } }: Config): VerifierFeatures {
  return { assumeRoleArns: [...assumeRoles.values()].map(({ roleArn }) => roleArn), organizationPolicies }
}

function serverOptions (config: Config, logger: FastifyServerOptions['logger']): FastifyServerOptions & { http: object } {
  const { bodyLimit, publicPath, trustProxy } = config
  return {
    logger: logger ?? false,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    trustProxy: typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : trustProxy,
    requestIdHeader: false,
    genReqId: requestIdOf,
    // A request has 30 s to arrive, its headers 10; a connection that says nothing for 60 is closed (longer than
    // any gateway waits to reuse one), and each is renewed now and then, so that a balancer can spread them again.
    requestTimeout: 30_000,
    connectionTimeout: 120_000,
    keepAliveTimeout: 60_000,
    maxRequestsPerSocket: 10_000,
    http: { headersTimeout: 10_000, requireHostHeader: false },
    // While the service stops, requests on open connections are still answered; each answer closes its connection.
    return503OnClosing: false,
    schemaController: { compilersFactory: { buildValidator } },
    frameworkErrors: (error, request, reply) => { answerRouterError(error, request, reply, { bodyLimit, publicPath }) },
    clientErrorHandler: (error, socket) => answerParserErrors(error, socket, publicPath)
  }
}
