/**
 * SHA-256 (FIPS 180-4) for the browser, whose own is asynchronous. The build of the page puts it in the place of
 * `node:crypto`: the ids of findings are digests of short texts.
 */

const PRIMES = primes(64)
const INITIAL = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)))
const CONSTANTS = PRIMES.map((prime) => fraction(Math.cbrt(prime)))

/** The digest of a text in UTF-8, in hexadecimal, as `hash()` of `node:crypto` gives it. */
export function hash (algorithm: 'sha256', text: string): string {
  if (algorithm !== 'sha256') throw new RangeError(`no digest ${algorithm}`)
  const view = padded(new TextEncoder().encode(text))
  const state = new Uint32Array(INITIAL)
  for (let at = 0; at < view.byteLength; at += 64) compress(state, schedule(view, at))
  return [...state].map((word) => word.toString(16).padStart(8, '0')).join('')
}

function padded (bytes: Uint8Array): DataView {
  const message = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64)
  message.set(bytes)
  message[bytes.length] = 0x80
  const view = new DataView(message.buffer)
  view.setBigUint64(message.length - 8, BigInt(bytes.length) * 8n)
  return view
}

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

function schedule (view: DataView, at: number): Uint32Array {
  const words = new Uint32Array(64)
  const word = (index: number): number => words[index] ?? 0
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(at + i * 4)
  for (let i = 16; i < 64; i++) {
    const [a, b] = [word(i - 15), word(i - 2)]
    const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)
    const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10)
    words[i] = word(i - 16) + s0 + word(i - 7) + s1
  }
  return words
}

function compress (state: Uint32Array, words: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (const [i, word] of words.entries()) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const first = (h + s1 + ((e & f) ^ (~e & g)) + (CONSTANTS[i] ?? 0) + word) >>> 0
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) >>> 0
    ;[a, b, c, d, e, f, g, h] = [(first + second) >>> 0, a, b, c, (d + first) >>> 0, e, f, g]
  }
  for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] ?? 0) + value
}

/** The first 32 bits of the fractional part. */
function fraction (value: number): number {
  return Math.floor((value - Math.floor(value)) * 2 ** 32)
}

function primes (count: number): number[] {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate++)
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate)
  return found
}
