import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { COMMAND, runCommand } from '../../built-command.js'
import { buildServer, ENVIRONMENT } from '../../built-server.js'
import { invocations } from './invocations.js'

const contains = (text: string, part: string | RegExp): boolean =>
  typeof part === 'string' ? text.includes(part) : part.test(text)

t.before(buildServer)

for (const { name, args, stdin, env, status, stdout, stderr, files = {} } of invocations) {
  t.test(name, async (t) => {
    const cwd = t.testdir({})
    const result = await runCommand(args, { cwd, stdin, env })
    t.equal(result.status, status, `exit status; standard error: ${result.stderr}`)
    for (const stream of ['stdout', 'stderr'] as const) {
      const parts = { stdout, stderr }[stream]
      if (parts?.length === 0) t.equal(result[stream], '', `${stream} is empty`)
      for (const part of parts ?? []) t.ok(contains(result[stream], part), `${stream} has ${String(part)}`, result)
    }
    for (const [file, parts] of Object.entries(files)) {
      const text = await readFile(join(cwd, file), 'utf8')
      for (const part of parts) t.ok(contains(text, part), `${file} has ${String(part)}`)
    }
  })
}

t.test('a reader that leaves: no stack trace, and the exit status is the verdict', async (t) => {
  const command = '"$0" "$1" verify-documents --from "$2" --operations datasetGroup --format html'
  const shell = `${command} | head -c 10 >/dev/null; echo "\${PIPESTATUS[0]}"`
  const child = spawn('bash', ['-c', shell, process.execPath, COMMAND, 'test/fixtures/plans/default-key-policy.json'], {
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (part: string) => {
      output[name] += part
    })
  await once(child, 'close')
  t.strictSame(output, { stdout: '1\n', stderr: '' })
})

t.test('standard input without end: refused at the limit', async (t) => {
  const shell = 'cat /dev/zero | "$0" "$1" generate -; echo "${PIPESTATUS[1]}"'
  const child = spawn('bash', ['-c', shell, process.execPath, COMMAND], {
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (part: string) => {
      output[name] += part
    })
  await once(child, 'close')
  t.strictSame(output, { stdout: '3\n', stderr: 'personalize-kms: standard input is larger than 268435456 bytes\n' })
})
