/**
 * Credentials as the SDK's own variables give them, and none of the machine's: no profile, no instance metadata.
 * For clients made after the call; undone by the function it returns.
 */
export function useFakeCredentials (variables: Record<string, string> = {}): () => void {
  const wanted: Record<string, string | undefined> = {
    ...Object.fromEntries(
      Object.keys(process.env)
        .filter((name) => name.startsWith('AWS_'))
        .map((name) => [name, undefined])
    ),
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    ...withoutMachine,
    ...variables
  }
  return setVariables(wanted)
}

export function useNoCredentials (): () => void {
  return setVariables({
    ...withoutMachine,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined
  })
}

const withoutMachine = {
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true'
}

function setVariables (wanted: Record<string, string | undefined>): () => void {
  const before = Object.keys(wanted).map((name) => [name, process.env[name]] as const)
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) Reflect.deleteProperty(process.env, name)
    else process.env[name] = value
  }
  for (const [name, value] of Object.entries(wanted)) set(name, value)
  return () => {
    for (const [name, value] of before) set(name, value)
  }
}
