import { readdir, readFile } from 'node:fs/promises'
import { Value } from 'typebox/value'
import { Type } from 'typebox'
import t from 'tap'
import type { Report, VerifyDocumentsRequest } from '../../schemas/verification.js'
import { startApp } from '../helper.js'

/**
 * Requests with what their reports have to say: `test/reports/*.json`, each case with the page of AWS that it is
 * based on. Patterns are regular expressions.
 */
const optional = {
  texts: Type.Optional(Type.Array(Type.String())),
  text: Type.Optional(Type.String()),
  yes: Type.Optional(Type.Literal(true))
}
const Case = Type.Object({
  title: Type.String(),
  source: Type.String({ pattern: '^https://docs\\.aws\\.amazon\\.com/' }),
  request: Type.Unsafe<VerifyDocumentsRequest>(Type.Object({})),
  expect: Type.Object(
    {
      verdict: optional.text,
      verdictNot: optional.text,
      headline: optional.text,
      /** Codes, each as often as it has to be found. */
      findings: optional.texts,
      findingsNot: optional.texts,
      /** The Sid of the statement that each of `findings` points at. */
      sid: optional.text,
      why: optional.texts,
      remedy: optional.text,
      remedyNot: optional.text,
      /** Cause and consequence. */
      causes: Type.Optional(Type.Array(Type.Tuple([Type.String(), Type.String()]))),
      replacement: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
      /** The kinds of policies that remediation changes. */
      changes: optional.texts,
      noRolePolicies: optional.yes,
      command: optional.text,
      /** Of a change that voids no restriction. */
      warning: optional.text,
      repairs: optional.texts,
      relaxesIfChanged: optional.text,
      /** The Sids of all statements whose restrictions the changes void. */
      relaxes: optional.texts,
      cannotFix: optional.texts,
      /** Who can act, of the steps of `cannotFix`. */
      who: optional.texts,
      whoNot: optional.text,
      passesAfter: optional.yes,
      notEvaluated: optional.text
    },
    { additionalProperties: false }
  )
})

const folder = new URL('../reports/', import.meta.url)
const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort()
const { app } = await startApp(t)

async function verify (request: VerifyDocumentsRequest, query = ''): Promise<Report> {
  const { body } = await app.inject({ method: 'POST', url: `/verify/documents${query}`, payload: request })
  return JSON.parse(body)
}

interface Change {
  kind: string
  sids: unknown[]
  repairs: string[]
  commands: string[]
  warning: string | undefined
}

function changesOf ({ remediation }: Report): Change[] {
  if (remediation === undefined) return []
  const { keyPolicies, rolePolicies, trustPolicies } = remediation
  return Object.entries({ keyPolicies, rolePolicies, trustPolicies }).flatMap(([kind, changes]) =>
    changes.map(({ relaxes, repairs, commands, warning }) => ({
      kind,
      sids: relaxes.map(({ sid }) => sid),
      repairs,
      commands,
      warning
    }))
  )
}

/** The request as it would be after `remediation`. */
function withChanges (request: VerifyDocumentsRequest, { remediation }: Report): VerifyDocumentsRequest {
  const { keyPolicies = [] } = remediation ?? {}
  return {
    ...request,
    keys: request.keys.map((key) => ({
      ...key,
      keyPolicy: keyPolicies.find(({ kmsKeyArn }) => kmsKeyArn === key.kmsKeyArn)?.policy ?? key.keyPolicy
    }))
  }
}

for (const file of files) {
  const cases = Value.Parse(Type.Array(Case), JSON.parse(await readFile(new URL(file, folder), 'utf8')))
  for (const { title, request, expect } of cases) {
    t.test(`report: ${file.replace('.json', '')}, ${title}`, async (t) => {
      const report = await verify(request)
      const { findings, remediation } = report
      const codes = findings.map(({ code }) => code)
      if (expect.verdict !== undefined) t.equal(report.verdict, expect.verdict)
      if (expect.verdictNot !== undefined) t.not(report.verdict, expect.verdictNot)
      if (expect.headline !== undefined) t.match(report.summary.headline, new RegExp(expect.headline))
      for (const code of new Set(expect.findings)) {
        const wanted = (expect.findings ?? []).filter((other) => other === code).length
        t.ok(codes.filter((other) => other === code).length >= wanted, `${code}: ${codes.join()}`)
      }
      if (expect.sid !== undefined) {
        const pointing = findings.filter(({ code }) => expect.findings?.[0] === code)
        t.ok(pointing.length > 0 && pointing.every(({ statement }) => statement?.sid === expect.sid), expect.sid)
      }
      for (const code of expect.findingsNot ?? []) t.notOk(codes.includes(code), code)
      const whys = findings.map(({ why }) => why).join('\n')
      for (const pattern of expect.why ?? []) t.match(whys, new RegExp(pattern))
      const remedies = findings.map(({ remedy }) => remedy).join('\n')
      if (expect.remedy !== undefined) t.match(remedies, new RegExp(expect.remedy))
      if (expect.remedyNot !== undefined) t.notMatch(remedies, new RegExp(expect.remedyNot))
      for (const [cause, consequence] of expect.causes ?? []) {
        const id = findings.find(({ code }) => code === cause)?.id
        const found = findings.filter(({ code }) => code === consequence)
        t.ok(id !== undefined && found.some(({ causedBy = [] }) => causedBy.includes(id)), `${cause} causes ${consequence}`)
        t.ok(codes.indexOf(cause) < codes.indexOf(consequence), 'the cause is first')
      }
      if (expect.replacement !== undefined) {
        const found = findings.flatMap(({ replacementStatement }) => replacementStatement ?? [])
        t.ok(found.length > 0, 'there is a replacement')
        for (const statement of found) t.same(statement, expect.replacement)
      }
      const changes = changesOf(report)
      if (expect.changes !== undefined) t.same(changes.map(({ kind }) => kind), expect.changes)
      if (expect.noRolePolicies === true) t.same(remediation?.rolePolicies, [])
      for (const { commands } of changes)
        if (expect.command !== undefined) t.match(commands[0], new RegExp(expect.command))
      const repaired = changes.flatMap(({ repairs }) => repairs)
      for (const code of expect.repairs ?? [])
        t.ok(findings.some(({ id, code: found }) => found === code && repaired.includes(id)), `repairs ${code}`)
      for (const { kind, sids } of changes)
        if (expect.relaxesIfChanged !== undefined && kind === 'keyPolicies')
          t.ok(sids.includes(expect.relaxesIfChanged))
      if (expect.relaxes !== undefined) t.same([...new Set(changes.flatMap(({ sids }) => sids))], expect.relaxes)
      for (const { sids, warning } of changes) {
        t.equal(warning !== undefined, sids.length > 0 || expect.warning !== undefined, 'a warning')
        if (expect.warning !== undefined) t.match(warning, new RegExp(expect.warning))
      }
      for (const who of expect.who ?? [])
        t.ok(remediation?.cannotFix.some((step) => new RegExp(who).test(step.who ?? '')), who)
      for (const { who = '' } of remediation?.cannotFix ?? [])
        if (expect.whoNot !== undefined) t.notMatch(who, new RegExp(expect.whoNot))
      for (const code of expect.cannotFix ?? []) t.ok(remediation?.cannotFix.some((step) => step.code === code), code)
      for (const { findingId } of remediation?.cannotFix ?? [])
        if (findingId !== undefined) t.ok(findings.some(({ id }) => id === findingId), `${findingId} is a finding`)
      if (expect.passesAfter === true) t.equal((await verify(withChanges(request, report))).verdict, 'pass', 'after it')
      if (expect.notEvaluated !== undefined)
        t.match(
          report.notEvaluated.map(({ what, why }) => `${what} ${why}`).join('\n'),
          new RegExp(expect.notEvaluated)
        )
      t.equal(new Set(findings.map(({ id }) => id)).size, findings.length, 'every id is unique')
      t.equal(findings.filter(({ severity }) => severity === 'error').length, report.summary.counts.error)
      t.same(
        Object.keys(await verify(request, '?view=summary')),
        Object.keys(report).filter((name) => name !== 'checks')
      )
    })
  }
}
