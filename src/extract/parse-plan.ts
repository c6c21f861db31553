import { findJsonError } from '../json/json-error.js'
import { isObject } from '../json/json.js'
import { repeatedMemberIn } from '../json/strict-json.js'
import { PlanError } from './plan.js'

/**
 * The value of a plan or template, given as text: JSON, or YAML with the short forms of CloudFormation. Throws a
 * PlanError with line and column where it is neither.
 */
export async function parsePlan (text: string): Promise<unknown> {
  const value = /^\s*\{/.test(text) ? parseJson(text) : await parseYaml(text)
  // `aws cloudformation get-template` prints a template in YAML as a text.
  return isObject(value) && typeof value['TemplateBody'] === 'string' ? await parsePlan(value['TemplateBody']) : value
}

function parseJson (text: string): unknown {
  const value = parseAnyJson(text)
  const repeated = repeatedMemberIn(text)
  if (repeated === undefined) return value
  throw new PlanError(`${repeated.pointer} ${repeated.what}: the last would win in silence`)
}

function parseAnyJson (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const { line = 1, column = 1, what = 'it is not JSON' } = findJsonError(text) ?? {}
    throw new PlanError(`${line}:${column}: not JSON: ${what}`)
  }
}

async function parseYaml (text: string): Promise<unknown> {
  const { parseTemplate } = await import('./cloudformation/parse-template.js')
  return parseTemplate(text)
}
