const FORM = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/
/** Four digits alone are a year. */
const EPOCH = /^-?(?!\d{4}$)\d{1,15}(?:\.\d{1,9})?$/

/**
 * Reads a date of a Date condition, in milliseconds since the epoch: the W3C profile of ISO 8601, or epoch seconds.
 * A time without zone is UTC. Undefined for anything else, an impossible date included.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
 */
export function parseDateTime (text: string): number | undefined {
  if (EPOCH.test(text)) return Number(text) * 1000
  const match = FORM.exec(text.toUpperCase())
  if (match === null) return undefined
  const part = (group: number, otherwise: number): number => Number(match[group] ?? otherwise)
  const [year, month, day, hour, minute, second] = [
    part(1, 0),
    part(2, 1),
    part(3, 1),
    part(4, 0),
    part(5, 0),
    part(6, 0)
  ] as const
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 24 || minute > 59 || second > 60)
    return undefined
  const fraction = match[7] === undefined ? 0 : Number(`0.${match[7]}`) * 1000
  return Date.UTC(year, month - 1, day, hour, minute, second) + fraction - zoneOffset(match[8])
}

function daysIn (year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

function zoneOffset (zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0
  const sign = zone.startsWith('-') ? -1 : 1
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))) * 60_000
}

/**
 * A decimal number of any length, exact: policies compare account-sized integers, which a float would round.
 * `digits` without leading zeros, `fraction` without trailing ones; zero is never negative.
 */
export interface Decimal {
  negative: boolean
  digits: string
  fraction: string
}

/** Reads an integer or decimal; undefined for anything else, trailing text included. */
export function parseDecimal (text: string): Decimal | undefined {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', part = ''] = match
  const digits = whole.replace(/^0+/, '')
  const fraction = withoutTrailingZeros(part)
  return { negative: sign === '-' && (digits !== '' || fraction !== ''), digits, fraction }
}

function withoutTrailingZeros (text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === '0') end--
  return text.slice(0, end)
}

/** Below, equal to or above zero as `a` is below, equal to or above `b`. */
export function compareDecimals (a: Decimal, b: Decimal): number {
  if (a.negative !== b.negative) return a.negative ? -1 : 1
  const size = compareMagnitudes(a, b)
  return a.negative ? -size : size
}

function compareMagnitudes (a: Decimal, b: Decimal): number {
  if (a.digits.length !== b.digits.length) return a.digits.length - b.digits.length
  const left = `${a.digits}.${a.fraction}`
  const right = `${b.digits}.${b.fraction}`
  return left < right ? -1 : left > right ? 1 : 0
}

/** An IP address as its bytes: 4 or 16 of them. */
export type Address = readonly number[]

/** A CIDR block, or a bare address as the block that holds it alone. */
export interface AddressBlock {
  address: Address
  prefix: number
}

/** Reads `203.0.113.0/24`, `2001:db8::/32` or a bare address; undefined for anything else. */
export function parseAddressBlock (text: string): AddressBlock | undefined {
  const slash = text.indexOf('/')
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  const bits = address.length * 8
  const prefix = slash === -1 ? bits : parseWholeNumber(text.slice(slash + 1), bits)
  return prefix === undefined ? undefined : { address, prefix }
}

/** Reads an IPv4 or IPv6 address in any of its spellings; undefined for anything else. */
export function parseAddress (text: string): Address | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text)
}

/** Whether the block holds the address. IPv4 and IPv6 are apart: `0.0.0.0/0` holds no IPv6 address. */
export function blockHolds (block: AddressBlock, address: Address): boolean {
  if (block.address.length !== address.length) return false
  return block.address.every((byte, i) => {
    const ignored = Math.min(8, Math.max(0, 8 * (i + 1) - block.prefix))
    return (byte ^ Number(address[i])) >> ignored === 0
  })
}

function parseWholeNumber (text: string, max: number): number | undefined {
  if (!/^\d{1,3}$/.test(text) || Number(text) > max) return undefined
  return Number(text)
}

function parseV4 (text: string): Address | undefined {
  const parts = text.split('.')
  const bytes = parts.map((part) => parseWholeNumber(part, 255))
  return bytes.length === 4 && bytes.every((byte) => byte !== undefined) ? bytes : undefined
}

function parseV6 (text: string): Address | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half, i) => parseGroups(half, i === halves.length - 1))
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  if (tail === undefined) return head.length === 16 ? head : undefined
  const zeros = 16 - head.length - tail.length
  return zeros < 2 ? undefined : [...head, ...Array<number>(zeros).fill(0), ...tail]
}

/** Colon-separated groups as bytes; where the address ends, the last may be an IPv4 address. */
function parseGroups (text: string, ends: boolean): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    const v4 = ends && i === groups.length - 1 && group.includes('.') ? parseV4(group) : undefined
    if (v4 !== undefined) bytes.push(...v4)
    else if (/^[0-9a-fA-F]{1,4}$/.test(group)) bytes.push(parseInt(group, 16) >> 8, parseInt(group, 16) & 255)
    else return undefined
  }
  return bytes
}
