import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { findMoto } from '../../demo/moto-server.js'

const skip =
  findMoto() === undefined && process.env.CI !== 'true'
    ? 'moto_server is not on PATH (pip install "moto[server]")'
    : false

interface ApiDocument {
  paths: {
    '/verify': {
      post: { requestBody: { content: { 'application/json': { examples: Record<string, { value: unknown }> } } } }
    }
  }
}

t.test('the demo serves its six scenarios and ends clean', { skip, timeout: 300_000 }, async (t) => {
  const demo = spawn(process.execPath, ['--import', 'tsx', 'demo/demo.ts'], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const exited = once(demo, 'exit')
  t.teardown(() => demo.kill('SIGKILL'))
  let complaints = ''
  demo.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const url = await new Promise<string>((resolve, reject) => {
    let output = ''
    demo.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const opened = /Open (http:\S+)\/docs[^]*Control-C/.exec(output)
      if (opened?.[1] !== undefined) resolve(opened[1])
    })
    exited.then(() => {
      reject(new Error(`the demo ended: ${complaints}`))
    }, reject)
  })

  const document: ApiDocument = JSON.parse(await (await fetch(`${url}/openapi.json`)).text())
  const examples = document.paths['/verify'].post.requestBody.content['application/json'].examples
  const verdicts: Record<string, string> = {}
  for (const [name, { value }] of Object.entries(examples)) {
    const response = await fetch(`${url}/verify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value)
    })
    t.equal(response.status, 200, name)
    const report: { verdict: string; findings: Array<{ code: string; severity: string; bucket?: string }> } = JSON.parse(await response.text())
    verdicts[name] = report.verdict
    if (name === 'bucket-folder-missing')
      t.match(report.findings.filter(({ severity }) => severity === 'error'), [
        { code: 'S3_SERVICE_PRINCIPAL_NOT_ALLOWED', bucket: 'amzn-s3-demo-bucket' }
      ])
  }
  t.same(verdicts, {
    works: 'pass',
    'action-missing': 'fail',
    'service-principal-absent': 'fail',
    'disabled-key': 'fail',
    boundary: 'fail',
    'bucket-folder-missing': 'fail'
  })

  demo.kill('SIGTERM')
  t.same(await exited, [0, null], complaints)
})
