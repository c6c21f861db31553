import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A server on a free port of the loopback interface. */
export async function listen (handler: RequestListener): Promise<{ address: string; close: () => void }> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('no port')
  return {
    address: `127.0.0.1:${bound.port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    }
  }
}

/** A port that was free just now. */
export async function freePort (): Promise<number> {
  const { address, close } = await listen(() => {})
  close()
  return Number(address.split(':')[1])
}

/** The service as a process of its own, as soon as it is ready. */
export async function startService (
  environment: Record<string, string>
): Promise<{ address: string; stop: () => Promise<void> }> {
  const port = await freePort()
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/server.ts'], {
    env: { ...process.env, ...environment, HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit']
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
  for (let waited = 0; waited < 200; waited++) {
    if (
      await fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false
      )
    )
      return { address: `127.0.0.1:${port}`, stop }
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}`)
    await setTimeout(100)
  }
  await stop()
  throw new Error('the service does not become ready')
}

/** Runs `deploy/gateway/nginx.conf` with addresses of this machine in place of its own. */
export async function startNginx (port: number, service: string, authentication: string): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'))
  const replaced = [
    ['listen 8443 ssl;', `listen 127.0.0.1:${port} ssl;`],
    ['/etc/nginx/tls/tls.crt', join(folder, 'tls.crt')],
    ['/etc/nginx/tls/tls.key', join(folder, 'tls.key')],
    [
      'server personalize-kms-policy-service.personalize-kms-policy.svc.cluster.local:3000 max_fails=0;',
      `server ${service} max_fails=0;`
    ],
    ['authentication.example.internal', authentication]
  ].reduce(
    (text, [from = '', to = '']) => {
      if (!text.includes(from)) throw new Error(`nginx.conf has no "${from}"`)
      return text.replaceAll(from, to)
    },
    await readFile('deploy/gateway/nginx.conf', 'utf8')
  )
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n')
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '1',
    '-subj',
    '/CN=127.0.0.1',
    '-keyout',
    join(folder, 'tls.key'),
    '-out',
    join(folder, 'tls.crt')
  ])
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr warn;\nevents {}\nhttp { access_log off; ${paths}\n${replaced}}\n`
  )
  const child = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-e', 'stderr'], { stdio: 'inherit' })
  await once(child, 'spawn')
  for (let waited = 0; waited < 50; waited++) {
    if (
      await fetch(`https://127.0.0.1:${port}/`).then(
        () => true,
        () => false
      )
    )
      break
    await setTimeout(100)
  }
  return async () => {
    child.kill('SIGQUIT')
    if (child.exitCode === null) await once(child, 'exit')
    await rm(folder, { recursive: true })
  }
}
