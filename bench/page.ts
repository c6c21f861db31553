import { type PageFile, buildPage } from '../src/page/build.js'

/** What each view of the page loads, as a table in Markdown: `npm run bench:page`. */
const files = await buildPage()
const sizes = new Map(files.map(({ name, contents }) => [name, contents.length]))
const names = files.map(({ name }) => name).filter((name) => !name.endsWith('.gz'))
const textOf = (name: string): string =>
  Buffer.from(files.find((file: PageFile) => file.name === name)?.contents ?? []).toString()
const named = (part: string): string => names.find((name) => name.startsWith(`assets/${part}-`)) ?? part

/** A script and all that it imports at once; what it loads later is in parentheses: `import("./…")`. */
function withImports (name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen
  seen.add(name)
  for (const [, imported] of textOf(name).matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) withImports(`assets/${imported}`, seen)
  return seen
}

const shown = new Set<string>()
function row (view: string, parts: Iterable<string>): string {
  const added = [...parts].filter((name) => !shown.has(name))
  for (const name of added) shown.add(name)
  const sum = (suffix: string): string =>
    added.reduce((total, name) => total + (sizes.get(`${name}${suffix}`) ?? 0), 0).toLocaleString('en-US')
  return `| ${view} | ${added.length} | ${sum('')} | ${sum('.gz')} |`
}

console.log(
  [
    '| Part | Files | Bytes | Compressed (gzip) |',
    '| --- | --- | --- | --- |',
    row('Page, style and app', ['index.html', named('page'), ...withImports(named('app'))]),
    row('Engine of *Write*', withImports(named('generation'))),
    row('Engine of *Check*, besides', withImports(named('verification'))),
    row('Engine of *Explain*, besides', withImports(named('explanation'))),
    row('Report, besides', withImports(named('report-result'))),
    row('Forms (Terraform, CloudFormation, …), besides', withImports(named('forms'))),
    row('Plans and templates, besides', withImports(named('plan'))),
    row('*Live*: client, lines of a dataset group, besides', [
      ...withImports(named('client')),
      ...withImports(named('group-request'))
    ]),
    row('Other files', names)
  ].join('\n')
)
