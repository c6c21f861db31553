import t from 'tap'
import { buildPage } from '../../../src/page/build.js'

/** Compressed bytes of what the first view, *Write* with its engine, loads. 2026-11-30: 97 kB, with the finding catalogue for warnings. */
const MAX_FIRST_VIEW_BYTES = 100_000
/** What other views, or a choice on this one, load when they need it. */
const LATER = ['verification', 'explanation', 'report-result', 'forms', 'plan', 'client', 'group-request']

t.test('page, first view: within its size, and nothing of the other views', async (t) => {
  const files = new Map((await buildPage()).map(({ name, contents }) => [name, Buffer.from(contents)]))
  const html = files.get('index.html')?.toString() ?? ''
  const named = [...html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, name = '']) => name)
  const loaded = new Set(['index.html', ...named])
  // A set grows while it is iterated: what an imported file imports is loaded, too.
  for (const name of loaded)
    for (const [, imported = ''] of files.get(name)?.toString().matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g) ?? [])
      loaded.add(`assets/${imported}`)
  t.strictSame([...loaded].filter((name) => !files.has(name)), [], 'every file is there')
  t.strictSame([...loaded].slice(named.length + 1), [], 'all of it is named by the page, so that it loads at once')
  const bytes = [...loaded].reduce((sum, name) => sum + (files.get(`${name}.gz`)?.length ?? 0), 0)
  t.ok(bytes < MAX_FIRST_VIEW_BYTES, `${bytes} bytes`)
  const later = LATER.map((part) => [...files.keys()].find((name) => name.startsWith(`assets/${part}-`)))
  t.notOk(later.includes(undefined), 'each is a file of its own')
  t.strictSame(later.filter((name) => name !== undefined && loaded.has(name)), [])
})
