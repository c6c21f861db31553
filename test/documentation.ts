import { readFile } from 'node:fs/promises'
import t from 'tap'
import { Environment } from '../src/config/environment.js'

t.test('every variable of the environment is documented, with its default', async (t) => {
  const page = await readFile('docs/configuration.md', 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  for (const [name, schema] of Object.entries(Environment.properties)) {
    const row = rows.find((line) => line.split('|')[1]?.includes(`\`${name}\``))
    t.ok(row, name)
    const value: unknown = 'default' in schema ? schema.default : undefined
    if (value !== undefined) t.ok(row?.split('|')[2]?.includes(`\`${String(value)}\``), `${name}: ${String(value)}`)
  }
})
