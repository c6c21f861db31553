import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { join } from 'node:path'
import t from 'tap'
import { logDestination } from '../../src/log-destination.js'

t.test('lines are written at the end of the turn, in order and whole', async (t) => {
  const path = join(t.testdir(), 'log')
  const log = logDestination(path)
  const lines = Array.from({ length: 5_000 }, (_, index) => `{"line":${index}}\n`)
  for (const line of lines) log.write(line)
  t.equal(readFileSync(path, 'utf8'), '', 'nothing before its end')
  await setImmediate()
  t.equal(readFileSync(path, 'utf8'), lines.join(''))
  log.write('next\n')
  await setImmediate()
  t.equal(readFileSync(path, 'utf8'), `${lines.join('')}next\n`)
})

t.test('what is held when the process ends can be written at once', async (t) => {
  const path = join(t.testdir(), 'log')
  const log = logDestination(path)
  log.write('last\n')
  log.flushSync()
  t.equal(readFileSync(path, 'utf8'), 'last\n')
  await setImmediate()
  t.equal(readFileSync(path, 'utf8'), 'last\n', 'and once')
})
