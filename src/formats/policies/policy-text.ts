import { NEW_KEY_ARN, type PolicyEntry } from './model.js'

/** The policy as JSON text; `newKeyArn` stands for the ARN of the key that does not exist yet. */
export function policyText (policy: object, newKeyArn: string, indent = 0): string {
  return JSON.stringify(policy, (_name, value: unknown) => (value === NEW_KEY_ARN ? newKeyArn : value), indent)
}

/** A word that occurs in none of the policies, so that it can stand for something else. */
export function unusedWord (word: string, entries: readonly PolicyEntry[]): string {
  const texts = entries.map(({ policy }) => policyText(policy, ''))
  let unused = word
  for (let count = 2; texts.some((text) => text.includes(unused)); count += 1) unused = `${word}_${count}`
  return unused
}

/**
 * The size limit of a document in bytes where white space counts; IAM does not count it.
 * https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
 */
const MAX_BYTES = { key: 32_768, bucket: 20_480, role: Infinity, trust: Infinity } as const

/** The policy for a file: indented, unless white space makes it too large for AWS. */
export function policyFile ({ kind, policy }: PolicyEntry, newKeyArn: string): string {
  const text = policyText(policy, newKeyArn, 2)
  return new TextEncoder().encode(text).length <= MAX_BYTES[kind] ? text : policyText(policy, newKeyArn)
}
