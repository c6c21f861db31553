/** Once as IAM does it; once more where a proxy or an export did it again. */
const MOST_ENCODINGS = 3

/**
 * The JSON text of a policy document as IAM sends it: URL-encoded (RFC 3986, `+` stays `+`). IAM's emulators
 * send some documents plain, so text that already is JSON stays as it is; a document never starts with `%`,
 * so what still does was encoded more than once. What is neither stays as it came: whoever parses it reports
 * the malformed policy.
 */
export function decodePolicyText (text: string): string {
  let decoded = text
  for (let count = 0; count < MOST_ENCODINGS && !isJson(decoded) && (count === 0 || decoded.startsWith('%')); count++) {
    try {
      decoded = decodeURIComponent(decoded)
    } catch {
      return decoded
    }
  }
  return decoded
}

function isJson (text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
