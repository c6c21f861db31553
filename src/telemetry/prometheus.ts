import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Observer } from './observer.js'

/** The label of a call that joined another one: dashboards rely on it. */
const JOINED_CALL = 'underWay' // public name

/** How many live verifications are in, and how many wait. */
export type Load = () => { active: number; waiting: number }

export interface Metrics {
  observer: Observer
  contentType: string
  /** The metrics in Prometheus's text format. */
  text(): Promise<string>
  /** Says where the load of live verifications is read; once. */
  watchLoad(load: Load): void
}

/** A request takes a millisecond, a verification as long as AWS does. */
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 150]
const AWS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/**
 * Rate, errors and duration of every route, the calls of AWS, the verdicts, and the process itself.
 * https://prometheus.io/docs/practices/naming/
 */
export function createMetrics (): Metrics {
  const register = new Registry()
  // Among them nodejs_eventloop_lag_seconds and its percentiles.
  collectDefaultMetrics({ register })
  return {
    observer: { ...observeRequests([register]), ...observeAws([register]) },
    contentType: register.contentType,
    text: async () => await register.metrics(),
    watchLoad (load) {
      const gauge = (name: string, help: string, value: () => number) =>
        new Gauge({
          registers: [register],
          name,
          help,
          collect () {
            this.set(value())
          }
        })
      gauge('verifications_active', 'Live verifications in progress.', () => load().active)
      gauge('verifications_waiting', 'Live verifications in the queue.', () => load().waiting)
    }
  }
}

function observeRequests (registers: Registry[]): Pick<Observer, 'requestAnswered' | 'verified'> {
  const durations = new Histogram({
    registers,
    name: 'http_request_duration_seconds',
    help: 'Duration of requests, by route, method and status.',
    labelNames: ['route', 'method', 'status'],
    buckets: REQUEST_SECONDS
  })
  const verdicts = new Counter({
    registers,
    name: 'verifications_total',
    help: 'Reports by verdict.',
    labelNames: ['route', 'verdict']
  })
  return {
    requestAnswered: ({ route, method, status, seconds }) => {
      durations.observe({ route, method, status }, seconds)
    },
    verified: (labels) => {
      verdicts.inc(labels)
    }
  }
}

function observeAws (registers: Registry[]): Pick<Observer, 'awsCalled' | 'awsCallSaved'> {
  const calls = new Histogram({
    registers,
    name: 'aws_call_duration_seconds',
    help: 'Duration of AWS API calls including retries, by outcome.',
    labelNames: ['api', 'operation', 'outcome'],
    buckets: AWS_SECONDS
  })
  const retries = new Counter({
    registers,
    name: 'aws_call_retries_total',
    help: 'Attempts of calls of AWS after the first.',
    labelNames: ['api', 'operation']
  })
  const throttles = new Counter({
    registers,
    name: 'aws_calls_throttled_total',
    help: 'Calls of AWS that were still throttled at their last attempt.',
    labelNames: ['api', 'operation']
  })
  const saved = new Counter({
    registers,
    name: 'aws_calls_saved_total',
    help: 'Calls of AWS that were not made, because a response was cached or a call in flight.',
    labelNames: ['kind', 'operation']
  })
  return {
    awsCalled ({ api, operation, outcome, attempts, seconds }) {
      calls.observe({ api, operation, outcome }, seconds)
      if (attempts > 1) retries.inc({ api, operation }, attempts - 1)
      if (outcome === 'throttled') throttles.inc({ api, operation })
    },
    awsCallSaved: ({ kind, operation }) => {
      saved.inc({ kind: kind === 'inFlight' ? JOINED_CALL : kind, operation })
    }
  }
}
