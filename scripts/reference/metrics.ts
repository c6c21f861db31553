import { createMetrics } from '../../src/telemetry/prometheus.js'

export interface MetricRow {
  name: string
  type: string
  help: string
  labels: string[]
}

/** Prefixes of what prom-client measures of the process by itself. */
const OF_THE_PROCESS = /^(?:process|nodejs)_/

/** The metrics of the service, as `GET /metrics` shows them after one request and one call of AWS. */
export async function metricRows (): Promise<MetricRow[]> {
  const metrics = createMetrics()
  const { observer } = metrics
  metrics.watchLoad(() => ({ active: 0, waiting: 0 }))
  observer.requestAnswered({ method: 'POST', route: '/verify', status: 200, seconds: 1 })
  observer.verified({ route: '/verify', verdict: 'pass' })
  observer.awsCalled({ api: 'kms', operation: 'GetKeyPolicy', outcome: 'throttled', attempts: 2, seconds: 1 })
  observer.awsCallSaved({ kind: 'answer', operation: 'GetKeyPolicy' })
  const text = await metrics.text()
  return [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)]
    .map(([, name = '', help = '', type = '']) => ({ name, help, type, labels: labelsOf(text, name) }))
    .filter(({ name }) => !OF_THE_PROCESS.test(name))
}

function labelsOf (text: string, name: string): string[] {
  const [, labels = ''] = new RegExp(`^${name}(?:_count)?\\{(.*)\\} `, 'm').exec(text) ?? []
  return [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label)
}
