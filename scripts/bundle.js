import { Buffer } from 'node:buffer'
import { readdir, readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { buildPage } from '../src/page/build.js'
import { thirdPartyNotices } from './notices.js'

/**
 * Service and command as few files: as they are published, the sources and libraries are a thousand, and to find and
 * open them takes most of the start.
 *
 * A package that the sources import is built into `dist`, or it is loaded from `node_modules`. These are loaded: what
 * only some configurations need, what instruments other libraries, and what starts threads from files of its own. They
 * and what they ask for (`peerDependencies`) are the `dependencies` of package.json, and all that is installed beside
 * `dist`. What is built in is among the `devDependencies`, and is shipped nevertheless: `npm run check:supply` holds
 * both lists against this build.
 */
const LOADED = [
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

/** The files of Swagger UI are served as they are. */
const SWAGGER_UI = 'node_modules/@fastify/swagger-ui'

/**
 * @returns {Promise<{ files: Array<{ path: string; contents: Uint8Array }>; bundled: string[]; loaded: string[] }>}
 *   the files of `dist` by absolute path; the folders of the packages that are built in, and the names of those that
 *   are loaded
 */
export async function bundle () {
  const { outputFiles, metafile } = await buildProgram()
  const outputs = Object.values(metafile.outputs)
  const page = await buildPage((more) => outputs.push(...Object.values(more)))
  const bundled = packageFolders(outputs)
  const files = [
    ...outputFiles.map(({ path, contents }) => ({ path, contents })),
    ...page.map(({ name, contents }) => ({ path: resolve('dist/page', name), contents })),
    ...(await swaggerUi()),
    { path: resolve('dist/THIRD-PARTY-NOTICES.txt'), contents: Buffer.from(await thirdPartyNotices(bundled)) }
  ]
  return { files, bundled, loaded: loadedPackages(outputs) }
}

async function buildProgram () {
  return await build({
    entryPoints: { server: 'src/server.ts', worker: 'src/compute/worker.ts', cli: 'src/cli/main.ts' },
    // All in one folder: what starts the worker looks for it beside itself, into whichever file it came.
    outdir: 'dist/src',
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: LOADED,
    legalComments: 'inline',
    logLevel: 'warning',
    // Libraries in CommonJS ask for modules of Node.js by themselves.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"
    }
  })
}

async function swaggerUi () {
  const folder = join(SWAGGER_UI, 'static')
  return await Promise.all(
    (await readdir(folder)).map(async (name) => ({
      path: resolve('dist/swagger-ui', name),
      contents: await readFile(join(folder, name))
    }))
  )
}

const sorted = (values) => [...new Set(values)].sort()

/** Of all files that left something in an output, the folders of their packages. */
function packageFolders (outputs) {
  const inputs = outputs.flatMap((output) => Object.entries(output.inputs))
  const paths = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path)
  return sorted(paths.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
}

function loadedPackages (outputs) {
  const imports = outputs.flatMap((output) => output.imports).filter(({ external }) => external)
  const names = imports.map(({ path }) => path).filter((path) => !isBuiltin(path))
  return sorted(names.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)[0]))
}
