import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { basename, dirname, extname, join, relative } from 'node:path'
import { fileURLToPath, URL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, transform } from 'esbuild'

/**
 * Builds the page at `/`: `index.html`, and under `assets/` files whose names contain a hash of their contents. Each
 * also compressed by gzip. `scripts/build.js` writes them to `dist/page`; where the sources run as they are,
 * `routes/page.ts` calls this at the first request.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SCHEMAS = join(ROOT, 'schemas')
const PAGE = join(ROOT, 'src/page')

/**
 * @param {(outputs: object) => void} [onOutputs] receives esbuild's list of what went into the scripts
 * @returns {Promise<Array<{ name: string; contents: Uint8Array }>>} names relative to the folder of the page
 */
export async function buildPage (onOutputs) {
  const [style, script] = await Promise.all([buildStyle(), buildScripts(onOutputs)])
  const files = [style, ...script.files]
  const html = { name: 'index.html', contents: Buffer.from(indexHtml(style.name, script)) }
  return [html, ...files].flatMap((file) => [
    file,
    { name: `${file.name}.gz`, contents: gzipSync(file.contents, { level: 9 }) }
  ])
}

/** What a module of ours exports, with all that it imports. */
async function evaluate (contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'error'
  })
  return await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}

async function buildStyle () {
  const { PAGE_STYLE } = await evaluate("export { PAGE_STYLE } from './src/page/style.ts'")
  const { code } = await transform(PAGE_STYLE, { loader: 'css', minify: true, logLevel: 'error' })
  const contents = Buffer.from(code)
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 8).toUpperCase()
  return { name: `assets/page-${hash}.css`, contents }
}

async function buildScripts (onOutputs) {
  const { outputFiles, metafile } = await build({
    entryPoints: { app: join(PAGE, 'app.tsx') },
    absWorkingDir: ROOT,
    outdir: join(ROOT, 'dist/page/assets'),
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    alias: { 'node:crypto': join(PAGE, 'engine/sha256.ts') },
    plugins: [schemasAsData],
    legalComments: 'none',
    logLevel: 'warning'
  })
  onOutputs?.(metafile.outputs)
  const names = Object.entries(metafile.outputs).map(([path, output]) => ({
    name: `assets/${basename(path)}`,
    entryPoint: output.entryPoint ?? '',
    imports: output.imports.filter(({ kind }) => kind === 'import-statement').map((each) => `assets/${basename(each.path)}`)
  }))
  const named = (entryPoint) => names.find((each) => each.entryPoint === entryPoint)
  const app = named('src/page/app.tsx')
  const generation = named('src/page/engine/generation.ts')
  return {
    files: outputFiles.map(({ path, contents }) => ({ name: `assets/${basename(path)}`, contents })),
    app: app.name,
    // What the first view needs; loaded together with the app instead of after it.
    preloads: [...new Set([...app.imports, generation.name, ...generation.imports])]
  }
}

/**
 * The schemas as they are once evaluated: without the library that they are written with, which is a quarter of the
 * engine and evaluates code that it makes.
 */
const schemasAsData = {
  name: 'schemas-as-data',
  setup (page) {
    let modules
    page.onLoad({ filter: /[\\/]schemas[\\/][^\\/]+\.ts$/ }, async ({ path }) => {
      if (dirname(path) !== SCHEMAS) return undefined
      modules ??= readSchemas()
      const exported = Object.entries((await modules)[basename(path, '.ts').replaceAll('-', '_')])
      const lines = exported
        .filter(([, value]) => typeof value !== 'function')
        .map(([name, value]) => [name, name === 'namedSchemas' ? reachable(value) : withoutDescriptions(value)])
        .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)}`)
      return { contents: lines.join('\n'), loader: 'js' }
    })
  }
}

/** The bodies that the page checks. */
const BODIES = ['PoliciesRequest', 'VerifyDocumentsRequest', 'ExplainRequest']

/** Of all schemas those that the bodies refer to, directly or not. */
function reachable (schemas) {
  const byId = new Map(schemas.map((schema) => [schema.$id, schema]))
  const found = new Set()
  const follow = (id) => {
    if (found.has(id)) return
    found.add(id)
    for (const [, other] of JSON.stringify(byId.get(id)).matchAll(/"\$ref":"([^"#]+)#"/g)) follow(other)
  }
  BODIES.forEach(follow)
  return withoutDescriptions([...found].map((id) => byId.get(id)))
}

/** No examples; of the descriptions only that of a pattern is shown, where it is missed. */
function withoutDescriptions (schemas) {
  return JSON.parse(JSON.stringify(schemas), (_, value) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value) || typeof value.description !== 'string') return value
    const { description, examples: __, ...rest } = value
    return value.pattern === undefined ? rest : { ...rest, description }
  })
}

async function readSchemas () {
  const files = (await readdir(SCHEMAS)).filter((name) => extname(name) === '.ts')
  return await evaluate(
    files
      .map((name) => `export * as ${basename(name, '.ts').replaceAll('-', '_')} from './${relative(ROOT, SCHEMAS)}/${name}'`)
      .join('\n')
  )
}

function indexHtml (style, { app, preloads }) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>Amazon Personalize KMS policies</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${style}">
${preloads.map((name) => `<link rel="modulepreload" href="${name}">`).join('\n')}
<script type="module" src="${app}"></script>
</head>
<body>
<div id="app"></div>
<noscript><p>This page computes the policies in the browser and needs JavaScript. Without it, use the <a href="docs">API</a>.</p></noscript>
</body>
</html>
`
}
