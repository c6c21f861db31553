import t from 'tap'
import { oneTextPerClass } from '../../../src/iam/string-classes.js'
import { matches, wildcardPattern } from '../../../src/iam/wildcard.js'

const classesOf = (...texts: string[]): string[] => {
  const patterns = texts.map(wildcardPattern)
  return (oneTextPerClass(patterns.map((pattern) => ({ pattern, ignoreCase: false }))) ?? [])
    .map((text) => patterns.map((pattern) => matches(pattern, text) ? '1' : '0').join('')).sort()
}

t.test('what was kept is the same answer, of its own patterns, however many came between', (t) => {
  const first = classesOf('x*', '*y')
  for (let index = 0; index < 600; index++) t.same(classesOf(`p${index}*`), ['0', '1'])
  t.same(classesOf('x*', '*y'), first)
  const same = (text: string): readonly string[] | undefined => oneTextPerClass([{ pattern: wildcardPattern(text), ignoreCase: false }])
  const newest = same('newest*')
  t.equal(same('newest*'), newest, 'what is kept is the very same')
  for (let index = 0; index < 255; index++) same(`s${index}*`)
  t.equal(same('newest*'), newest, 'as long as no 256 others have come')
  same('one more*')
  t.not(same('newest*'), newest, 'then the oldest goes')
  const long = 'z'.repeat(1_500)
  t.not(same(`${long}*`), same(`${long}*`), 'long ones are not kept')
  t.same(classesOf('a'), ['0', '1'])
  t.same(classesOf('\t', '\u0007'), ['00', '01', '10'], 'codes that are written alike when run together')
  const patterns = (ignoreCase: boolean) => [{ pattern: wildcardPattern('Q*'), ignoreCase }]
  t.ok(oneTextPerClass(patterns(false))?.every((text) => !text.startsWith('q')))
  t.not(oneTextPerClass(patterns(true)), oneTextPerClass(patterns(false)), 'case is part of the question')
  t.end()
})
