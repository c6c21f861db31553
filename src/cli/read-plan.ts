import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { CdkStack } from '../extract/cloudformation/cdk-manifest.js'
import { extractPlan, parsePlan, type Plan, PlanError, type PlanSettings } from '../extract/extract.js'
import { CommandError } from './exit.js'
import { nameOf, parsePlainJson, readText } from './input.js'

export interface PlanOptions {
  accountId?: string | undefined
  region?: string | undefined
  stack?: string | undefined
  parameter: readonly string[]
}

/** A plan, and the file that findings point at. */
export interface PlanFile {
  plan: Plan
  file: string
}

/** Reads a Terraform plan, a CloudFormation template, or a template of a `cdk.out` folder. Nothing is sent anywhere. */
export async function readPlan (path: string, options: PlanOptions): Promise<PlanFile> {
  const { accountId, region } = options
  const given: PlanSettings = { accountId, region, parameters: parametersOf(options) }
  const manifest = await manifestOf(path)
  if (manifest === undefined) return { plan: await planOf(path, given), file: path }
  const { folder, stack } = await stackOf(manifest, options)
  const file = join(folder, stack.templateFile)
  return { plan: await planOf(file, { ...stack.settings, ...definedOf(given) }), file }
}

function definedOf (settings: PlanSettings): PlanSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

function parametersOf ({ parameter }: PlanOptions): Record<string, string> {
  return Object.fromEntries(
    parameter.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw new CommandError(`--parameter ${text}: it must be NAME=VALUE`)
      return [text.slice(0, at), text.slice(at + 1)]
    })
  )
}

async function manifestOf (path: string): Promise<string | undefined> {
  if (path === '-') return undefined
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false
  )
  if (isFolder) return join(path, 'manifest.json')
  return basename(path) === 'manifest.json' ? path : undefined
}

async function stackOf (
  manifest: string,
  { stack: wanted }: PlanOptions
): Promise<{ folder: string; stack: CdkStack }> {
  const { cdkStacks } = await import('../extract/cloudformation/cdk-manifest.js')
  const value = parsePlainJson(await readText(manifest), manifest)
  const stacks = await refused(manifest, () => cdkStacks(value))
  const names = stacks.map(({ name }) => name).join(', ')
  const found = wanted === undefined ? stacks : stacks.filter(({ name }) => name === wanted)
  const [stack, ...others] = found
  if (stack === undefined)
    throw new CommandError(`${manifest} has no stack${wanted === undefined ? '' : ` ${wanted}; it has ${names}`}`)
  if (others.length > 0) throw new CommandError(`${manifest} has several stacks (${names}); choose with --stack`)
  return { folder: join(manifest, '..'), stack }
}

async function planOf (path: string, settings: PlanSettings): Promise<Plan> {
  const text = await readText(path)
  return await refused(path, async () => extractPlan(await parsePlan(text), settings))
}

/** What the extractor refuses is a fault of the input; where it begins with a line, that belongs to the file. */
async function refused<T> (path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof PlanError)) throw error
    throw new CommandError(`${nameOf(path)}:${/^\d+:/.test(error.message) ? '' : ' '}${error.message}`)
  }
}
