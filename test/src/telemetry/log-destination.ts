import { openSync, readFileSync, closeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { createLogDestination } from '../../../src/telemetry/log-destination.js'
import { loggerOptions } from '../../../src/telemetry/logger.js'

const LINE = 'x'.repeat(5_000)

/** A destination that does what `write` says, and what it reported. */
function destinationThat (write: (bytes: Buffer) => number) {
  const failures: string[] = []
  const destination = createLogDestination({
    fd: -1,
    onFailure: ({ message }) => {
      failures.push(message)
    },
    write: (_fd, bytes) => write(bytes)
  })
  return { destination, failures }
}

function openFile (t: Test, path: string) {
  const fd = openSync(path, 'a')
  t.teardown(() => {
    closeSync(fd)
  })
  const failures: Error[] = []
  return {
    failures,
    log: createLogDestination({
      fd,
      onFailure: (error) => {
        failures.push(error)
      }
    })
  }
}

function error (code: string): Error {
  return Object.assign(new Error(code), { code })
}

t.test('log destination: a few lines, all are written within the flush interval and in order', async (t) => {
  const path = join(t.testdir(), 'log')
  const { log, failures } = openFile(t, path)
  const lines = Array.from({ length: 1_000 }, (_, index) => `{"line":${index}, "text": "äö"}\n`)
  for (const line of lines) log.write(line)
  while (readFileSync(path, 'utf8').length < lines.join('').length) await setTimeout(10)
  t.equal(readFileSync(path, 'utf8'), lines.join(''))
  t.same(failures, [])
})

t.test('log destination: a line of level fatal, written at once', async (t) => {
  const path = join(t.testdir(), 'log')
  const { log } = openFile(t, path)
  pino(loggerOptions('info'), log).fatal('last')
  t.match(JSON.parse(readFileSync(path, 'utf8')), { level: 'fatal', msg: 'last', time: /^\d{4}-.*Z$/ })
})

t.test('log destination: a full disk, reported once, and a line of level fatal comes back', async (t) => {
  const { log, failures } = openFile(t, '/dev/full')
  log.write('one\n')
  while (failures.length === 0) await setTimeout(10)
  pino(loggerOptions('info'), log).fatal('two')
  t.match(failures, [{ code: 'ENOSPC' }])
  t.equal(failures.length, 1)
  t.equal(log.isFailing(), true)
})

t.test('log destination: it can be written again, nothing is lost and a second failure is reported', async (t) => {
  let isFull = true
  let written = ''
  const { destination, failures } = destinationThat((bytes) => {
    if (isFull) throw error('ENOSPC')
    written += bytes.toString()
    return bytes.length
  })
  destination.write('one\n')
  destination.write(LINE)
  isFull = false
  destination.flushSync()
  t.equal(written, `one\n${LINE}`)
  t.equal(destination.isFailing(), false)
  isFull = true
  destination.write(LINE)
  t.same(failures, ['ENOSPC', 'ENOSPC'])
  isFull = false
  destination.flushSync()
})

t.test('log destination: a pipe takes a part of the bytes and is full meanwhile, all arrive once', async (t) => {
  let calls = 0
  let written = ''
  const { destination, failures } = destinationThat((bytes) => {
    if (++calls % 2 === 0) throw error('EAGAIN')
    const part = bytes.subarray(0, 1_501)
    written += part.toString()
    return part.length
  })
  destination.write(LINE)
  destination.write('the end\n')
  while (!written.endsWith('the end\n')) await setTimeout(5)
  t.equal(written, `${LINE}the end\n`)
  t.same(failures, [])
})

t.test('log destination: nothing reads the pipe, waits for a second at the end and reports what is lost', async (t) => {
  const { destination, failures } = destinationThat(() => {
    throw error('EAGAIN')
  })
  destination.write(LINE)
  t.equal(destination.isFailing(), false, 'a slow reader is not a failure')
  destination.flushSync()
  t.match(failures, [/nothing reads/])
})

t.test('log destination: more than 16 MiB wait, further lines are lost and this is reported', async (t) => {
  let isFull = true
  const { destination, failures } = destinationThat((bytes) => {
    if (isFull) throw error('EAGAIN')
    return bytes.length
  })
  const long = 'x'.repeat(1_048_576)
  for (let count = 0; count < 16; count++) destination.write(long)
  t.same(failures, [])
  destination.write('x')
  t.match(failures, [/too many wait/])
  isFull = false
  destination.flushSync()
  t.equal(destination.isFailing(), false)
})
