import { AsyncLocalStorage } from 'node:async_hooks'

const SERVICE_NAME = 'personalize-kms'
const LONGEST = 64
/** Credentials are asked for deep inside the SDK, which hands nothing of a request on to them. */
const requestIds = new AsyncLocalStorage<string | undefined>()

/** Makes a call on behalf of a request: what has to be done for it meanwhile bears its id. */
export function onBehalfOf<T> (requestId: string | undefined, call: () => Promise<T>): Promise<T> {
  return requestIds.run(requestId, call)
}

/**
 * What CloudTrail shows of a session: the service, then the id of the request for which the role was assumed. The session serves other requests, too,
 * as long as it lasts. A name that callers choose freely could be one that a policy trusts; so ours goes first.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (RoleSessionName: 2 to 64 of `\w+=,.@-`)
 */
export function sessionName (): string {
  const requestId = requestIds.getStore()
  return requestId === undefined ? SERVICE_NAME : `${SERVICE_NAME}-${requestId.replace(/[^\w+=,.@-]/g, '-')}`.slice(0, LONGEST)
}
