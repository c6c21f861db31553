import t from 'tap'
import {
  hasVariable,
  parseTemplate,
  type Resolution,
  resolveTemplate,
  templateKeys
} from '../../../../src/iam/match/policy-variable.js'
import { known, RequestContext, UNKNOWN } from '../../../../src/iam/match/request-context.js'
import { matches } from '../../../../src/iam/match/wildcard.js'

const context = new RequestContext([
  ['aws:A', known('x*')],
  ['aws:List', known(['x'])],
  ['aws:U', UNKNOWN]
])

function resolve (text: string): Resolution {
  const template = parseTemplate(text)
  if (template === undefined) throw new Error(`not read: ${text}`)
  return resolveTemplate(template, context)
}

t.test('what is a template', async (t) => {
  t.ok(hasVariable('a${aws:A}'))
  t.notOk(hasVariable('a$b{c}'))
  for (const text of [
    '${',
    'a${aws:A',
    '${}',
    '${ }',
    '${bucket}',
    '${AWS::Partition}',
    "${aws:A, 'b}",
    '${aws:A, b}',
    "${aws:A,'}",
    "${aws:A, b'}",
    '${aws:A ${aws:B}}',
    '${a b:c}',
    '${ aws:A}',
    '${aws:A }',
    "${aws:A , 'b'}"
  ])
    t.equal(parseTemplate(text), undefined, text)
  t.strictSame(
    templateKeys(parseTemplate("a${aws:A}b${*}${AWS:b/C, 'd'}") ?? []),
    ['aws:a', 'aws:b/c'],
    'names are not case-sensitive'
  )
})

t.test('what a template comes to', async (t) => {
  t.match(resolve('a-${aws:A}-b'), { state: 'resolved', text: 'a-x*-b' })
  t.match(resolve("${aws:None, 'n'}${*}${?}${$}"), { state: 'resolved', text: 'n*?$' })
  t.match(resolve("${aws:A, 'n'}"), { text: 'x*' })
  t.match(resolve("${aws:None, ''}"), { text: '' })
  t.strictSame(resolve('${aws:None}'), { state: 'noValue' })
  t.strictSame(resolve('${aws:List}'), { state: 'noValue' }, 'several values are no value')
  t.strictSame(resolve('${aws:U}'), { state: 'unknown' })
  t.strictSame(resolve('${aws:U}${aws:None}'), { state: 'noValue' }, 'one variable without value is enough')
})

t.test('wildcards of the policy stay wildcards, those of the request and ${*} are characters', async (t) => {
  const pattern = (text: string): readonly number[] => {
    const found = resolve(text)
    return found.state === 'resolved' ? found.pattern : []
  }
  t.ok(matches(pattern('*-${aws:A}'), 'anything-x*'))
  t.notOk(matches(pattern('*-${aws:A}'), 'anything-xy'))
  t.ok(matches(pattern('a${*}'), 'a*'))
  t.notOk(matches(pattern('a${*}'), 'ab'))
})

t.test('values may be longer than an argument list', async (t) => {
  const long = new RequestContext([['aws:A', known('x'.repeat(300_000))]])
  t.match(resolveTemplate(parseTemplate('${aws:A}') ?? [], long), { state: 'resolved' })
})
