import type { Report } from '../../../schemas/verification.js'
import { type Usage, type UsageOfKeys, VerifiableUsage } from '../../../schemas/usage.js'
import { cdkStacks } from '../../extract/cloudformation/cdk-manifest.js'
import { parseTemplate } from '../../extract/cloudformation/parse-template.js'
import { extractPlan, type Plan, PlanError, plannedDocuments, type PlanSettings, selectArns } from '../../extract/extract.js'
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
 * The keys and roles of a Terraform plan or a CloudFormation template; of several files, such as those of `cdk.out`,
 * the template that `manifest.json` names. `settings`: what the file does not say.
 */
export function readPlan (files: readonly PlanFile[], settings: PlanSettings): PlanReading {
  try {
    const { file, found } = chosenFile(files)
    return { name: file.name, plan: extractPlan(bodyOf(valueOf(file.text)), { ...settings, ...found }) }
  } catch (error) {
    if (error instanceof PlanError) return { fault: `${error.message.replace(/^./, (first) => first.toUpperCase())}.` }
    throw error
  }
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

/** A key and a role by their addresses; empty where the plan itself says which are meant. */
export interface PlanChoice {
  key: string
  role: string
}

/** The report on the policies as they will be; a sentence where the plan leaves open which are meant. */
export function planReport (
  plan: Plan,
  { operations, profile, sourceConditions }: Usage,
  { key, role }: PlanChoice
): Answer<Report> | { fault: string } {
  try {
    const arns = selectArns(plan, { keys: key === '' ? undefined : [key], roles: role === '' ? undefined : [role] })
    const usage = { operations, profile, sourceConditions, ...arns }
    return answer(VerifiableUsage, usage, (usage: UsageOfKeys) => verifyPlanned(plannedDocuments(plan, usage)))
  } catch (error) {
    if (!(error instanceof PlanError)) throw error
    const sentence = error.message.replace('; choose with --key and ' +
      '--role', '').replace(/; (?:choose|name one) with --(key|role)/, '')
    return { fault: `${sentence.replace(/^./, (first) => first.toUpperCase())}. Choose below.` }
  }
}
