import { readdirSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { Explanation } from '../../schemas/explanation.js'
import { startApp } from '../helper.js'

/** A text of AWS with its page, and what the service is to make of it. */
interface Case {
  name: string
  source: string
  request: object
  expect: {
    recognized?: boolean
    form?: string
    isPermission: boolean
    said?: object
    absent?: string[]
    /** Code and likelihood, in order; further causes may follow. None at all where the list is empty. */
    causes: Array<[code: string, likelihood: string]>
    /** By code: the exception, exactly. */
    exceptions?: Record<string, object>
    /** By code: principal and condition of each; null: there is one exception alone. */
    eitherException?: Record<string, Array<[principal: string, condition: object]> | null>
    /** No cause follows. */
    only?: true
    /** Codes of causes that no Allow statement fixes. */
    withoutStatements?: string[]
    statements?: Record<string, object[]>
    commands?: Record<string, string[]>
    /** Policy and principal of the rows. */
    requirements?: string[]
  }
}

const FOLDER = new URL('../explanations/', import.meta.url)
const FILES: Array<[file: string, cases: Case[]]> = readdirSync(FOLDER).map((file) => [
  file,
  JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))
])

const { agent } = await startApp({
  after: (close) => {
    t.teardown(close)
  }
})

for (const [file, cases] of FILES) {
  t.test(`explain: ${file}`, async (t) => {
    for (const { name, request, expect } of cases) {
      const { status, body } = await agent.post('/explain').send(request)
      t.equal(status, 200, name)
      check(t, name, body, expect)
    }
  })
}

function check (t: Test, name: string, body: Explanation, expect: Case['expect']): void {
  const { recognized = true, form, isPermission, said = {}, absent = [], statements = {}, exceptions = {}, commands = {} } = expect
  t.match(body, { recognized, isPermission, said, ...(form === undefined ? {} : { form }) }, name)
  for (const member of absent) t.notOk(member in body.said, `${name}: ${member}`)
  const causes = body.causes.map(({ code, likelihood }) => [code, likelihood])
  t.same(expect.causes.length === 0 ? causes : causes.slice(0, expect.causes.length), expect.causes, name)
  if (expect.only === true) t.equal(causes.length, expect.causes.length, name)
  const causeOf = (code: string) => body.causes.find((cause) => cause.code === code)
  for (const [code, expected] of Object.entries(statements)) t.match(causeOf(code)?.statements, expected, `${name}: ${code}`)
  for (const [code, expected] of Object.entries(exceptions)) t.same(causeOf(code)?.exception, expected, `${name}: ${code}`)
  for (const [code, expected] of Object.entries(expect.eitherException ?? {})) {
    const either = causeOf(code)?.exceptions
    t.same(either?.map(({ principal, condition }) => [principal, condition]) ?? null, expected, `${name}: ${code}`)
  }
  for (const code of expect.withoutStatements ?? []) t.notOk(causeOf(code)?.statements, `${name}: ${code}`)
  for (const [code, expected] of Object.entries(commands)) t.same(causeOf(code)?.commands, expected, `${name}: ${code}`)
  if (expect.requirements !== undefined) {
    const rows = new Set(body.requirements.map(({ policy, principal }) => `${policy} ${principal}`))
    t.same([...rows].sort(), [...expect.requirements].sort(), name)
  }
  for (const { status, source, distinguish } of body.causes) {
    t.equal(status, 'notChecked', name)
    t.match(source, /^https:\/\/docs\.aws\.amazon\.com\//, name)
    t.ok(distinguish, name)
  }
  if (!recognized) t.ok(body.next.length > 1, `${name}: says what to look at next`)
}

/** Names that a text may have, and no resource of AWS: nothing that is made of them may stand for more than one. */
const HOSTILE = ['*', 'R*', '?', '$(reboot)', '`;reboot;`', '"><script>', "'", '-rf', '\u202e', '|reboot', '&&reboot', '${aws:username}']

t.test('explain: a text with names that none has – no statement, exception or command has them', async (t) => {
  const texts = HOSTILE.flatMap((name) =>
    [
      `User: arn:aws:sts::111122223333:assumed-role/${name}/s is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::amzn-s3-demo-bucket/x`,
      `User: arn:aws:iam::${name}:root is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::amzn-s3-demo-bucket/x`,
      `User: arn:${name}:sts::111122223333:assumed-role/R/s is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::${name}/x`,
      `User: arn:aws:sts::111122223333:assumed-role/R/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:111122223333:key/${name}`,
      `User: arn:aws:iam::111122223333:user/U is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/${name}`
    ].flatMap((text) => [
      `${text} because no resource-based policy allows it`,
      `${text} because no identity-based policy allows it`,
      `${text} with an explicit deny in a resource-based policy`
    ])
  )
  for (const message of texts) {
    const { body, status } = await agent.post('/explain').send({ message })
    t.equal(status, 200)
    const causes: Explanation['causes'] = body.causes
    for (const { statements = [], exception = {}, exceptions = [], commands = [] } of causes) {
      for (const { Principal, Resource } of statements) {
        const named = [Resource].flat().filter((arn) => /:role\/|:key\//.test(String(arn)))
        t.notMatch(named.join(), /[*?]|\$\{/, message)
        t.notMatch(JSON.stringify(Principal) ?? '', /[*?$`'|&\\\u202e]/, message)
      }
      for (const condition of [exception, ...exceptions.map((each) => each.condition)])
        t.notMatch(JSON.stringify(condition), /[*?$`'|&\\\u202e]/, message)
      for (const command of commands) t.notMatch(command, /reboot|script|\u202e| -rf/, message)
    }
    for (const step of body.next) t.notMatch(step, /reboot|script|\u202e|role-name (\*|-|R\*)/, message)
  }
})
