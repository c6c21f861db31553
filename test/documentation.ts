import { readFile } from 'node:fs/promises'
import t from 'tap'
import { BUILT_SERVER } from '../reliability/service.js'
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

t.test('start command: npm, image, its check and the documentation, the same', async (t) => {
  const [manifest = '', dockerfile = '', image = '', deployment = ''] = await Promise.all(['package.json', 'Dockerfile', 'scripts/image.sh', 'docs/deployment.md'].map(async (path) => await readFile(path, 'utf8')))
  const quoted = BUILT_SERVER.map((argument) => `"${argument}"`).join(', ')
  t.ok(Object(JSON.parse(manifest)).scripts.start.endsWith(` node ${BUILT_SERVER.join(' ')}`), 'npm start')
  t.ok(dockerfile.endsWith(`\nCMD ["node", ${quoted}]\n`), 'the image')
  t.ok(image.includes(`spawn(process.execPath, [${quoted}]`), 'the check of the image')
  t.ok(deployment.includes(`\`node ${BUILT_SERVER.join(' ')}\``), 'docs/deployment.md')
})
