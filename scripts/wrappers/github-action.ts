import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { list, record } from '../compatibility/json.js'

/** Variables of the runner, which every step has. */
const RUNNER = ['GITHUB_ACTION_PATH', 'GITHUB_OUTPUT', 'GITHUB_REPOSITORY', 'RUNNER_TEMP']

/**
 * What is wrong with the composite action in this folder: names that lead nowhere, inputs in the text of a script, and
 * variables that a script reads and its step does not set.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
 */
export async function actionFaults (folder: string, version: string): Promise<string[]> {
  const text = await readFile(join(folder, 'action.yml'), 'utf8')
  const document = parseDocument(text)
  if (document.errors.length > 0) return document.errors.map(String)
  const action = record(document.toJS())
  const inputs = Object.keys(record(action['inputs']))
  const runs = record(action['runs'])
  const steps = list(runs['steps']).map(record)
  const scripts = await Promise.all(steps.map(async (step) => await scriptFaults(folder, step)))
  return [
    ...['name', 'description'].filter((name) => typeof action[name] !== 'string').map((name) => `has no ${name}`),
    ...(runs['using'] === 'composite' ? [] : ['is not composite']),
    ...unknownNames(text, /\binputs\.([\w-]+)/g, inputs, 'input'),
    ...inputs.filter((name) => !text.includes(`inputs.${name} `)).map((name) => `the input ${name} is not used`),
    ...inputs.filter((name) => !isDescribed(record(action['inputs'])[name])).map((name) => `${name} has no description`),
    ...unknownNames(text, /\bsteps\.([\w-]+)\.outputs/g, steps.flatMap(({ id }) => (typeof id === 'string' ? [id] : [])), 'step'),
    ...unknownNames(text, /\bsteps\.verify\.outputs\.([\w-]+)/g, scripts.flatMap(({ outputs }) => outputs), 'output'),
    ...(text.includes(`personalize-kms-policy-service@${version}\n`) ? [] : [`the package is not of version ${version}`]),
    ...scripts.flatMap(({ faults }) => faults)
  ]
}

const isDescribed = (input: unknown): boolean => typeof record(input)['description'] === 'string'

export function unknownNames (text: string, pattern: RegExp, known: readonly string[], kind: string): string[] {
  const names = new Set([...text.matchAll(pattern)].map(([, name = '']) => name))
  return [...names].filter((name) => !known.includes(name)).map((name) => `there is no ${kind} ${name}`)
}

async function scriptFaults (
  folder: string,
  step: Record<string, unknown>
): Promise<{ faults: string[]; outputs: string[] }> {
  const { run, shell, uses, env } = step
  const name = String(step['name'] ?? uses ?? 'a step')
  if (typeof run !== 'string') return { faults: typeof uses === 'string' ? [] : [`${name} neither runs nor uses`], outputs: [] }
  const file = /\$GITHUB_ACTION_PATH\/([\w./-]+)/.exec(run)?.[1]
  const path = file === undefined ? undefined : join(folder, file)
  const script = path === undefined ? run : await readFile(path, 'utf8')
  const isExecutable = path === undefined || ((await stat(path)).mode & 0o111) !== 0
  const given = [...RUNNER, ...Object.keys(record(env))]
  return {
    faults: [
      ...(shell === 'bash' ? [] : [`${name} has no shell`]),
      ...(run.includes('${{') ? [`${name} has an expression in the text of its script`] : []),
      ...(isExecutable ? [] : [`${file} cannot be executed`]),
      ...unknownNames(script, /\$\{?([A-Z][A-Z_]+)\b/g, given, `variable in ${name}:`)
    ],
    outputs: [...script.matchAll(/^ *echo "([\w-]+)=/gm)].map(([, output = '']) => output)
  }
}
