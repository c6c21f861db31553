import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import process from 'node:process'
import { build } from 'esbuild'
import { buildPage } from '../src/page/build.js'

/**
 * Builds the service and the command into few files: as they are published, its sources and libraries are a thousand,
 * and to find and open them takes most of the start. What only some configurations need, and what instruments other libraries, stays where npm put it.
 */
const external = [
  '@aws-sdk/*',
  '@fastify/otel',
  '@opentelemetry/exporter-*',
  '@opentelemetry/instrumentation*',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-*',
  'ioredis',
  'jose',
  'piscina'
]

const { outputFiles } = await build({
  entryPoints: { server: 'src/server.ts', worker: 'src/compute/worker.ts', cli: 'src/cli/main.ts' },
  // All in one folder: what starts the worker looks for it beside itself, into whichever file it came.
  outdir: 'dist/src',
  bundle: true,
  splitting: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external,
  legalComments: 'inline',
  logLevel: 'warning',
  // Libraries in CommonJS ask for modules of Node.js by themselves.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"
  }
})
/** What a process starts with. */
const isEntry = (path) => /[/\\](server|cli)\.js$/.test(path)
for (const { name, contents } of await buildPage())
  outputFiles.unshift({ path: resolve('dist/page', name), contents })
// Each at once, and what is loaded first last: a process that starts meanwhile has all of the one build or of the
// other.
for (const { path, contents } of outputFiles.sort(
  (one, other) => Number(isEntry(one.path)) - Number(isEntry(other.path))
)) {
  await mkdir(dirname(path), { recursive: true })
  const unfinished = `${path}.${process.pid}`
  await writeFile(unfinished, contents)
  if (path.endsWith('cli.js')) await chmod(unfinished, 0o755)
  await rename(unfinished, path)
}
// Files of earlier builds. A service that still runs such a build may load them, so only with the option.
if (process.argv.includes('--clean')) {
  const built = new Set(outputFiles.map(({ path }) => path))
  const files = (await readdir('dist', { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  for (const { parentPath, name } of files)
    if (!built.has(resolve(parentPath, name))) await rm(resolve(parentPath, name))
}
