/**
 * A decimal number of any length, exact: policies compare account-sized integers, which a float would round.
 * `digits` without leading zeros, `fraction` without trailing ones; zero is never negative.
 */
export interface Decimal { negative: boolean, digits: string, fraction: string }

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
