/**
 * The settings with which all trials run: what production has, in one place. Ports are added where a process is
 * started.
 */
export const PRODUCTION: Readonly<Record<string, string>> = {
  HOST: '127.0.0.1',
  LOG_LEVEL: 'info',
  AUTH_MODE: 'gateway',
  TRUST_PROXY: '127.0.0.1/32',
  CALLER_HEADER: 'x-caller',
  SCOPES_HEADER: 'x-scopes',
  ACCESS_TABLE: 'reliability/access.json',
  // So high that it is counted but never reached: what is measured is the service, not the refusal.
  RATE_LIMIT: '10000000'
}

/** What the gateway of `AUTH_MODE=gateway` adds to a request. */
export const GATEWAY_HEADERS: Readonly<Record<string, string>> = {
  'x-caller': 'trial',
  'x-scopes': 'policies:generate verify:documents verify:live'
}

/** No credentials, no configuration file, no metadata service: what the machine has must not reach a trial. */
export const WITHOUT_AWS: Readonly<Record<string, string>> = {
  HOME: '/nonexistent',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true'
}

/** Credentials that only the fake of AWS takes. */
export function withFakeAws (url: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
  }
}
