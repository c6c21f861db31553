/**
 * The JSON text of a policy document as IAM sends it: URL-encoded (RFC 3986, `+` stays `+`). IAM's emulators
 * send some documents plain, so text that already is JSON stays as it is; a document never starts with `%`.
 * What is neither stays as it came: whoever parses it reports the malformed policy.
 */
export function decodePolicyText (text: string): string {
  if (isJson(text)) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function isJson (text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
