import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { ServiceError } from '../src/errors.js'
import { matchesEntityTag } from '../src/http/answer/json-answer.js'
import { requires } from '../src/http/docs/operation.js'

/** Scripts and style of the page itself; requests to this service only; no string ever becomes script or markup. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'"
].join('; ')

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8'
}

const ASSET = Type.Object({ name: Type.String() })

interface PageFile {
  name: string
  contents: Uint8Array
}

interface Variant {
  contents: Buffer
  tag: string
}

type Page = ReadonlyMap<string, Variant>

/**
 * The page for people at `/`, and its files. They are the same for every caller and contain nothing of the
 * configuration, so that no mode of authentication requires a token.
 */
export const pageRoutes: FastifyPluginAsyncTypebox = async (app) => {
  let loading: Promise<Page> | undefined
  const page = async (): Promise<Page> =>
    await (loading ??= loadPage().catch((error: unknown) => {
      loading = undefined
      throw error
    }))
  const config = requires('public')
  // For people: no part of the API, like the pages of Swagger UI.
  const schema = { hide: true }
  app.get('/', { config, schema }, async (request, reply) =>
    sendFile(fileOf(await page(), 'index.html', request), request, reply, {
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache'
    })
  )
  app.get('/assets/:name', { config, schema: { ...schema, params: ASSET } }, async (request, reply) =>
    sendFile(fileOf(await page(), `assets/${request.params.name}`, request), request, reply, {
      // The name contains a hash of the contents.
      'cache-control': 'public, max-age=31536000, immutable'
    })
  )
}

interface Selected extends Variant {
  type: string
  coding?: 'gzip'
}

function fileOf (page: Page, name: string, request: FastifyRequest): Selected {
  const type = TYPES[extname(name)]
  const plain = page.get(name)
  if (plain === undefined || type === undefined)
    throw new ServiceError('NOT_FOUND', 'There is no file of the page at this path.')
  const compressed = takesGzip(request) ? page.get(`${name}.gz`) : undefined
  return compressed === undefined ? { ...plain, type } : { ...compressed, type, coding: 'gzip' }
}

function sendFile (
  { contents, tag, type, coding }: Selected,
  request: FastifyRequest,
  reply: FastifyReply,
  headers: Record<string, string>
): FastifyReply {
  reply.headers({ ...headers, vary: 'Accept-Encoding', etag: tag })
  if (matchesEntityTag(request.headers['if-none-match'], tag)) return reply.code(304).send()
  reply.headers({ 'content-type': type, 'cross-origin-resource-policy': 'same-origin' })
  if (coding !== undefined) reply.header('content-encoding', coding)
  return reply.send(contents)
}

function takesGzip ({ headers: { 'accept-encoding': accepted = '' } }: FastifyRequest): boolean {
  return String(accepted)
    .split(',')
    .some((coding) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(coding))
}

async function loadPage (): Promise<Page> {
  const files = await (import.meta.url.endsWith('.ts') ? buildFromSources() : readBuilt())
  return new Map(
    files.map(({ name, contents }) => [
      name,
      { contents: Buffer.from(contents), tag: `"${hash('sha256', Buffer.from(contents), 'base64url')}"` }
    ])
  )
}

/** `scripts/build.js` puts the page beside the folder of the service. */
async function readBuilt (): Promise<PageFile[]> {
  const folder = fileURLToPath(new URL('../page', import.meta.url))
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  return await Promise.all(
    entries.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name)
      return { name: relative(folder, path).replaceAll('\\', '/'), contents: await readFile(path) }
    })
  )
}

/** Where the sources run as they are (development, tests): a build tool is there, and no built page is needed. */
async function buildFromSources (): Promise<PageFile[]> {
  const { buildPage }: { buildPage: () => Promise<PageFile[]> } = await import(
    new URL('../src/page/build.js', import.meta.url).href
  )
  return await buildPage()
}
