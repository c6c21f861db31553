import { isObject, type JsonObject } from '../json/json.js'
import { CommandError } from './exit.js'
import { readData } from './input.js'
import type { UsageOptions } from './usage-options.js'

/** The usage that options describe; undefined where none of them is given. */
export function usageOfOptions (options: UsageOptions): JsonObject | undefined {
  const { operations, role, key, location, accountId, region, profile, sourceConditions, delegateToIam } = options
  const given = {
    operations,
    roleArns: role,
    kmsKeyArns: key,
    locations: location?.map((uri) => ({ uri })),
    accountId,
    region,
    profile,
    sourceConditions,
    // Commander makes `--no-…` true where it is not given.
    delegateToIam: delegateToIam === false ? false : undefined
  }
  const usage = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return Object.keys(usage).length === 0 ? undefined : usage
}

/** The input of a command: the file, or what the options describe; never both. */
export async function readUsage (file: string | undefined, options: UsageOptions): Promise<unknown> {
  const described = usageOfOptions(options)
  if (file !== undefined && described !== undefined)
    throw new CommandError('give the usage as a file or by options, not both')
  if (file !== undefined) return await readData(file)
  if (described !== undefined) return described
  throw new CommandError('no usage: name a file, - for standard input, or give --operations, --role and --key')
}

/** A file with the body of POST /verify holds the usage as a member. */
export function isRequest (value: unknown): value is JsonObject & { usage: unknown } {
  return isObject(value) && 'usage' in value
}
