import { parseDateTime } from './date-time.js'
import type { Family } from './condition-operators.js'
import { parseDecimal } from './decimal.js'
import { parseAddressBlock } from './ip-address.js'

/** More digits than this in a number are not reckoned with, nor more values: there would be too many worlds anyway. */
const MAX_DIGITS = 100
const MAX_VALUES = 1_000

const VALUES: ReadonlyMap<Family, (texts: readonly string[]) => string[] | undefined> = new Map<Family, (texts: readonly string[]) => string[] | undefined>([
  ['numeric', numbersAround],
  ['date', datesAround],
  ['ip', addressesAround],
  ['boolean', () => ['true', 'false']]
])

/** Whether a family compares by more than text. */
export function isTyped (family: Family): boolean {
  return VALUES.has(family)
}

/** One value for each way to fare under these values of a policy, all of one family that is typed; undefined where they are beyond reckoning. */
export function typedValues (family: Family, texts: readonly string[]): string[] | undefined {
  return texts.length > MAX_VALUES ? undefined : VALUES.get(family)?.(texts)
}

/** Each number, one between each two, one below and one above all; exact, whatever their length. */
function numbersAround (texts: readonly string[]): string[] | undefined {
  const decimals = texts.map(parseDecimal).filter((decimal) => decimal !== undefined)
  if (decimals.some(({ digits, fraction }) => digits.length + fraction.length > MAX_DIGITS)) return undefined
  const places = Math.max(0, ...decimals.map(({ fraction }) => fraction.length)) + 1
  const scaled = decimals.map(({ negative, digits, fraction }) => BigInt(`${negative ? '-' : ''}${digits}${fraction.padEnd(places, '0')}`))
  const sorted = [...new Set(scaled)].sort((a, b) => a < b ? -1 : 1)
  const one = 10n ** BigInt(places)
  const found = sorted.flatMap((point, i) => {
    const next = sorted[i + 1]
    return [...(i === 0 ? [point - one] : []), point, next === undefined ? point + one : (point + next) / 2n]
  })
  return found.map((number) => decimalText(number, places))
}

function decimalText (scaled: bigint, places: number): string {
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(places + 1, '0')
  const fraction = digits.slice(-places).replace(/0+$/, '')
  return `${scaled < 0n ? '-' : ''}${digits.slice(0, -places)}${fraction === '' ? '' : `.${fraction}`}`
}

/** The same of dates, in epoch seconds. */
function datesAround (texts: readonly string[]): string[] {
  const sorted = [...new Set(texts.map(parseDateTime).filter((time) => time !== undefined))].sort((a, b) => a - b)
  const points = sorted.flatMap((point, i) => {
    const next = sorted[i + 1]
    return [...(i === 0 ? [point - 1000] : []), point, next === undefined ? point + 1000 : (point + next) / 2]
  })
  // One decimal at least: four digits alone would be a year. Past the first and the last date that can be written there is none.
  return points.map((time) => (time / 1000).toFixed(9).replace(/(\.\d+?)0+$/, '$1')).filter((text) => parseDateTime(text) !== undefined)
}

/** The first address of each block and the first behind it: blocks nest or are apart, so nothing else differs. */
function addressesAround (texts: readonly string[]): string[] {
  const found = new Set(['0.0.0.0', '::'])
  for (const { address, prefix } of texts.map(parseAddressBlock).filter((block) => block !== undefined)) {
    const bits = 8 * address.length
    const size = 1n << BigInt(bits - prefix)
    const number = address.reduce((sum, byte) => 256n * sum + BigInt(byte), 0n)
    const first = number - number % size
    for (const start of [first, first + size]) if (start < 1n << BigInt(bits)) found.add(addressText(start, bits))
  }
  return [...found]
}

function addressText (number: bigint, bits: number): string {
  const digits = number.toString(16).padStart(bits / 4, '0')
  return bits === 32
    ? digits.replace(/../g, (byte) => `${parseInt(byte, 16)}.`).slice(0, -1)
    : digits.replace(/..../g, (group) => `${parseInt(group, 16).toString(16)}:`).slice(0, -1)
}
