import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { answerLine } from '../../../conformance/answer.js'
import { isObject, type JsonObject } from '../../../src/json/json.js'

/** Every rule of AWS's evaluation that the engine knows; each has a file of cases. */
const RULES = ['G', 6, 'P', 16, 'A', 7, 'R', 5, 'C', 16, 'D', 13, 'H', 9, 'U', 4]
const DECISIONS = new Set<unknown>(['allowed', 'explicitDeny', 'implicitDeny', 'conditional', 'unknown'])
const SOURCE = /^https:\/\/docs\.aws\.amazon\.com\/\S+\.html(#\S+)?$/
const FOLDER = new URL('../../cases/', import.meta.url)

/** The members of an object, of which none may be unknown and none of the required may lack. */
function strictly (value: unknown, required: readonly string[], optional: readonly string[] = []): JsonObject {
  if (!isObject(value)) throw new Error(`not an object: ${JSON.stringify(value)}`)
  for (const name of Object.keys(value))
    if (!required.includes(name) && !optional.includes(name)) throw new Error(`unknown member ${name}`)
  for (const name of required) if (value[name] === undefined) throw new Error(`no ${name}`)
  return value
}

function list (value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('not a list')
  return value
}

function texts (values: readonly unknown[]): string[] {
  return values.map((value) => JSON.stringify(value)).sort()
}

const expectedRules = RULES.flatMap((letter, i) => {
  return typeof letter === 'string' ? Array.from({ length: Number(RULES[i + 1]) }, (_, n) => `${letter}${n + 1}`) : []
})

/** The case files by the rule that each names in its `rule` member. */
const files = new Map(
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => {
      const parsed: unknown = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))
      const file = strictly(parsed, ['rule', 'what', 'source', 'cases'])
      return [String(file['rule']), { name, file }] as const
    })
)
t.equal(expectedRules.length, 76)
t.equal(readdirSync(FOLDER).length, 76, 'case files: one file per rule, no other files')
t.strictSame([...files.keys()].sort(), [...expectedRules].sort(), 'case files: every rule has its file')

for (const rule of expectedRules) {
  const { name: fileName, file } = files.get(rule) ?? { name: 'no file', file: {} }
  t.test(`${rule} (${fileName}): ${String(file['what'])}`, async (t) => {
    t.match(file['source'], SOURCE)
    for (const entry of list(file['cases'])) {
      const { name, source, request, expected } = strictly(entry, ['name', 'request', 'expected'], ['source'])
      if (source !== undefined) t.match(source, SOURCE)
      const { decision, matchedStatements, missingContextValues } = strictly(
        expected,
        ['decision'],
        ['matchedStatements', 'missingContextValues']
      )
      t.ok(DECISIONS.has(decision), `${String(name)}: a decision is expected`)
      const answer = answerLine(JSON.stringify(request))
      if ('error' in answer) {
        t.fail(`${String(name)}: ${answer.error}`)
        continue
      }
      t.equal(answer.decision, decision, String(name))
      if (matchedStatements !== undefined) {
        const wanted = list(matchedStatements).map((place) => strictly(place, ['policy', 'index', 'effect'], ['sid']))
        t.strictSame(
          texts(answer.matchedStatements.map(({ policy, sid, index, effect }) => [policy, sid, index, effect])),
          texts(wanted.map((place) => [place['policy'], place['sid'], place['index'], place['effect']])),
          `${String(name)}: the statements that decided`
        )
      }
      if (missingContextValues !== undefined)
        t.strictSame(
          [...answer.missingContextValues].sort(),
          [...list(missingContextValues)].sort(),
          `${String(name)}: the keys that it depends on`
        )
    }
  })
}
