import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { createLogDestination, loggerOptions } from '../../../src/telemetry/logger.js'

t.test('log destination: a few lines, all are written within the flush interval and in order', async (t) => {
  const path = join(t.testdir(), 'log')
  const log = createLogDestination(() => {
    t.fail('it can be written')
  }, path)
  t.teardown(() => {
    log.destroy()
  })
  await once(log, 'ready')
  const lines = Array.from({ length: 1_000 }, (_, index) => `{"line":${index}}\n`)
  for (const line of lines) log.write(line)
  while (readFileSync(path, 'utf8').length < lines.join('').length) await setTimeout(10)
  t.equal(readFileSync(path, 'utf8'), lines.join(''))
})

t.test('log destination: a line of level fatal, written at once', async (t) => {
  const path = join(t.testdir(), 'log')
  const destination = createLogDestination(() => {
    t.fail('it can be written')
  }, path)
  t.teardown(() => {
    destination.destroy()
  })
  await once(destination, 'ready')
  pino(loggerOptions('info'), destination).fatal('last')
  t.match(JSON.parse(readFileSync(path, 'utf8')), { level: 'fatal', msg: 'last', time: /^\d{4}-.*Z$/ })
})

t.test('log destination: a full disk, reported once and without an exception', async (t) => {
  const failures: Error[] = []
  const log = createLogDestination((error) => {
    failures.push(error)
  }, '/dev/full')
  t.teardown(() => {
    log.destroy()
  })
  await once(log, 'ready')
  log.write('one\n')
  while (failures.length === 0) await setTimeout(10)
  log.write('two\n')
  await setTimeout(200)
  t.match(failures, [{ code: 'ENOSPC' }])
  t.equal(failures.length, 1)
})
