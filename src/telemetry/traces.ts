import { FastifyOtelInstrumentation } from '@fastify/otel'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { AwsInstrumentation } from '@opentelemetry/instrumentation-aws-sdk'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import type { FastifyInstance } from 'fastify'
import { VERSION } from '../version.js'

export interface Traces {
  /** Has every request make a span, as the child of the one that `traceparent` names. */
  watch(app: FastifyInstance): Promise<void>
  /** Sends what has not been sent. */
  close(): Promise<void>
}

/**
 * Traces of requests and of the calls of AWS that they make, sent by OTLP over HTTP. Where to, how often and what of
 * it is read from OpenTelemetry's own variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`,
 * `OTEL_TRACES_SAMPLER`, …). Has to begin before the AWS SDK is loaded.
 */
export function beginTraces (): Traces {
  const named = resourceFromAttributes({ 'service.name': 'personalize-kms-policy-service', 'service.version': VERSION })
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(named)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())]
  })
  provider.register()
  const fastify = new FastifyOtelInstrumentation({
    instrumentHooks: false,
    ignorePaths: ({ url }) => url === '/livez' || url === '/readyz'
  })
  registerInstrumentations({ tracerProvider: provider, instrumentations: [fastify, new AwsInstrumentation()] })
  return {
    watch: async (app) => {
      await app.register(fastify.plugin())
    },
    close: async () => {
      await provider.shutdown()
    }
  }
}
