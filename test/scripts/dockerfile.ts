import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { ENVIRONMENT } from '../built-server.js'

const lines = async (file: string): Promise<string[]> => (await readFile(file, 'utf8')).split('\n')

t.test('Dockerfile: the files that it copies are sent to it, and are all that the build needs', async (t) => {
  const sent = (await lines('.dockerignore')).filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  const [, stage = ''] = (await readFile('Dockerfile', 'utf8')).split(/^FROM .*$/m)
  const copied = [...stage.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, sources = '']) => sources.split(' '))
  t.strictSame(copied.filter((path) => !sent.includes(path)), [], 'sent')

  const folder = t.testdir({})
  for (const path of copied) {
    await mkdir(join(folder, dirname(path)), { recursive: true })
    await cp(path, join(folder, path), { recursive: true })
  }
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  t.match(stage, /^RUN npm run build$/m)
  await promisify(execFile)('npm', ['run', 'build'], { cwd: folder, env: { ...ENVIRONMENT, HOME: '/tmp' } })
  for (const path of ['src/server.js', 'src/worker.js', 'page/index.html', 'swagger-ui/index.css', 'THIRD-PARTY-NOTICES.txt'])
    t.ok((await readFile(join(folder, 'dist', path))).length > 0, path)
})
