import { setImmediate } from 'node:timers/promises'

const PARTS = [
  async () => await import('@aws-sdk/credential-providers'),
  async () => await import('@aws-sdk/client-sts'),
  async () => await import('@aws-sdk/client-kms'),
  async () => await import('@aws-sdk/client-iam'),
  async () => await import('@aws-sdk/client-organizations')
]

/** Loads the AWS SDK part by part. As a whole it holds the event loop for 150 ms, and with it every other request. */
export async function loadSdk (): Promise<void> {
  for (const load of PARTS) {
    await load()
    await setImmediate()
  }
}
