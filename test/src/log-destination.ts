import { readFileSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { join } from 'node:path'
import t from 'tap'
import { logDestination } from '../../src/log-destination.js'

t.test('lines wait some milliseconds for others, and are written in order and whole', async (t) => {
  const path = join(t.testdir(), 'log')
  const log = logDestination(path)
  const lines = Array.from({ length: 1_000 }, (_, index) => `{"line":${index}}\n`)
  for (const line of lines) log.write(line)
  t.equal(readFileSync(path, 'utf8'), '', 'nothing at once')
  await setTimeout(50)
  t.equal(readFileSync(path, 'utf8'), lines.join(''))
  log.write('next\n')
  await setTimeout(50)
  t.equal(readFileSync(path, 'utf8'), `${lines.join('')}next\n`)
})

t.test('no more is held than 64 KiB, however busy the event loop is', async (t) => {
  const path = join(t.testdir(), 'log')
  const log = logDestination(path)
  const line = `${'x'.repeat(1_023)}\n`
  for (let lines = 1; lines <= 200; lines++) {
    log.write(line)
    const held = lines * line.length - statSync(path).size
    if (held < 0 || held > 65_536) t.fail(`${held} bytes are held after ${lines} lines`)
  }
  t.ok(statSync(path).size > 0)
  await setTimeout(50)
  t.equal(readFileSync(path, 'utf8'), line.repeat(200))
})

t.test('lines of any length and of any characters keep their order', async (t) => {
  const path = join(t.testdir(), 'log')
  const log = logDestination(path)
  const lines = [1, 21_844, 21_845, 21_846, 65_535, 65_536, 65_537, 200_000, 3].flatMap((length) => ['x', 'é', '鍵', '🔑'].map((character) => `${character.repeat(length)}\n`))
  for (const line of lines) log.write(line)
  log.flushSync()
  t.ok(readFileSync(path, 'utf8') === lines.join(''))
})

t.test('what is held when the process ends can be written at once', async (t) => {
  const path = join(t.testdir(), 'log')
  const log = logDestination(path)
  log.write('last\n')
  log.flushSync()
  t.equal(readFileSync(path, 'utf8'), 'last\n')
  await setTimeout(50)
  t.equal(readFileSync(path, 'utf8'), 'last\n', 'and once')
})
