import { type Command, InvalidArgumentError, Option } from 'commander'

/** Options that describe a usage without a file. */
export interface UsageOptions {
  operations?: string[]
  role?: string[]
  key?: string[]
  location?: string[]
  accountId?: string
  region?: string
  profile?: string
  sourceConditions?: string
  delegateToIam?: boolean
}

export function collect (value: string, list: readonly string[] = []): string[] {
  return [...list, value]
}

/** The same for some names alone: the choices of an option are not checked where it has a parser of its own. */
export function collectOf (names: readonly string[]): typeof collect {
  return (value, list) => {
    if (names.includes(value)) return collect(value, list)
    throw new InvalidArgumentError(`It must be one of ${names.join(', ')}.`)
  }
}

export function collectNames (value: string, list: readonly string[] = []): string[] {
  const names = value.split(',').map((name) => name.trim())
  return [...list, ...names.filter((name) => name !== '')]
}

export function integer (value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(value)
}

/** The values are checked with those of a file, by the schema. */
export function addUsageOptions (command: Command): Command {
  return command
    .option('--operations <names>', 'operations, separated by commas, e.g. datasetGroup,datasetExportJob', collectNames)
    .option('--role <arn>', 'service role (repeatable)', collect)
    .option('--key <arn>', 'KMS key (repeatable)', collect)
    .option('--location <uri>', 'place in Amazon S3: s3://bucket/folder/, or of a plan ADDRESS=folder/ (repeatable)', collect)
    .option('--account-id <id>', 'account that runs Amazon Personalize (default: that of the first role)')
    .option('--region <region>', 'Region of Amazon Personalize (default: that of the first key)')
    .addOption(new Option('--profile <profile>', 'what is required').choices(['documented', 'derived']))
    .addOption(
      new Option('--source-conditions <kind>', 'aws:SourceAccount and aws:SourceArn in the key policy').choices([
        'none',
        'ifExists',
        'strict'
      ])
    )
    .option('--no-delegate-to-iam', 'leave out the statement for the account root')
}
