import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import ts from 'typescript'
import { isRecord, record, type Json } from '../compatibility/json.js'

const require = createRequire(import.meta.url)

/** A description for another system, with the type that it has to be of and what checks its values. */
export interface Manifest {
  name: string
  value: Json
  module: string
  type: string
  validate: () => string[]
}

/** An object of Kubernetes: its model has validators made from Kubernetes' own OpenAPI document. */
export function kubernetesManifest (value: Json): Manifest {
  const [apiVersion, kind] = [String(value['apiVersion']), String(value['kind'])]
  const module = `kubernetes-models/${apiVersion}`
  return {
    name: `${kind} ${String(record(value['metadata'])['name'])}`,
    value,
    module,
    type: `I${kind}`,
    validate: () => modelFaults(module, kind, value)
  }
}

/** A task definition: the type is that of the SDK's RegisterTaskDefinition. */
export function taskDefinition (value: Json): Manifest {
  return {
    name: `task definition ${String(value['family'])}`,
    value,
    module: '@aws-sdk/client-ecs',
    type: 'RegisterTaskDefinitionCommandInput',
    validate: () => []
  }
}

function modelFaults (module: string, kind: string, value: Json): string[] {
  const models: unknown = load(module)
  const Model = isRecord(models) ? models[kind] : undefined
  if (typeof Model !== 'function') return [`${module} has no ${kind}`]
  try {
    Reflect.construct(Model, [value]).validate()
    return []
  } catch (error) {
    return [String(error instanceof Error ? error.message : error)]
  }
}

function load (module: string): unknown {
  try {
    return require(module)
  } catch {
    return undefined
  }
}

/**
 * What the schemas have against the manifests: wrong values by the validators, and, since those let pass what they do
 * not know, unknown and misspelled members by the compiler, to which each manifest is a literal of its type.
 */
export function schemaFaults (manifests: Manifest[]): string[] {
  const invalid = manifests.flatMap(({ name, validate }) => validate().map((fault) => `${name}: ${fault}`))
  const source = manifests.map(
    ({ module, type, value }, index) =>
      `import type { ${type} as Type${index} } from '${module}'\nexport const manifest${index}: Type${index} = ${JSON.stringify(value)}\n`
  )
  return [
    ...invalid,
    ...compile(source.join('')).map(({ line, message }) => `${manifests[line >> 1]?.name}: ${message}`)
  ]
}

function compile (source: string): Array<{ line: number; message: string }> {
  // Inside the project, so that its packages are found; it is never written.
  const path = resolve('scripts/deploy/manifests.generated.ts')
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    types: ['node']
  }
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.fileExists = (name) => name === path || fileExists(name)
  host.getSourceFile = (name, version) =>
    name === path ? ts.createSourceFile(name, source, version) : getSourceFile(name, version)
  return ts.getPreEmitDiagnostics(ts.createProgram([path], options, host)).map(({ file, start, messageText }) => ({
    line: file?.fileName === path && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : 0,
    message: ts.flattenDiagnosticMessageText(messageText, ' ')
  }))
}
