import fc from 'fast-check'
import t from 'tap'
import { parseConditions, type Condition } from '../../../src/iam/condition.js'
import { ABSENT, known, RequestContext, UNKNOWN, type ContextValue } from '../../../src/iam/request-context.js'
import { parseTemplate, type Template } from '../../../src/iam/template.js'
import { decisiveKeys, layOutWorlds, world, type Comparisons, type Worlds } from '../../../src/iam/worlds.js'

const ARN = 'arn:aws:kms:us-east-1:111122223333:key/k'

function comparing (condition: unknown, resourceTemplates: readonly Template[] = []): Comparisons {
  const conditions: Condition[] = parseConditions(condition, true, '', ({ what }) => { throw new Error(what) })
  return { conditions, resourceTemplates, resourceArn: ARN }
}

function template (text: string): Template {
  const found = parseTemplate(text)
  if (found === undefined) throw new Error(text)
  return found
}

const contextOf = (entries: Record<string, ContextValue>): RequestContext => new RequestContext(Object.entries(entries))
/** The values that are tried for one key; `-` stands for its absence. */
const tried = (worlds: Worlds | undefined, key = 'aws:a'): string[] | undefined =>
  worlds?.choices[worlds.keys.indexOf(key)]?.map((value) => value.state === 'known' ? value.values.join('+') : '-').sort()

t.test('worlds are numbered, each decides every key, and no two are alike', async (t) => {
  const choices = fc.array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
  t.doesNotThrow(() => {
    fc.assert(fc.property(choices, (texts) => {
      const worlds: Worlds = { keys: texts.map((_, i) => `k${i}`), choices: texts.map((of) => of.map((text) => known(text))), size: texts.reduce((size, of) => size * of.length, 1) }
      const all = Array.from({ length: worlds.size }, (_, index) => world(worlds, index))
      const written = all.map((decided) => JSON.stringify([...decided]))
      return new Set(written).size === worlds.size && all.every((decided) => worlds.keys.every((key, i) => {
        const value = decided.get(key)
        return value !== undefined && worlds.choices[i]?.includes(value) === true
      }))
    }))
  })
})

t.test('a key is decisive if another value of it alone changes the outcome', async (t) => {
  const sizes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 })
  const laidOut = sizes.chain((of) => fc.tuple(fc.constant(of), fc.array(fc.boolean(), { minLength: of.reduce((a, b) => a * b), maxLength: of.reduce((a, b) => a * b) })))
  t.doesNotThrow(() => {
    fc.assert(fc.property(laidOut, ([of, outcomes]) => {
      const worlds: Worlds = { keys: of.map((_, i) => `k${i}`), choices: of.map((size) => Array.from({ length: size }, (_, i) => known(String(i)))), size: outcomes.length }
      const valuesOf = (index: number): string[] => [...world(worlds, index).values()].map((value) => JSON.stringify(value))
      const alone = (key: number): boolean => outcomes.some((outcome, a) => outcomes.some((other, b) => outcome !== other && valuesOf(a).every((value, i) => (value === valuesOf(b)[i]) === (i !== key))))
      return JSON.stringify(decisiveKeys(worlds, outcomes)) === JSON.stringify(worlds.keys.filter((_, i) => alone(i)))
    }), { numRuns: 200 })
  })
})

t.test('the values that the conditions tell apart', async (t) => {
  t.strictSame(tried(layOutWorlds(['aws:a'], contextOf({ 'aws:a': UNKNOWN }), comparing({ StringEquals: { 'aws:a': 'x', 'aws:b': 'y' } }))), ['-', 'other', 'x'])
  t.equal(layOutWorlds(['aws:a'], contextOf({ 'aws:a': ABSENT }), comparing({})), undefined, 'a key that is not unknown has no worlds')
  const two = layOutWorlds(['aws:a', 'aws:b'], contextOf({ 'aws:a': UNKNOWN, 'aws:b': UNKNOWN }), comparing({ StringEquals: { 'aws:a': ['x', 'y'], 'aws:b': 'z' } }))
  t.equal(two?.size, 12)
  t.strictSame(tried(two, 'aws:b'), ['-', 'other', 'z'])
})

t.test('variables that are known are put in first', async (t) => {
  const values = (condition: unknown, entries: Record<string, ContextValue>): string[] | undefined => tried(layOutWorlds(['aws:a'], contextOf({ 'aws:a': UNKNOWN, ...entries }), comparing(condition)))
  t.strictSame(values({ StringEquals: { 'aws:a': ['x', '${aws:b}'] } }, { 'aws:b': known('y') }), ['-', 'other', 'x', 'y'])
  t.strictSame(values({ StringEquals: { 'aws:a': ['x', '${aws:b}'] } }, {}), ['-', 'other', 'x'], 'a variable without value equals nothing')
  t.strictSame(values({ ArnLike: { 'aws:a': '${aws:b}' } }, { 'aws:b': known('no ARN') })?.length, 2, 'nor does what is no ARN')
  const like = values({ StringLike: { 'aws:a': '${aws:b}*' } }, { 'aws:b': known('y*') }) ?? []
  t.ok(like.includes('y*') && like.some((text) => text !== '-' && !text.startsWith('y*')), 'a * of the value is a character, that of the policy is not')
})

t.test('an unknown key in a variable takes the texts that would make it equal', async (t) => {
  const open = { 'aws:a': UNKNOWN }
  const inKnown = (value: string, operator = 'StringEquals'): string[] | undefined => tried(layOutWorlds(['aws:a'], contextOf({ ...open, 'aws:b': known('pre-x-post') }), comparing({ [operator]: { 'aws:b': value } })))
  t.strictSame(inKnown('${aws:a}'), ['-', 'other', 'pre-x-post'])
  t.strictSame(inKnown('pre-${aws:a}-post'), ['-', 'other', 'x'])
  t.strictSame(inKnown('pre-${aws:a}'), ['-', 'other', 'x-post'])
  t.strictSame(inKnown('${aws:a}${?}'), ['-', 'other'], 'a literal ? is a character')
  t.strictSame(inKnown('no-${aws:a}'), ['-', 'other'])
  t.strictSame(inKnown('pre-x-post${aws:a}pre-x-post'), ['-', 'other'], 'prefix and suffix may not overlap')
  t.strictSame(inKnown('pre-x${aws:a}-post'), ['', '-', 'other'], 'it may have to be empty')
  t.equal(inKnown('${aws:a}*', 'StringLike'), undefined, 'beside a wildcard it cannot be turned round')
  t.equal(inKnown('?${aws:a}', 'StringLike'), undefined)
  t.equal(inKnown('${aws:a}', 'StringEqualsIgnoreCase'), undefined, 'nor where case is ignored')
  t.equal(inKnown('${aws:a}${aws:a}'), undefined, 'nor twice in one value')
  t.equal(inKnown('${aws:b}${aws:a}'), undefined, 'nor beside another variable')
  t.strictSame(tried(layOutWorlds(['aws:a'], contextOf(open), comparing({ StringEquals: { 'aws:b': '${aws:a}' } }))), ['-', 'other'], 'compared with what is absent')
  const list = layOutWorlds(['aws:a'], contextOf({ ...open, 'aws:b': known(['p', 'q']) }), comparing({ 'ForAnyValue:StringEquals': { 'aws:b': '${aws:a}' } }))
  t.strictSame(tried(list), ['-', 'other', 'p', 'q'])
})

t.test('both sides open', async (t) => {
  const both = contextOf({ 'aws:a': UNKNOWN, 'aws:b': UNKNOWN })
  const worlds = layOutWorlds(['aws:b', 'aws:a'], both, comparing({ StringEquals: { 'aws:b': ['${aws:a}', 'y'] }, StringLike: { 'aws:a': 'x' } }))
  t.ok(['x', 'same', '-'].every((text) => tried(worlds, 'aws:b')?.includes(text)), 'each takes what the other is compared with')
  t.ok(['y', 'same', '-'].every((text) => tried(worlds, 'aws:a')?.includes(text)))
  t.equal(layOutWorlds(['aws:b', 'aws:a'], both, comparing({ StringEquals: { 'aws:b': 'x${aws:a}' } })), undefined, 'with text beside it, no values stand for all')
})

t.test('variables in a resource', async (t) => {
  const asked = (text: string, keys = ['aws:a']): string[] | undefined => tried(layOutWorlds(keys, contextOf({ 'aws:a': UNKNOWN }), comparing({}, [template(text)])))
  t.strictSame(asked('arn:aws:kms:us-east-1:${aws:a}:key/k'), ['-', '111122223333', 'other'])
  t.equal(asked('arn:aws:kms:us-east-1:${aws:a}:key/*'), undefined)
  t.strictSame(asked('arn:aws:kms:us-east-1:${aws:b}:key/*'), ['-', 'other'], 'another variable says nothing of this key')
})

t.test('there is an end to it', async (t) => {
  const keys = (count: number): string[] => Array.from({ length: count }, (_, i) => `aws:k${i}`)
  const unknown = (names: readonly string[]): RequestContext => contextOf(Object.fromEntries(names.map((name) => [name, UNKNOWN])))
  const equals = (names: readonly string[]): Comparisons => comparing({ StringEquals: Object.fromEntries(names.map((name) => [name, 'x'])) })
  t.equal(layOutWorlds(keys(7), unknown(keys(7)), equals(keys(7)))?.size, 3 ** 7)
  t.equal(layOutWorlds(keys(8), unknown(keys(8)), equals(keys(8))), undefined, 'more than 4,096 worlds')
  const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `x${i}`)
  t.equal(layOutWorlds(['aws:a'], unknown(['aws:a']), comparing({ StringEquals: { 'aws:a': texts(400) } }))?.size, 402)
  t.equal(layOutWorlds(['aws:a'], unknown(['aws:a']), comparing({ StringEquals: { 'aws:a': texts(450) } })), undefined, 'more than 200,000 comparisons')
  t.equal(layOutWorlds(['aws:a'], unknown(['aws:a']), comparing({ StringEquals: { 'aws:b': texts(5_000) } })), undefined, 'too many even for one look')
  const variables = (count: number): Comparisons => comparing({ StringEquals: { 'aws:b': Array.from({ length: count }, (_, i) => `${i}\${aws:a}`) } })
  t.ok(layOutWorlds(['aws:a'], unknown(['aws:a']), variables(32)))
  t.equal(layOutWorlds(['aws:a'], unknown(['aws:a']), variables(33)), undefined, 'more than 32 variables')
  const resources = (count: number): Comparisons => comparing({}, Array.from({ length: count }, (_, i) => template(`arn:${i}:\${aws:a}`)))
  t.ok(layOutWorlds(['aws:a'], unknown(['aws:a']), resources(32)))
  t.equal(layOutWorlds(['aws:a'], unknown(['aws:a']), resources(33)), undefined)
})
