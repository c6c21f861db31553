/** An IP address as its bytes: 4 or 16 of them. */
export type Address = readonly number[]

/** A CIDR block, or a bare address as the block that holds it alone. */
export interface AddressBlock { address: Address, prefix: number }

/** Reads `203.0.113.0/24`, `2001:db8::/32` or a bare address; undefined for anything else. */
export function parseAddressBlock (text: string): AddressBlock | undefined {
  const slash = text.indexOf('/')
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  const bits = address.length * 8
  const prefix = slash === -1 ? bits : parseDecimal(text.slice(slash + 1), bits)
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

function parseDecimal (text: string, max: number): number | undefined {
  if (!/^\d{1,3}$/.test(text) || Number(text) > max) return undefined
  return Number(text)
}

function parseV4 (text: string): Address | undefined {
  const parts = text.split('.')
  const bytes = parts.map((part) => parseDecimal(part, 255))
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
