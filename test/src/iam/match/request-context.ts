import t from 'tap'
import { ABSENT, known, RequestContext, UNKNOWN } from '../../../../src/iam/match/request-context.js'

t.test('request context: names are not case-sensitive, and a key that is not given is absent', async (t) => {
  const context = new RequestContext([
    ['aws:SourceIp', known('1.2.3.4')],
    ['kms:EncryptionContext:P', UNKNOWN],
    ['kms:EncryptionContext:q', known('q')]
  ])
  t.strictSame(context.lookup('aws:sourceip'), { state: 'known', values: ['1.2.3.4'], list: false })
  t.equal(context.lookup('aws:sourcevpc'), ABSENT)
  t.equal(context.spelling('aws:sourceip'), 'aws:SourceIp')
  t.equal(context.spelling('aws:sourcevpc'), undefined)
  t.strictSame(context.keysWithPrefix('kms:encryptioncontext:'), ['kms:encryptioncontext:p', 'kms:encryptioncontext:q'])
  t.equal(new RequestContext([], (key) => (key === 'a' ? UNKNOWN : ABSENT)).lookup('a'), UNKNOWN)
})

t.test('a list without values is as good as absent', async (t) => {
  t.equal(known([]), ABSENT)
  t.strictSame(known(['a']), { state: 'known', values: ['a'], list: true })
})

t.test('a world decides some keys and leaves the others', async (t) => {
  const context = new RequestContext([
    ['aws:A', UNKNOWN],
    ['aws:B', known('b')]
  ])
  const world = context.with(
    new Map([
      ['aws:a', known('a')],
      ['aws:c', known('c')]
    ])
  )
  t.match(world.lookup('aws:a'), { values: ['a'] })
  t.match(world.lookup('aws:b'), { values: ['b'] })
  t.equal(world.lookup('aws:d'), ABSENT)
  t.equal(world.spelling('aws:a'), 'aws:A')
  t.strictSame(world.keysWithPrefix('aws:'), ['aws:a', 'aws:b', 'aws:c'])
  t.strictSame(world.keysWithPrefix('kms:'), [])
  t.match(world.with(new Map([['aws:b', known('x')]])).lookup('aws:a'), { values: ['a'] }, 'a world may have worlds')
  t.equal(context.lookup('aws:a'), UNKNOWN, 'the context itself stays as it was')
})
