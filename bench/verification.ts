import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import process from 'node:process'
import type { VerifyDocumentsRequest } from '../schemas/verification.js'
import { verifyDocuments } from '../src/verify/verify-documents.js'
import { bodyOf, type Kind } from './verification-bodies.js'

/**
 * Processor time of whole verifications by documents: one key, one role, twelve checks. Every body differs in
 * account, role, key and Sids, as those of real callers do. The yardstick is `JSON.parse` and `JSON.stringify` of the
 * same request and report.
 */
const BODIES = 200
const ROUNDS = 9
/** A service runs for days: what the first seconds cost, until its code is compiled, is not what a report costs. */
const WARM_UP_MS = 12_000
const TARGETS = { pass: 9, fail: 14 } as const

function warmUp<T> (items: readonly T[], step: (item: T) => unknown): void {
  const end = performance.now() + WARM_UP_MS
  while (performance.now() < end) for (const item of items) step(item)
}

/** Processor time per item in µs: the first quartile of the rounds, which other processes disturb least. */
function measure<T> (items: readonly T[], step: (item: T) => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage()
    for (const item of items) step(item)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / items.length
  })
  return rounds.sort((a, b) => a - b)[Math.floor(ROUNDS / 4)] ?? NaN
}

function rowOf (kind: Kind): {
  kind: Kind
  checks: number
  verificationUs: number
  jsonUs: number
  ratio: number
  target: number
} {
  const texts = Array.from({ length: BODIES }, (_, index) => JSON.stringify(bodyOf(index, kind)))
  const bodies = texts.map((text): VerifyDocumentsRequest => JSON.parse(text))
  const [first] = bodies
  if (first === undefined) throw new Error('no body')
  const report = verifyDocuments(first)
  if (report.verdict !== kind) throw new Error(`the verdict is ${report.verdict}, not ${kind}`)
  warmUp(bodies, verifyDocuments)
  const verificationUs = measure(bodies, (body) => verifyDocuments(body))
  const jsonUs = measure(texts, (text) => [JSON.parse(text), JSON.stringify(report)])
  return {
    kind,
    checks: report.checks.length,
    verificationUs,
    jsonUs,
    ratio: verificationUs / jsonUs,
    target: TARGETS[kind]
  }
}

const rows = (['pass', 'fail'] as const).map(rowOf)
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node.js ${process.version}, load ${(loadavg()[0] ?? 0).toFixed(1)}`
const date = new Date().toISOString().slice(0, 10)
const lines = rows.map(
  ({ kind, checks, verificationUs, jsonUs, ratio, target }) =>
    `| ${kind} | ${checks} | ${verificationUs.toFixed(0)} | ${jsonUs.toFixed(1)} | ${ratio.toFixed(1)} | ≤ ${target} | ${ratio <= target ? 'yes' : '**no**'} |`
)
const table = [
  '| verdict | checks | verification, µs | JSON, µs | ratio | target | met |',
  '|---|---|---|---|---|---|---|',
  ...lines
].join('\n')
console.log(table)
const intro = `# Verification by documents, measured\n\n${date}, ${machine}; \`npm run bench:verification\`. Processor time per report, every body another one, in compiled code (after ${WARM_UP_MS / 1_000} s).`
mkdirSync('bench/results', { recursive: true })
writeFileSync('bench/results/verification.json', `${JSON.stringify({ date, machine, rows }, null, 2)}\n`)
writeFileSync('bench/results/verification.md', `${intro}\n\n${table}\n`)
process.exitCode = rows.every(({ ratio, target }) => ratio <= target) ? 0 : 1
