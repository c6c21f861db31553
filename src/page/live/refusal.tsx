import type { VNode } from 'preact'
import { Prose } from '../../formats/html/text.js'
import { TextLine } from '../parts/fields.js'
import type { AccessNeed, Outcome } from '../report/outcome.js'
import { capitalized } from '../state/field-faults.js'

const SCOPE = 'verify:live'

/** What a refusal of a live verification means, and what to do. */
export function Refusal ({
  outcome: { problem, needs, retryAfterSeconds },
  token,
  onToken,
  onVerify
}: {
  outcome: Extract<Outcome, { phase: 'refused' }>
  token: string
  onToken: (token: string) => void
  onVerify: () => void
}): VNode {
  return (
    <>
      <p>
        <Prose text={capitalized(problem.detail)} />
      </p>
      {problem.status < 500 || problem.instance === undefined ? null : (
        <p class='p-hint'>
          Request id: <code>{problem.instance}</code>
        </p>
      )}
      {needs === undefined ? null : <Access needs={needs} />}
      {needs?.scheme === 'bearer' ? <TokenField token={token} onToken={onToken} onVerify={onVerify} /> : null}
      {retryAfterSeconds === undefined ? null : <p>Try again in {retryAfterSeconds} seconds.</p>}
      {problem.code === 'AWS_CREDENTIALS_UNAVAILABLE' ? <p>Write, Check and Explain work without.</p> : null}
      {problem.errors.length === 0 ? null : (
        <ul>
          {problem.errors.map(({ pointer, detail }) => (
            <li key={pointer + detail}>{capitalized(`${pointer} ${detail}`.trim())}</li>
          ))}
        </ul>
      )}
    </>
  )
}

function Access ({ needs: { scheme, missingScope } }: { needs: AccessNeed }): VNode {
  if (missingScope !== undefined) {
    return (
      <p>
        You are known to the service, but without the scope <code>{missingScope}</code>. Request it where your{' '}
        {scheme === 'bearer' ? 'tokens are issued' : 'gateway manages access'}.
      </p>
    )
  }
  return scheme === 'bearer' ? (
    <p>
      The service takes an access token with the scope <code>{SCOPE}</code> (<code>AUTH_MODE=jwt</code>). Write, Check
      and Explain need none.
    </p>
  ) : (
    <p>
      The request has to come through the gateway that identifies callers, with the scope <code>{SCOPE}</code> (
      <code>AUTH_MODE=gateway</code>). Sign in there and reload the page. Write, Check and Explain need no scope.
    </p>
  )
}

function TokenField ({
  token,
  onToken,
  onVerify
}: {
  token: string
  onToken: (token: string) => void
  onVerify: () => void
}): VNode {
  return (
    <form
      class='p-field p-token'
      aria-label='Access token'
      onSubmit={(event) => {
        event.preventDefault()
        onVerify()
      }}
    >
      <TextLine
        id='token'
        label='Access token'
        hint='Kept in this tab only, until it is closed or reloaded.'
        value={token}
        onInput={(text) => onToken(text.trim())}
      />
    </form>
  )
}
