import type { ObservedBucket, ObservedKey, ObservedRole, Read } from './policy-source.js'

/** How long after its signal a read may still report what it has, and one that begins only then. */
const PARTIAL_RESULT_MS = 1_000
const LATE_RESULT_MS = 100

/**
 * The read, or `fallback` soon after the signal has aborted: whatever a read waits for, such as a credential provider
 * that never settles, the report is made in time.
 */
export async function withinSignal<T> (reading: Promise<T>, signal: AbortSignal, fallback: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let expire = (_ms: number): void => {}
  const expired = new Promise<T>((resolve) => {
    expire = (ms) => {
      timer = setTimeout(() => {
        resolve(fallback())
      }, ms)
    }
  })
  const start = (): void => {
    expire(PARTIAL_RESULT_MS)
  }
  if (signal.aborted) expire(LATE_RESULT_MS)
  else signal.addEventListener('abort', start, { once: true })
  try {
    return await Promise.race([reading, expired])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', start)
  }
}

export const TIMED_OUT: Extract<Read<never>, { state: 'notRead' }> = {
  state: 'notRead',
  why: 'the read did not end in time',
  cause: 'timeout'
}

export function keyTimedOut (arn: string): ObservedKey {
  return { requestedArn: arn, kmsKeyArn: arn, metadata: TIMED_OUT, keyPolicy: TIMED_OUT, grants: TIMED_OUT }
}

export function roleTimedOut (roleArn: string): ObservedRole {
  const { why, cause } = TIMED_OUT
  return {
    roleArn,
    role: TIMED_OUT,
    trustPolicy: TIMED_OUT,
    identityPolicies: { read: [], lost: [{ name: 'all', why, cause }] },
    permissionsBoundary: TIMED_OUT
  }
}

export function bucketTimedOut (bucket: string): ObservedBucket {
  return bucketUnread(bucket, TIMED_OUT)
}

/** A bucket of which nothing was read. */
export function bucketUnread (bucket: string, read: Extract<Read<never>, { state: 'notRead' }>): ObservedBucket {
  return {
    bucket,
    region: read,
    bucketPolicy: read,
    encryption: read,
    ownershipControls: read,
    publicAccessBlock: read
  }
}
