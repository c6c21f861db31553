import {
  GetCallerIdentityCommand,
  type GetCallerIdentityCommandInput,
  type GetCallerIdentityCommandOutput
} from '@aws-sdk/client-sts'
import { ended, type Outcome } from './call.js'
import type { AwsClients } from './clients.js'
import type { CredentialSource } from './credentials.js'
import type { DefineOperation, Scope } from './shared-call.js'

/** The account of the service's own credentials, as STS of a partition reports it. */
export type CallerAccount = (homeRegion: string, scope: Scope) => Promise<Outcome<string>>

/** Read when first needed, then cached: credentials are renewed, but remain of one account. */
export function createCallerAccount (
  define: DefineOperation,
  clients: AwsClients,
  credentials: CredentialSource
): CallerAccount {
  const cached = new Map<string, string>()
  const getCallerIdentity = define<GetCallerIdentityCommandInput, GetCallerIdentityCommandOutput>(
    'sts',
    'GetCallerIdentity',
    (place, input, options) => clients.sts(place).send(new GetCallerIdentityCommand(input), options)
  )

  return async (homeRegion, scope) => {
    // A provider of credentials may never settle (a process, a silent metadata endpoint): it is bounded as calls are.
    const known =
      cached.get(homeRegion) ??
      (await Promise.race([accountFromCredentials(credentials.own(homeRegion)), scope.ending]))
    if (known === undefined && scope.signal.aborted) return { ok: false, ...ended('GetCallerIdentity') }
    if (known !== undefined) return { ok: true, value: known }
    const outcome = await getCallerIdentity({ region: homeRegion, accountId: undefined }, '', {}, scope)
    if (!outcome.ok) return outcome
    const account = outcome.value.Account
    if (account === undefined)
      return {
        ok: false,
        why: 'GetCallerIdentity failed: the answer is empty',
        cause: 'malformedAnswer',
        missing: false
      }
    cached.set(homeRegion, account)
    return { ok: true, value: account }
  }
}

/** Some providers return the account with the credentials; plain access keys do not. */
async function accountFromCredentials (credentials: ReturnType<CredentialSource['own']>): Promise<string | undefined> {
  try {
    return (await credentials()).accountId
  } catch {
    return undefined // the call itself reports that there are no credentials
  }
}

/** Why nothing is reported of an account that the credentials are not of. */
export function foreign (
  what: string,
  accountId: string,
  callerAccount: string
): { state: 'notRead'; why: string; cause: 'accessDenied' } {
  return {
    state: 'notRead',
    why:
      `the credentials are of account ${callerAccount}; ${what} of account ${accountId} can ` +
      'only be read with its own',
    cause: 'accessDenied'
  }
}
