import type { Ajv } from 'ajv'
import { BlockList, isIP } from 'node:net'
import { blockHolds, parseAddressBlock } from '../iam/ip-address.js'

/** Signatures that only the holder of a private key can make. A shared secret (HS256) would let every verifier sign, `none` everybody. */
export const JWT_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** What a variable of each format must be, in words. */
export const FORMAT_FAULTS: Record<string, string> = {
  'trusted-proxies': 'must be a number of hops, or addresses and CIDR blocks divided by commas (never "true", and never everyone together)',
  'public-url': 'must be an absolute http or https URL without query, fragment, credentials or empty path segments',
  'jwks-url': 'must be an https URL (http on a loopback address only)',
  'jwt-algorithms': `must be some of ${JWT_ALGORITHMS.join(', ')}, divided by commas`,
  'header-name': 'must be the name of an HTTP header that has no meaning in HTTP itself',
  'redis-url': 'must be a redis: or rediss: URL'
}

export function addFormats (ajv: Ajv): Ajv {
  return ajv
    .addFormat('trusted-proxies', isTrustedProxies)
    .addFormat('public-url', isPublicUrl)
    .addFormat('jwks-url', isJwksUrl)
    .addFormat('jwt-algorithms', (value) => listOf(value).length > 0 && listOf(value).every((name) => JWT_ALGORITHMS.includes(name)))
    .addFormat('header-name', isOwnHeader)
    .addFormat('redis-url', (value) => URL.canParse(value) && /^rediss?:$/.test(new URL(value).protocol))
}

/** Headers that HTTP, proxies or browsers set or interpret: a client sets them for other reasons than to name a caller. */
const HTTP_HEADERS = new RegExp(`^(${[
  'host', 'connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'content-.*', 'accept', 'accept-.*',
  'authorization', 'proxy-.*', 'cookie', 'set-cookie', 'forwarded', 'via', 'x-forwarded-.*', 'x-real-ip', 'if-.*', 'range', 'date', 'age',
  'origin', 'referer', 'user-agent', 'cache-control', 'pragma', 'max-forwards', 'sec-.*', 'traceparent', 'tracestate', 'x-request-id'
].join('|')})$`)

function isOwnHeader (value: string): boolean {
  return /^[A-Za-z0-9-]{1,64}$/.test(value) && !HTTP_HEADERS.test(value.toLowerCase())
}

/** The items of a list divided by commas. */
export function listOf (value: string): string[] {
  return value.split(',').map((item) => item.trim()).filter((item) => item !== '')
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether only this machine reaches the host: a loopback address (RFC 1122, RFC 4291), or `localhost`. */
export function isLoopback (host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  const version = isIP(address)
  return version === 0 ? address === 'localhost' : loopback.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/** Hops are a number; anything else that passes the format is addresses. */
export function isHops (proxies: string): boolean {
  return /^\d{1,2}$/.test(proxies)
}

const NAMED_RANGES = ['loopback', 'linklocal', 'uniquelocal']

function isTrustedProxies (value: string): boolean {
  if (isHops(value)) return true
  return value.split(',').map((part) => part.trim()).every((part) => NAMED_RANGES.includes(part) || isAddressBlock(part)) && !isEveryone(value)
}

/** Whether the blocks together are all addresses of a family. Two blocks are disjoint, or one holds the other. */
function isEveryone (value: string): boolean {
  const blocks = listOf(value).flatMap((part) => parseAddressBlock(part) ?? [])
  const outermost = blocks.filter((block, i) => !blocks.some((other, j) => i !== j && blockHolds(other, block.address) &&
    (other.prefix < block.prefix || (other.prefix === block.prefix && j < i))))
  const share = (bytes: number): number => outermost.filter(({ address }) => address.length === bytes).reduce((sum, { prefix }) => sum + 2 ** -prefix, 0)
  return share(4) >= 1 || share(16) >= 1
}

function isAddressBlock (part: string): boolean {
  const [address = '', prefix, ...rest] = part.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  // A prefix of 0 would be everybody.
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128))
}

function isPublicUrl (value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, pathname, search, hash, username, password } = new URL(value)
  return /^https?:$/.test(protocol) && !pathname.includes('//') && search + hash + username + password === ''
}

/** Whoever can change the keys on their way can sign for anybody. */
function isJwksUrl (value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, hostname, username, password } = new URL(value)
  return username + password === '' && (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname)))
}
