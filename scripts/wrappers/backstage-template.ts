import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type * as CatalogModel from '@backstage/catalog-model'
import { parseDocument } from 'yaml'
import { OPERATIONS } from '../../schemas/usage.js'
import { list, record } from '../compatibility/json.js'
import { unknownNames } from './github-action.js'

const catalogModel: typeof CatalogModel = createRequire(import.meta.url)('@backstage/catalog-model')

/** Jobs that cannot use a customer managed key. */
const WITHOUT_KEY = ['dataDeletionJob']

/**
 * What is wrong with the template: what Backstage refuses of any entity, parameters and steps that do not exist, and
 * operations that the service does not know. The schema of the kind itself is not on the disk.
 */
export async function templateFaults (path: string, apiPaths: readonly string[]): Promise<string[]> {
  const text = await readFile(path, 'utf8')
  const document = parseDocument(text)
  if (document.errors.length > 0) return document.errors.map(String)
  const template = record(document.toJS())
  const spec = record(template['spec'])
  const parameters = Object.assign({}, ...list(spec['parameters']).map((page) => record(page)['properties']))
  const steps = list(spec['steps']).map(record)
  const operations = list(record(record(parameters)['operations'])['items'] && record(record(record(parameters)['operations'])['items'])['enum'])
  return [
    ...envelopeFaults(template),
    ...(template['apiVersion'] === 'scaffolder.backstage.io/v1beta3' && template['kind'] === 'Template' ? [] : ['is no template']),
    ...unknownNames(text, /\bparameters\.(\w+)/g, Object.keys(record(parameters)), 'parameter'),
    ...unknownNames(text, /\bsteps\.(\w+)\.output/g, steps.map(({ id }) => String(id)), 'step'),
    ...list(spec['parameters']).flatMap((page) => requiredFaults(record(page))),
    ...OPERATIONS.filter((name) => operations.includes(name) === WITHOUT_KEY.includes(name)).map((name) => `operation ${name}`),
    ...steps.flatMap((step) => pathFaults(step, apiPaths)),
    ...(await skeletonFaults(join(dirname(path), 'skeleton'), steps))
  ]
}

function envelopeFaults (template: object): string[] {
  try {
    catalogModel.entityEnvelopeSchemaValidator()(template)
    return []
  } catch (error) {
    return [String(error)]
  }
}

function requiredFaults ({ required, properties }: Record<string, unknown>): string[] {
  return list(required).map(String).filter((name) => !(name in record(properties))).map((name) => `there is no parameter ${name}`)
}

function pathFaults ({ action, input }: Record<string, unknown>, apiPaths: readonly string[]): string[] {
  if (action !== 'http:backstage:request') return []
  const path = String(record(input)['path']).replace('/api/proxy/personalize-kms', '')
  return apiPaths.includes(path) ? [] : [`the service has no ${path}`]
}

/** Files of the skeleton use the values that their step gives. */
async function skeletonFaults (folder: string, steps: ReadonlyArray<Record<string, unknown>>): Promise<string[]> {
  const values = steps.flatMap(({ input }) => Object.keys(record(record(input)['values'])))
  const texts = await Promise.all((await readdir(folder)).map(async (name) => await readFile(join(folder, name), 'utf8')))
  return [
    ...unknownNames(texts.join('\n'), /\bvalues\.(\w+)/g, values, 'value'),
    ...values.filter((name) => !texts.some((text) => text.includes(`values.${name} `))).map((name) => `the value ${name} is not used`)
  ]
}
