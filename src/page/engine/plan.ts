import type { Report } from '../../../schemas/verification.js'
import { type Usage, VerifiableUsage } from '../../../schemas/usage.js'
import { cdkStacks } from '../../extract/cloudformation/cdk-manifest.js'
import { parseTemplate } from '../../extract/cloudformation/parse-template.js'
import {
  extractPlan,
  type Plan,
  PlanError,
  plannedDocuments,
  type PlanSettings,
  selectUsage
} from '../../extract/extract.js'
import { isObject, parseJson } from '../../json/json.js'
import { verifyPlanned } from '../../verify/verify-planned.js'
import { answer, type Answer } from './answer.js'

export interface PlanFile {
  name: string
  text: string
}

/** A plan or template, and the file that it came from. */
export interface ReadPlan {
  name: string
  plan: Plan
}

/** What was read, or why nothing could be, as a sentence. */
export type PlanReading = ReadPlan | { fault: string }

/**
 * The keys, roles and buckets of a Terraform plan or a CloudFormation template; of several files, such as those of
 * `cdk.out`, the template that `manifest.json` names. `settings`: what the file does not say.
 */
export function readPlan (files: readonly PlanFile[], settings: PlanSettings): PlanReading {
  try {
    const { file, found } = chosenFile(files)
    return { name: file.name, plan: extractPlan(bodyOf(valueOf(file.text)), { ...settings, ...found }) }
  } catch (error) {
    if (error instanceof PlanError) return { fault: faultOf(error) }
    throw error
  }
}

/** What the command takes as an option, the page takes from an ARN of the form. */
const IN_THE_FORM: ReadonlyArray<readonly [string, string]> = [
  ['; give --account-id', '; give the ARN of the role in the form above'],
  ['; give --region', '; give the ARN of a key in the form above']
]

function faultOf ({ message }: PlanError): string {
  const words = IN_THE_FORM.reduce((text, [option, field]) => text.replace(option, field), message)
  return `${words.replace(/^./, (first) => first.toUpperCase())}.`
}

function chosenFile (files: readonly PlanFile[]): { file: PlanFile; found: PlanSettings } {
  const manifest = files.find(({ name }) => name === 'manifest.json')
  if (manifest !== undefined) {
    const stacks = cdkStacks(parseJson(manifest.text))
    const given = stacks.flatMap(({ templateFile, settings }) => {
      const file = files.find(({ name }) => name === templateFile)
      return file === undefined ? [] : [{ file, found: settings }]
    })
    const [only, ...others] = given
    if (only !== undefined && others.length === 0) return only
    const names = stacks.map(({ templateFile }) => templateFile).join(', ')
    throw new PlanError(`choose manifest.json together with one of the templates that it names: ${names}`)
  }
  const [file, ...others] = files
  if (file === undefined || others.length > 0) throw new PlanError('choose one plan or template')
  return { file, found: {} }
}

function valueOf (text: string): unknown {
  if (!/^\s*\{/.test(text)) return parseTemplate(text)
  const value = parseJson(text)
  if (value === undefined) throw new PlanError('the file begins like JSON, but is none')
  return value
}

/** `aws cloudformation get-template` prints a template in YAML as a text. */
function bodyOf (value: unknown): unknown {
  return isObject(value) && typeof value['TemplateBody'] === 'string' ? valueOf(value['TemplateBody']) : value
}

/** A key, a role and a bucket by their addresses; empty where the plan itself says which are meant, or the form. */
export interface PlanChoice {
  key: string
  role: string
  bucket: string
  /** What the keys of the objects begin with. */
  prefix: string
}

export const NO_CHOICE: PlanChoice = { key: '', role: '', bucket: '', prefix: '' }

/**
 * The report on the policies as they will be; a sentence where the plan leaves open which are meant. Locations of the
 * usage may name a bucket by its address.
 */
export function planReport (
  plan: Plan,
  { operations, profile, sourceConditions, locations = [] }: Usage,
  { key, role, bucket, prefix }: PlanChoice
): Answer<Report> | { fault: string } {
  try {
    const selected = selectUsage(plan, {
      keys: key === '' ? [] : [key],
      roles: role === '' ? [] : [role],
      locations: bucket === '' ? locations : [{ uri: `${bucket}=${prefix}` }],
      operations
    })
    const usage = { operations, profile, sourceConditions, ...selected }
    return answer(VerifiableUsage, usage, (usage: VerifiableUsage) => verifyPlanned(plannedDocuments(plan, usage)))
  } catch (error) {
    if (!(error instanceof PlanError)) throw error
    const sentence = error.message.replace(/; (?:choose|name one) with --\w+(?: and --\w+)?/, '')
    return { fault: `${sentence.replace(/^./, (first) => first.toUpperCase())}. Choose below.` }
  }
}
