import t from 'tap'
import { createMetrics } from '../../../src/telemetry/prometheus.js'

const COUNT = /^http_request_duration_seconds_count\{route="\/policies\/key",method="POST",status="200"\} (\d+)$/m

t.test('every answer is counted once, whenever somebody asks', async (t) => {
  const { observer, text } = createMetrics()
  const counted = async () => Number(COUNT.exec(await text())?.[1] ?? 0)
  let sent = 0
  const answer = (times: number): void => {
    for (let i = 0; i < times; i++)
      observer.requestAnswered({ route: '/policies/key', method: 'POST', status: 200, seconds: 0.002 })
    sent += times
  }
  t.equal(await counted(), 0)
  for (const times of [1, 254, 1, 256, 257, 1_000]) {
    answer(times)
    t.equal(await counted(), sent)
    t.equal(await counted(), sent, 'and asking changes nothing')
  }
  const lines = (await text()).split('\n')
  const bucket = (bound: string): string | undefined =>
    lines
      .find((line) => line.startsWith(`http_request_duration_seconds_bucket{le="${bound}",`))
      ?.split(' ')
      .at(-1)
  t.strictSame([bucket('0.001'), bucket('0.0025'), bucket('+Inf')], ['0', String(sent), String(sent)])
})

t.test('metrics: requests counted together, are kept apart by labels, each with its duration', async (t) => {
  const { observer, text } = createMetrics()
  for (let i = 0; i < 100; i++) {
    observer.requestAnswered({ route: '/policies/key', method: 'POST', status: i % 2 === 0 ? 200 : 400, seconds: 0.5 })
    observer.requestAnswered({ route: '/policies/iam', method: 'POST', status: 200, seconds: 0.25 })
    observer.requestAnswered({ route: '/policies/iam', method: 'OPTIONS', status: 200, seconds: 0.125 })
  }
  const sums = (await text())
    .split('\n')
    .filter((line) => line.startsWith('http_request_duration_seconds_sum'))
    .sort()
  t.strictSame(sums, [
    'http_request_duration_seconds_sum{route="/policies/iam",method="OPTIONS",status="200"} 12.5',
    'http_request_duration_seconds_sum{route="/policies/iam",method="POST",status="200"} 25',
    'http_request_duration_seconds_sum{route="/policies/key",method="POST",status="200"} 25',
    'http_request_duration_seconds_sum{route="/policies/key",method="POST",status="400"} 25'
  ])
})

t.test('metrics: a call that joined another one, keeps the label that dashboards use', async (t) => {
  const { observer, text } = createMetrics()
  observer.awsCallSaved({ kind: 'inFlight', operation: 'GetRole' })
  observer.awsCallSaved({ kind: 'answer', operation: 'GetRole' })
  const lines = (await text()).split('\n').filter((line) => line.startsWith('aws_calls_saved_total{'))
  t.strictSame(lines.sort(), [
    'aws_calls_saved_total{kind="answer",operation="GetRole"} 1',
    'aws_calls_saved_total{kind="underWay",operation="GetRole"} 1' // public name
  ])
})
