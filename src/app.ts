import accepts from '@fastify/accepts'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController
} from 'fastify'
import type { Redis } from 'ioredis'
import { datasetGroupRoute } from '../routes/dataset-group.js'
import { documentationRoutes } from '../routes/documentation.js'
import { explainRoute } from '../routes/explain.js'
import { healthRoutes } from '../routes/health.js'
import { pageRoutes } from '../routes/page.js'
import { policyRoutes } from '../routes/policies.js'
import { requirementRoutes } from '../routes/requirements.js'
import { verifierRoute } from '../routes/verifier.js'
import { type LiveRouteOptions, verifyDocumentsRoute, verifyRoute } from '../routes/verify.js'
import { namedSchemas } from '../schemas/index.js'
import type { VerifyRequest } from '../schemas/live.js'
import { type Access, type AccessTable, NO_ACCESS } from './access/access-table.js'
import type { Authenticate } from './access/gateway.js'
import { restrictedJobs } from './access/restricted-jobs.js'
import { restricted } from './access/restricted-source.js'
import { type CallerSlots, createCallerSlots } from './caller-slots.js'
import { type ComputePool, createComputePool, threadsFor } from './compute/pool.js'
import type { Config } from './config/config.js'
import { type JobSource, NO_JOBS } from './discovery/job-source.js'
import { ServiceError } from './errors.js'
import { accessLog } from './http/answer/access-log.js'
import { answerBeforeRouting, parserErrorAnswerer, type RefusalOptions } from './http/answer/connection.js'
import { answerRouterError, errorHandler } from './http/answer/error-handler.js'
import { watchOpenRequests } from './http/answer/open-requests.js'
import { type Draining, requestIdOf, responseHeaders, watchDraining } from './http/answer/response-headers.js'
import { authorization, identification } from './http/caller/authentication.js'
import { ownHosts, ownPages } from './http/caller/same-origin.js'
import { apiBrowser } from './http/docs/api-browser.js'
import { openapi } from './http/docs/openapi.js'
import type { Examples } from './http/docs/operation.js'
import { bodyBytes } from './http/limits/body-bytes.js'
import { limitConnections } from './http/limits/connections.js'
import { overload } from './http/limits/overload.js'
import { chargeReads, publicRateLimit, rateLimits } from './http/limits/rate-limit.js'
import { callerOf, keepRequestState } from './http/request-state.js'
import { jsonOnly } from './http/request/content-negotiation.js'
import { jsonBody } from './http/request/json-body.js'
import { createValidatorCompiler } from './http/request/validation.js'
import { tlsOptions } from './http/tls.js'
import type { VerifierFeatures } from './policies/reader-policy.js'
import { noopObserver, type Observer } from './telemetry/observer.js'
import type { PolicySource } from './verify/read/policy-source.js'

export interface AppDependencies {
  config: Config
  policySource: PolicySource
  /** The jobs of Amazon Personalize; none by default. */
  jobSource?: JobSource
  /** The log; none by default. */
  log?: FastifyBaseLogger
  /** Request examples of POST /verify in place of the documentation's, e.g. keys that exist. */
  verifyExamples?: Examples | undefined
  /** Receives telemetry; none by default. */
  observer?: Observer
  /** Has every request watched from its beginning, e.g. for traces. */
  watch?: ((app: FastifyInstance) => Promise<void>) | undefined
  /** Authenticates callers; undefined without authentication. */
  authenticate?: Authenticate | undefined
  /** The access table as it is now; undefined where there is none, and so no access. */
  accessTable?: () => AccessTable | undefined
  /** The live verifications in flight. */
  slots?: CallerSlots
  computePool?: ComputePool
  /** Where replicas count requests together. */
  redis?: Redis | undefined
  /** Bytes that the process may have, where something bounds it. */
  memoryBytes?: number | undefined
  /** How many connections may be open at a time; undefined without a limit. */
  maxConnections?: number | undefined
  /** Set when the service begins to stop, some time before it is closed. */
  draining?: Draining
  /** Whether the log, and so the audit trail, cannot be written now. */
  isLogFailing?: () => boolean
}

/** The whole service, ready to be injected into or to listen: every plugin and route, in order. */
export async function buildApp ({
  config,
  policySource,
  log,
  verifyExamples,
  observer = noopObserver,
  watch,
  ...guards
}: AppDependencies): Promise<FastifyInstance> {
  const { bodyLimit, publicPath, publicUrl, limits } = config
  const { draining = { begun: false }, isLogFailing = () => false } = guards
  const refusals: RefusalOptions = { publicPath, log, observer }
  const app = Fastify(serverOptions(config, log, refusals))
  watchOpenRequests(app.server)
  answerBeforeRouting(app.server, refusals)
  limitConnections(app.server, guards.maxConnections, log)
  watchDraining(app, draining)
  keepRequestState(app)
  app.setSerializerCompiler(() => JSON.stringify)
  app.setValidatorCompiler(createValidatorCompiler(namedSchemas))
  for (const schema of namedSchemas) app.addSchema(schema)

  await watch?.(app)
  await app.register(jsonBody)
  await app.register(accepts)
  await app.register(accessLog, { observer })
  await app.register(responseHeaders)
  await app.register(publicRateLimit, { limits })
  if (config.authentication.mode === 'none') await app.register(ownHosts, { publicUrl })
  await app.register(errorHandler, { bodyLimit, publicPath })
  await app.register(openapi, { publicUrl, authentication: config.authentication })
  await app.register(apiBrowser, { publicUrl, publicPath })
  await app.register(pageRoutes)
  await app.register(async (pages) => {
    await pages.register(jsonOnly)
    await pages.register(healthRoutes, { isDraining: () => draining.begun, isLogFailing })
    await pages.register(documentationRoutes)
  })
  await app.register(operations, {
    config,
    policySource,
    verifyExamples,
    slots: createCallerSlots(limits.verifications),
    ...guards
  })
  await app.ready()
  return app
}

type OperationOptions = Omit<AppDependencies, 'slots'> & { slots: CallerSlots }

/** The operations: authenticated, and counted against rate limits. */
async function operations (
  api: FastifyInstance,
  { config, policySource, verifyExamples, slots, ...guards }: OperationOptions
): Promise<void> {
  const { limits } = config
  const {
    memoryBytes,
    computePool = createComputePool({
      ...threadsFor(memoryBytes),
      onThreadLost: (err) => {
        api.log.error({ err }, 'a worker thread ended while it had no task')
      }
    })
  } = guards
  const access = accessFor(guards)
  // Once requests are accepted: the start of the service does not wait for it.
  api.addHook('onListen', async () => {
    await computePool.start()
  })
  api.addHook('onClose', async () => {
    await computePool.close()
  })
  await api.register(identification, { authenticate: guards.authenticate })
  // Before requests are refused as too many for the process, so that their caller is charged for them.
  await api.register(rateLimits, { limits, redis: guards.redis })
  await api.register(overload, { limits, memoryBytes })
  await api.register(authorization, { authenticate: guards.authenticate, challenge: challengeOf(config) })
  // Known callers only: others cannot take the room of their bodies.
  await api.register(bodyBytes, { bodyLimit: config.bodyLimit, memoryBytes })
  if (config.authentication.mode === 'none') await api.register(ownPages, { publicUrl: config.publicUrl })
  await api.register(jsonOnly)
  await api.register(policyRoutes, { computePool })
  await api.register(requirementRoutes)
  await api.register(verifierRoute, { features: (request) => featuresOf(config, access(request)) })
  await api.register(verifyDocumentsRoute, { computePool })
  await api.register(liveOperations, { config, policySource, verifyExamples, slots, ...guards, computePool })
}

/** The operations that read AWS. */
async function liveOperations (
  api: FastifyInstance,
  options: OperationOptions & { computePool: ComputePool }
): Promise<void> {
  const { config, policySource, verifyExamples, slots, computePool, ...guards } = options
  const access = accessFor(guards)
  const live: LiveRouteOptions = {
    policySource: (request, usage) => perReading(usage, () => access(request), policySource, chargeReads(request)),
    slots,
    computePool,
    deadlineMs: config.verifyDeadlineMs,
    drainMs: config.drainMs,
    publicPath: config.publicPath
  }
  await api.register(verifyRoute, { ...live, examples: verifyExamples })
  await api.register(explainRoute, live)
  const { jobSource = NO_JOBS } = guards
  await api.register(datasetGroupRoute, {
    ...live,
    policySource: (request) => live.policySource(request, { operations: [], roleArns: [] }),
    jobSource: (request) => {
      const allowed = access(request)
      return allowed === undefined ? jobSource : restrictedJobs(jobSource, allowed)
    },
    onCall: chargeReads
  })
}

/** What the caller of a request may read; undefined without authentication. */
function accessFor ({
  authenticate,
  accessTable
}: Pick<AppDependencies, 'authenticate' | 'accessTable'>): (request: FastifyRequest) => Access | undefined {
  return (request) =>
    authenticate === undefined ? undefined : (accessTable?.()?.accessOf(callerOf(request)?.id ?? '') ?? NO_ACCESS)
}

/** The policies that a caller may read. */
function restrictedTo (access: Access | undefined, source: PolicySource): PolicySource {
  if (access === NO_ACCESS)
    throw new ServiceError('FORBIDDEN', 'The service has no access table, so no caller may verify live policies.')
  return access === undefined ? source : restricted(source, access)
}

/**
 * Access is looked up for each reading, and a verification that waits for minutes ends with FORBIDDEN once its caller
 * has lost access to something that it had access to before.
 */
function perReading (
  { kmsKeyArns = [], roleArns }: VerifyRequest['usage'],
  lookUp: () => Access | undefined,
  source: PolicySource,
  onCall: () => void
): PolicySource {
  const first = lookUp()
  const granted = [...kmsKeyArns, ...roleArns].filter((arn) => first?.mayRead(arn))
  return {
    ...restrictedTo(first, source),
    forRequest (options) {
      const access = lookUp()
      if (access !== undefined && !granted.every((arn) => access.mayRead(arn)))
        throw new ServiceError('FORBIDDEN', 'The access of the caller was revoked.')
      const current = restrictedTo(access, source)
      return current.forRequest?.({ ...options, onCall }) ?? current
    }
  }
}

/** Who comes through a gateway can bring nothing by itself, but a 401 has to name a scheme. */
function challengeOf ({ authentication }: Config): string {
  return authentication.mode === 'jwt' ? 'Bearer' : 'Gateway'
}

/** What the service is set up for, as far as the caller may know of the accounts. */
function featuresOf (
  { aws: { assumeRoles, organizationPolicies, sampleObjects } }: Config,
  access: Access | undefined
): VerifierFeatures {
  const roles = [...assumeRoles].filter(([accountId]) => access === undefined || access.mayReadAccount(accountId))
  return { assumeRoleArns: roles.map(([, { roleArn }]) => roleArn), organizationPolicies, sampleObjects }
}

function serverOptions (
  config: Config,
  log: FastifyBaseLogger | undefined,
  refusals: RefusalOptions
): FastifyServerOptions & { http?: object; https?: object } {
  const { bodyLimit, publicPath, trustProxy, tls } = config
  const server = { headersTimeout: 10_000, requireHostHeader: false, connectionsCheckingInterval: 2_000 }
  return {
    ...(log === undefined ? { logger: false } : { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    trustProxy: typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : trustProxy,
    requestIdHeader: false,
    genReqId: requestIdOf,
    // A request has 30 s to arrive, its headers 10, give or take the 2 s between two looks; a connection that says
    // nothing for 60 is closed (longer than any gateway waits to reuse one), and each is renewed now and then, so
    // that a balancer can spread them again.
    requestTimeout: 30_000,
    connectionTimeout: 120_000,
    keepAliveTimeout: 60_000,
    maxRequestsPerSocket: 10_000,
    ...(tls === undefined ? { http: server } : { https: { ...server, ...tlsOptions(tls) } }),
    // While the service stops, requests on open connections are still answered; each answer closes its connection.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      answerRouterError(error, request, reply, { bodyLimit, publicPath, observer: refusals.observer })
    },
    clientErrorHandler: parserErrorAnswerer(refusals)
  }
}
