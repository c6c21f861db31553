import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { circumstances } from './statistics.js'

const PAGE = 'docs/measurements/reliability.md'

/** The arguments of a trial, all of them numbers; `--write` puts its table into the page of the documentation. */
export function numbersOf<const T extends Record<string, number>> (
  defaults: T
): { [name in keyof T]: number } & { write: boolean } {
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }])),
      write: { type: 'boolean' as const }
    }
  })
  const given: Record<string, unknown> = values
  const numberOf = (name: string, otherwise: number): number => {
    const value = Number(given[name] ?? otherwise)
    if (!Number.isFinite(value)) throw new Error(`--${name} takes a number`)
    return value
  }
  return Object.assign(mapped(defaults, numberOf), { write: given['write'] === true })
}

function mapped<T extends Record<string, number>> (
  values: T,
  of: (name: string, value: number) => number
): { [name in keyof T]: number } {
  const result = { ...values }
  for (const name in values) Object.assign(result, { [name]: of(name, values[name] ?? NaN) })
  return result
}

/** Prints the result of a reliability test, and with `write` puts it between the marks that the page has for it. */
export function report (name: string, text: string, faults: readonly string[], write: boolean): void {
  const section = `${circumstances()}; \`npm run test:${name}\`.\n\n${text}`
  process.stdout.write(`${section}\n`)
  for (const fault of faults) process.stdout.write(`FAULT ${fault}\n`)
  process.exitCode = faults.length === 0 ? 0 : 1
  if (!write) return
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const page = readFileSync(PAGE, 'utf8')
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`${PAGE} has no marks for ${name}`)
  writeFileSync(PAGE, `${before}${begin}\n${section}\n${end}${after}`)
}
