import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import t, { type Test } from 'tap'
import { referencePage } from '../scripts/reference/page.js'
import { Environment } from '../src/config/environment.js'
import { withMoto } from './moto.js'
import { buildServer, ENVIRONMENT, start } from './built-server.js'

/** A fenced block of a page. `reason`: why a shell block is not run. */
interface Block {
  line: number
  language: string
  text: string
  reason: string | undefined
  status: number
  /** Whether it is what the commands above print. */
  isOutput: boolean
}

/** Languages of blocks that are not commands. */
const DATA = ['json', 'jsonc', 'yaml', 'text', 'nginx']
/** What the documentation uses as examples, and what moto has instead. */
const EXAMPLE_ACCOUNT = '111122223333'
const MOTO_ACCOUNT = '123456789012'
const EXAMPLE_KEY = '1234abcd-12ab-34cd-56ef-1234567890ab'
const KEY_ID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g
/** The service whose permissions docs/deployment.md reads. */
const READER_ROLES = {
  ASSUME_ROLES: '{"444455556666":{"roleArn":"arn:aws:iam::444455556666:role/personalize-kms-policy-reader"}}'
}
const TOOLS = ['bash', 'curl', 'jq', 'aws']

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...(await readdir('docs', { recursive: true })).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)
]

/** The fenced blocks of a page, also those inside of lists, each with the HTML comment above it. */
function readBlocks (page: string): Block[] {
  const blocks: Block[] = []
  let open: Block | undefined
  let above = ''
  for (const [index, line] of page.split('\n').entries()) {
    const fence = /^ *```(\S*)$/.exec(line)
    if (fence === null) {
      if (open !== undefined) open.text += `${line}\n`
      else if (line.trim() !== '') above = line
    } else if (open !== undefined) {
      blocks.push(open)
      open = undefined
      above = ''
    } else {
      const reason = /^ *<!-- not run: (.+) -->$/.exec(above)?.[1]
      const status = Number(/^ *<!-- exit status (\d+) -->$/.exec(above)?.[1] ?? 0)
      const isOutput = /^ *<!-- output -->$/.test(above)
      open = { line: index + 1, language: fence[1] ?? '', text: '', reason, status, isOutput }
    }
  }
  if (open !== undefined) throw new Error(`the block of line ${open.line} is not closed`)
  return blocks
}

const isShell = ({ language }: Block): boolean => language === 'sh' || language === 'bash'

async function blocksOf (page: string): Promise<Block[]> {
  return readBlocks(await readFile(page, 'utf8')).filter(isShell)
}

/** Runs blocks as a reader does: one after the other in one folder; exported variables stay. */
class Session {
  readonly #folder: string
  readonly #environment: NodeJS.ProcessEnv
  readonly #replacements: Array<[string, string]>

  constructor (folder: string, environment: NodeJS.ProcessEnv, replacements: Array<[string, string]>) {
    this.#folder = folder
    this.#environment = environment
    this.#replacements = replacements
  }

  /** `output`: what it prints, with errors; `printed`: without them, and with the names of the examples. */
  async run (block: string): Promise<{ status: unknown; output: string; printed: string }> {
    const text = this.#replacements.reduce((replaced, [from, to]) => replaced.replaceAll(from, to), block)
    const script = `if [ -f .exported ]; then . ./.exported; fi\nset -euo pipefail\n${text}\nexport -p > .exported\n`
    const child = spawn('bash', ['-c', script], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let output = ''
    let printed = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        output += part
        if (stream === child.stdout) printed += part
      })
    const [status]: unknown[] = await once(child, 'close')
    return { status, output, printed: printed.replaceAll(MOTO_ACCOUNT, EXAMPLE_ACCOUNT).replaceAll(KEY_ID, EXAMPLE_KEY) }
  }
}

/** A service that reads moto, and a folder with `deploy/`, plans and the command, for the blocks of one page. */
async function openSession (
  t: Test,
  motoUrl: string,
  settings: Record<string, string> = {}
): Promise<{ session: Session; folder: string }> {
  const access = {
    AWS_ENDPOINT_URL: motoUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test'
  }
  // Version 1 of the AWS CLI reads AWS_DEFAULT_REGION only.
  const aws = { ...ENVIRONMENT, HOME: process.env['HOME'], AWS_DEFAULT_REGION: 'us-east-1', AWS_PAGER: '', ...access }
  const service = await start(t, { ...access, ...settings })
  const created = JSON.parse(spawnSync('aws', ['kms', 'create-key'], { env: aws, encoding: 'utf8' }).stdout)
  const folder = t.testdir({})
  await symlink(resolve('deploy'), join(folder, 'deploy'))
  await symlink(resolve('test/fixtures/plans'), join(folder, 'plans'))
  await mkdir(join(folder, 'bin'))
  await symlink(resolve('dist/src/cli.js'), join(folder, 'bin', 'personalize-kms'))
  const session = new Session(folder, { ...aws, PATH: `${join(folder, 'bin')}:${aws.PATH}` }, [
    ['http://127.0.0.1:3000', `http://127.0.0.1:${service.port}`],
    [EXAMPLE_ACCOUNT, MOTO_ACCOUNT],
    [EXAMPLE_KEY, String(created.KeyMetadata.KeyId)],
    ['npm run ', `npm --prefix ${resolve('.')} run `]
  ])
  return { session, folder }
}

async function runPage (t: Test, page: string, session: Session): Promise<void> {
  let before = ''
  for (const block of readBlocks(await readFile(page, 'utf8'))) {
    const { text, line, status: expected, reason, isOutput } = block
    if (isOutput) t.equal(before, text, `${page}, line ${line}: is what the commands above print`)
    if (!isShell(block) || reason !== undefined) continue
    const { status, output, printed } = await session.run(text)
    t.equal(status, expected, `${page}, line ${line}: ${output}`)
    before = printed
  }
}

const isMissing = (tool: string): boolean => spawnSync(tool, ['--version']).error !== undefined

t.test('configuration page: lists every environment variable with its default', async (t) => {
  const page = await readFile('docs/configuration.md', 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  for (const [name, schema] of Object.entries(Environment.properties)) {
    const row = rows.find((line) => line.split('|')[1]?.includes(`\`${name}\``))
    t.ok(row, name)
    const value: unknown = 'default' in schema ? schema.default : undefined
    if (value !== undefined) t.ok(row?.split('|')[2]?.includes(`\`${String(value)}\``), `${name}: ${String(value)}`)
  }
})

t.test('reference page: is what `npm run docs:reference` writes', async (t) => {
  t.equal(await readFile('docs/reference.md', 'utf8'), await referencePage())
})

t.test('code blocks: each is data, or commands that are run or give the reason why not', async (t) => {
  for (const page of pages) {
    for (const { line, language, reason, ...block } of readBlocks(await readFile(page, 'utf8'))) {
      if (isShell({ line, language, reason, ...block })) {
        if (reason !== undefined) t.match(reason, /\w+ \w+ \w+/, `${page}, line ${line}: the reason is a sentence`)
      } else t.ok(DATA.includes(language), `${page}, line ${line}: ${language}`)
    }
  }
})

t.test('order: a page that creates a role does so before it puts a key policy that names it', async (t) => {
  for (const page of pages) {
    // Blocks in comments too: they create what the reader has.
    const text = await readFile(page, 'utf8')
    const [create, put] = ['aws iam create-role', 'aws kms put-key-policy'].map((command) => text.indexOf(command))
    if (create === undefined || put === undefined || create === -1 || put === -1) continue
    t.ok(create < put, `${page}: AWS KMS rejects a key policy that names a role that does not exist`)
  }
})

t.test('links: every relative link leads to a file and a heading', async (t) => {
  const anchor = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-')
  for (const page of pages) {
    const text = (await readFile(page, 'utf8')).replace(/^ *```[^]*?^ *```$/gm, '')
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue
      const [path = '', heading] = target.split('#')
      const file = path === '' ? page : join(page, '..', path)
      t.ok(existsSync(file), `${page}: ${target}`)
      if (heading === undefined || !existsSync(file)) continue
      const headings = [...(await readFile(file, 'utf8')).matchAll(/^#+ (.+)$/gm)].map(([, name = '']) => anchor(name))
      t.ok(headings.includes(heading), `${page}: ${target}`)
    }
  }
})

const missing = TOOLS.filter(isMissing)
const skip = missing.length > 0 && process.env['CI'] !== 'true' ? `not on PATH: ${missing.join(', ')}` : false

t.test('commands', { skip, timeout: 900_000 }, async (t) => {
  await buildServer()
  await withMoto(t, 'README: leads to a verified key', async (t, moto) => {
    const { session, folder } = await openSession(t, moto.url)
    await runPage(t, 'README.md', session)
    const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'))
    t.match(report, { verdict: 'pass', findings: [] })
    const merged = JSON.parse(await readFile(join(folder, 'merged.json'), 'utf8'))
    const {
      Statement: [kept]
    } = JSON.parse(await readFile(join(folder, 'current.json'), 'utf8'))
    t.match(merged.Statement, [kept], 'the statement that was there')
  })

  await withMoto(t, 'README: an error never becomes a policy', async (t, moto) => {
    const { session, folder } = await openSession(t, moto.url)
    const [describe, , merge, , put] = (await blocksOf('README.md'))
      .filter(({ reason }) => reason === undefined)
      .map(({ text }) => text)
    if (describe === undefined || merge === undefined || put === undefined) throw new Error('README has other blocks')
    await session.run(describe)
    await writeFile(join(folder, 'usage.json'), '{ "operations": [] }')
    await writeFile(join(folder, 'merged.json'), '{ "left": "from an earlier run" }')
    t.match(await session.run(merge), { status: 0, output: /INVALID_REQUEST/ })
    t.notOk(existsSync(join(folder, 'merged.json')))
    t.not((await session.run(put)).status, 0)
  })

  for (const page of pages.filter((name) => name !== 'README.md')) {
    if (!(await blocksOf(page)).some(({ reason }) => reason === undefined)) continue
    await withMoto(t, page, async (t, moto) => {
      const { session } = await openSession(t, moto.url, page.endsWith('deployment.md') ? READER_ROLES : {})
      await runPage(t, page, session)
    })
  }
})
