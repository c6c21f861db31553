/** KMS's JSON 1.1 and IAM's query/XML, as AWS documents their bytes. */
export interface FakeCall {
  service: 'kms' | 'iam'
  operation: string
  input: Record<string, unknown>
  /** The Region that the request is signed for. */
  region: string
  startedAt: number
}

export interface Reply { status: number, contentType: string, body: string, end?: 'cutOff' | 'hang' | 'reset' | 'trickle', afterMs?: number, until?: Promise<void> }

export const jsonReply = (body: unknown, status = 200): Reply =>
  ({ status, contentType: 'application/x-amz-json-1.1', body: JSON.stringify(body) })

export const xmlReply = (operation: string, result: string): Reply => ({
  status: 200,
  contentType: 'text/xml',
  body: `<${operation}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><${operation}Result>${result}</${operation}Result>` +
    '<ResponseMetadata><RequestId>df37e965-9967-11e1-a4c3-270EXAMPLE</RequestId></ResponseMetadata>' + `</${operation}Response>`
})

/** An exception of AWS's in the form of the service that was called. */
export function exceptionReply (call: FakeCall, status: number, code: string): Reply {
  const message = `${code} at http://internal.example/secret-token`
  if (call.service === 'kms') return jsonReply({ __type: code, message }, status)
  return {
    status,
    contentType: 'text/xml',
    body: '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>' +
      `<Type>${status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${code}</Code><Message>${message}</Message></Error>` +
      '<RequestId>df37e965-9967-11e1-a4c3-270EXAMPLE</RequestId></ErrorResponse>'
  }
}

export function xml (members: Record<string, string | boolean | undefined>): string {
  return Object.entries(members).map(([name, value]) => value === undefined ? '' : `<${name}>${escape(String(value))}</${name}>`).join('')
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)

/** The call in a request: KMS names its operation in `X-Amz-Target`, IAM in the form. */
export function readCall (headers: NodeJS.Dict<string | string[]>, body: string): FakeCall {
  const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(String(headers.authorization))?.[1] ?? ''
  const target = headers['x-amz-target']
  const startedAt = performance.now()
  if (typeof target === 'string') {
    const input: Record<string, unknown> = JSON.parse(body)
    return { service: 'kms', operation: target.replace('TrentService.', ''), input, region, startedAt }
  }
  const form = Object.fromEntries(new URLSearchParams(body))
  return { service: 'iam', operation: form.Action ?? '', input: form, region, startedAt }
}
