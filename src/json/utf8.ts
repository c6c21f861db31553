const encoder = new TextEncoder()

/** Bytes of a text in UTF-8; a lone surrogate counts as U+FFFD. In Node.js and in a browser. */
export function utf8Bytes (text: string): number {
  return encoder.encode(text).length
}
