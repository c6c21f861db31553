import { createReadStream } from 'node:fs'
import process from 'node:process'
import { findJsonError } from '../json/json-error.js'
import { faultInJsonText } from '../json/strict-json.js'
import { CommandError } from './exit.js'

/** More is no usage, policy or plan that the command could check in reasonable time. */
const MAX_BYTES = 256 * 1024 * 1024

/** The text of a file, or of standard input for `-`. A byte order mark is dropped. */
export async function readText (path: string): Promise<string> {
  try {
    return textOf(await readBytes(path === '-' ? process.stdin : createReadStream(path), path))
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(`${nameOf(path)} cannot be read: ${reasonOf(error)}`)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ECONNREFUSED: 'the connection is refused',
  ENOTFOUND: 'there is no such host'
}

export function reasonOf (error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error))
}

/** Windows PowerShell redirects to UTF-16. */
function textOf (bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}

/** Reads no further than the limit: a pipe, unlike a file, need not end. */
async function readBytes (stream: AsyncIterable<unknown>, path: string): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of stream) {
    if (!Buffer.isBuffer(part)) throw new TypeError('a stream without an encoding gives buffers')
    length += part.length
    if (length > MAX_BYTES) throw new CommandError(`${nameOf(path)} is larger than ${MAX_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts, length)
}

export function nameOf (path: string): string {
  return path === '-' ? 'standard input' : path
}

/** The value in a JSON or YAML file, or in standard input. Throws with file, line and column where it is neither. */
export async function readData (path: string): Promise<unknown> {
  return await parseData(await readText(path), path)
}

/** By the name of the file; standard input and other names are JSON if they begin like it. */
export async function parseData (text: string, path: string): Promise<unknown> {
  const isJson = /\.json$/i.test(path) || (!/\.ya?ml$/i.test(path) && /^\s*[[{]/.test(text))
  return isJson ? parseJsonText(text, path) : (await import('./parse-yaml.js')).parseYamlText(text, nameOf(path))
}

/** JSON as it stands; throws with file, line and column where it is none. */
export function parsePlainJson (text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const found = findJsonError(text)
    if (found === undefined) throw new CommandError(`${nameOf(path)}: not JSON: ${reasonOf(error)}`)
    throw new CommandError(`${nameOf(path)}:${found.line}:${found.column}: not JSON: ${found.what}`)
  }
}

/** The same, and what parsing would lose in silence is refused, as the service does. */
function parseJsonText (text: string, path: string): unknown {
  const value = parsePlainJson(text, path)
  const fault = faultInJsonText(text)
  if (fault !== undefined) throw new CommandError(`${nameOf(path)}: ${fault.pointer} ${fault.what}`)
  return value
}
