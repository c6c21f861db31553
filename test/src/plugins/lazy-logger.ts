import Fastify from 'fastify'
import { pino } from 'pino'
import t from 'tap'
import { withLazyChildren } from '../../../src/plugins/lazy-logger.js'

function logged () {
  const lines: Array<Record<string, unknown>> = []
  let children = 0
  const log = pino({ level: 'trace', base: null, timestamp: false, onChild: () => { children++ } }, { write: (line: string) => { lines.push(JSON.parse(line)) } })
  return { log: withLazyChildren(log), lines, children: () => children }
}

t.test('a child is made once, when it has its first line, and says what it was bound to', async (t) => {
  const { log, lines, children } = logged()
  const child = log.child({ reqId: 'a' })
  t.equal(children(), 0)
  child.info({ b: 1 }, 'two %s', 'words')
  child.error('only a text')
  t.equal(children(), 1)
  t.strictSame(lines, [{ level: 30, reqId: 'a', b: 1, msg: 'two words' }, { level: 50, reqId: 'a', msg: 'only a text' }])
})

t.test('it has every level, its own options and children, and the logger itself stays as it was', async (t) => {
  const { log, lines } = logged()
  const child = log.child({ reqId: 'a' }, { level: 'warn' })
  t.equal(child.level, 'warn')
  for (const level of ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const) child[level](level)
  t.strictSame(lines.splice(0).map(({ msg }) => msg), ['fatal', 'error', 'warn'])
  child.level = 'trace'
  child.child({ b: 2 }).trace('grandchild')
  log.info('parent')
  t.strictSame(lines, [{ level: 10, reqId: 'a', b: 2, msg: 'grandchild' }, { level: 30, msg: 'parent' }])
})

t.test('a child of a child is as lazy, as Fastify makes one for each request', async (t) => {
  const { log, lines, children } = logged()
  const child = log.child({ app: 1 })
  const [one, other] = [child.child({ reqId: 'a' }), child.child({ reqId: 'b' }, { level: 'warn' })]
  t.equal(children(), 1, 'the child, which they have in common')
  other.info('not told')
  one.info('told')
  t.strictSame(lines, [{ level: 30, app: 1, reqId: 'a', msg: 'told' }])
})

t.test('Fastify makes none for a request that says nothing', async (t) => {
  const { log, children, lines } = logged()
  const app = Fastify({ loggerInstance: log, disableRequestLogging: true })
  app.get('/silent', () => 'ok')
  app.get('/told', (request) => {
    request.log.info('told')
    return 'ok'
  })
  await app.inject('/silent')
  const before = children()
  await app.inject('/silent')
  t.equal(children(), before)
  await app.inject('/told')
  t.equal(children(), before + 1)
  t.match(lines.at(-1), { reqId: 'req-3', msg: 'told' })
  await app.close()
})
