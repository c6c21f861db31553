import { readFile } from 'node:fs/promises'
import { parseAllDocuments } from 'yaml'
import { list, record } from '../compatibility/json.js'
import { unknownNames } from './github-action.js'

/**
 * What is wrong with the component: a file of two documents, of which the first declares the inputs that the second
 * uses. https://docs.gitlab.com/ci/components/ and https://docs.gitlab.com/ci/yaml/#specinputs
 */
export async function componentFaults (path: string, version: string): Promise<string[]> {
  const text = await readFile(path, 'utf8')
  const documents = parseAllDocuments(text)
  const errors = documents.flatMap((document) => document.errors.map(String))
  if (errors.length > 0) return errors
  const [header, jobs, ...others] = documents.map((document) => record(document.toJS()))
  if (header === undefined || jobs === undefined || others.length > 0) return ['does not have two documents']
  const inputs = record(record(header['spec'])['inputs'])
  const body = text.slice(text.indexOf('\n---\n'))
  return [
    ...unknownNames(body, /\$\[\[ inputs\.([\w-]+) \]\]/g, Object.keys(inputs), 'input'),
    ...Object.keys(inputs).filter((name) => !body.includes(`inputs.${name} `)).map((name) => `the input ${name} is not used`),
    ...Object.entries(inputs).flatMap(([name, input]) => inputFaults(name, record(input))),
    ...(String(record(inputs['package'])['default']).endsWith(`@${version}`) ? [] : [`the package is not of version ${version}`]),
    ...Object.entries(jobs).flatMap(([name, job]) => jobFaults(name, record(job)))
  ]
}

function inputFaults (name: string, input: Record<string, unknown>): string[] {
  const options = list(input['options'])
  if (options.length > 0 && !options.includes(input['default'])) return [`the default of ${name} is none of its options`]
  return input['default'] === undefined ? [`the input ${name} has no default`] : []
}

function jobFaults (name: string, job: Record<string, unknown>): string[] {
  const script = list(job['script']).map(String).join('\n')
  const artifacts = record(job['artifacts'])
  const junit = record(artifacts['reports'])['junit']
  return [
    ...(script === '' ? [`${name} has no script`] : []),
    ...(script.includes('$[[') ? [`${name} has an input in the text of its script`] : []),
    ...unknownNames(script, /\$\{?([A-Z][A-Z_]+)\b/g, Object.keys(record(job['variables'])), 'variable'),
    ...(typeof junit === 'string' && script.includes(`junit=${junit}`) ? [] : [`${name} writes no JUnit report`]),
    ...(artifacts['when'] === 'always' ? [] : [`${name} keeps no report where it fails`])
  ]
}

/** The script of the one job, as a shell gets it. */
export async function componentScript (path: string): Promise<string> {
  const [, jobs] = parseAllDocuments(await readFile(path, 'utf8'))
  return Object.values(record(jobs?.toJS())).flatMap((job) => list(record(job)['script']).map(String)).join('\n')
}
