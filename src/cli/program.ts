import process from 'node:process'
import { Command, CommanderError, Option } from 'commander'
import { VERSION } from '../version.js'
import { EXIT, FAIL_ON } from './exit.js'
import { FORMATS, POLICY_FORMATS, POLICY_KINDS } from './format-names.js'
import { printableLines } from './terminal.js'
import { addUsageOptions, collect, collectNames, collectOf, integer } from './usage-options.js'

const EXIT_CODES = `
Exit status: 0 pass, 1 fail, 2 indeterminate (all three are verdicts), 3 wrong arguments or input, or no answer.`

const ENVIRONMENT = `
Environment:
  PERSONALIZE_KMS_URL    address of a running service, as --url
  PERSONALIZE_KMS_TOKEN  bearer token for that service; there is no option for it
  NO_COLOR, FORCE_COLOR  turn colours off or on`

/** Runs the command line and resolves to its exit status. Never rejects for what a user or AWS can cause. */
export async function run (args: readonly string[]): Promise<number> {
  let status: number = EXIT.pass
  const program = createProgram((code) => {
    status = code
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return status
  } catch (error) {
    // Help and version end here, too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.error
    const { reportError } = await import('./report-error.js')
    return reportError(error)
  }
}

type SetStatus = (status: number) => void

function createProgram (setStatus: SetStatus): Command {
  const program = new Command('personalize-kms')
    .description('Generates and verifies the AWS KMS key policy and the IAM role policy that Amazon Personalize needs.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', `${EXIT_CODES}\n${ENVIRONMENT}`)
    .configureOutput({
      outputError: (text, write) => {
        write(printableLines(`personalize-kms: ${text}`))
      }
    })
    .exitOverride()
  for (const add of [addGenerate, addVerify, addVerifyDocuments, addExplain, addRequirements, addServe, addMcp])
    add(program, setStatus)
  return program
}

function command (program: Command, name: string, description: string): Command {
  // Options of the program, such as exitOverride, are inherited by what `command` creates.
  return program.command(name).description(description).showSuggestionAfterError().allowExcessArguments(false)
}

function addGenerate (program: Command): void {
  addUsageOptions(
    command(program, 'generate', 'write the policies that a usage needs')
      .argument('[usage]', 'usage as JSON or YAML; - reads standard input')
      .addOption(new Option('--policy <kind>', 'which policy').choices(POLICY_KINDS).default('all'))
      .addOption(
        new Option('--format <format>', 'form of the policies').choices(Object.keys(POLICY_FORMATS)).default('json')
      )
      .option('--existing-key-policy <file>', 'merge into this key policy')
      .option('--existing-role-policy <file>', 'merge into this permissions policy of the role')
      .option('--existing-bucket-policy <file>', 'merge into this bucket policy')
      .option('--compact', 'JSON without white space')
  ).action(async (file: string | undefined, options) => {
    const { generate } = await import('./generate.js')
    await generate(file, options)
  })
}

function addVerify (program: Command, setStatus: SetStatus): void {
  addReportOptions(
    addUsageOptions(
      command(program, 'verify', 'check the live policies in AWS, with your own AWS credentials or by a service')
        .argument('[request]', 'usage, or body of POST /verify, as JSON or YAML; - reads standard input')
        .option('--dataset-group <arn>', 'find what this dataset group uses, and check all of it')
        .option('--include <what>', 'with --dataset-group: failed, newest or both, separated by commas', collectNames)
        .option(
          '--newest <number>',
          'with --dataset-group: how many of the newest jobs of each kind (default: 5)',
          integer
        )
        .option('--wait <seconds>', 'read again until the verdict is pass, at most so long (0 to 120)', integer)
    )
  ).action(async (file: string | undefined, options) => {
    const { verifyLive } = await import('./verify.js')
    setStatus(await verifyLive(file, options))
  })
}

function addVerifyDocuments (program: Command, setStatus: SetStatus): void {
  addReportOptions(
    addUsageOptions(
      command(program, 'verify-documents', 'check policies in files, before they are applied; nothing is read from AWS')
        .argument('[request]', 'body of POST /verify/documents as JSON or YAML; - reads standard input')
        .option('--from <file>', 'Terraform plan (terraform show -json), CloudFormation template, or cdk.out folder')
        .option('--usage <file>', 'usage to check it by, as JSON or YAML')
        .option('--stack <name>', 'stack of a cdk.out folder')
        .option('--parameter <name=value>', 'value of a template parameter (repeatable)', collect, [])
    )
  ).action(async (file: string | undefined, options) => {
    const { verifyDocumentsCommand } = await import('./verify-documents.js')
    setStatus(await verifyDocumentsCommand(file, options))
  })
}

function addReportOptions (added: Command): Command {
  return added
    .option('--url <url>', 'let a running service do it (default: PERSONALIZE_KMS_URL)')
    .option(
      '--format <format[=file]>',
      `form of the report: ${Object.keys(FORMATS).join(', ')}; repeatable (default: table)`,
      collect,
      []
    )
    .option('--remediation-format <format[=file]>', `the change as ${Object.keys(POLICY_FORMATS).join(', ')}`)
    .addOption(
      new Option('--fail-on <what>', 'what makes the exit status 1; repeatable (default: error)')
        .choices(FAIL_ON)
        .argParser(collectOf(FAIL_ON))
    )
    .option('--artifact <path>', 'file that findings point at, in SARIF and annotations')
    .addHelpText('after', EXIT_CODES)
}

function addExplain (program: Command, setStatus: SetStatus): void {
  command(program, 'explain', 'explain an error of AWS: its causes, and the statement that fixes each')
    .argument('<message>', 'the message, the failureReason of a job, or a record of CloudTrail; - reads standard input')
    .addOption(
      new Option('--format <format>', 'form of the answer').choices(['text', 'markdown', 'json']).default('text')
    )
    .addHelpText('after', '\nExit status: 0 the text is known, 2 it is not, 3 wrong arguments or input.')
    .action(async (message: string, options) => {
      const { explainText } = await import('./explain.js')
      setStatus(await explainText(message, options))
    })
}

function addRequirements (program: Command): void {
  command(program, 'requirements', 'list what AWS documents: operation, principal, policy, actions')
    .option('--operation <operation>', 'only this operation (repeatable)', collect, [])
    .addOption(new Option('--format <format>', 'form of the list').choices(['table', 'json']).default('table'))
    .action(async (options) => {
      const { listRequirements } = await import('./requirements.js')
      await listRequirements(options)
    })
}

function addServe (program: Command, setStatus: SetStatus): void {
  command(
    program,
    'serve',
    'start the HTTP service; environment variables configure it (PORT, HOST, AUTH_MODE, …)'
  ).action(async () => {
    // A faulty configuration sets the exit status of the process to 78.
    await import('../server.js')
    setStatus(Number(process.exitCode ?? 0))
  })
}

function addMcp (program: Command): void {
  command(program, 'mcp', 'serve the Model Context Protocol on standard input and output')
    .option('--url <url>', 'let a running service verify the policies in AWS (default: PERSONALIZE_KMS_URL)')
    .addHelpText('after', '\nWithout a service no tool reads AWS.')
    .action(async (options) => {
      const { mcp } = await import('./mcp.js')
      await mcp(options)
    })
}
