import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { applyPatch } from 'rfc6902'
import { parse, parseAllDocuments } from 'yaml'
import { list, record, type Json } from '../compatibility/json.js'

const FIELDS = ['apiVersion', 'kind', 'namespace', 'resources', 'images', 'configMapGenerator', 'patches']
/** Kinds that belong to no namespace. */
const CLUSTER_SCOPED = ['Namespace', 'PriorityClass']

/**
 * The objects of a kustomization, as `kubectl kustomize` builds them but for the hashes in the names of ConfigMaps. npm
 * has no kustomize: this one knows what `deploy/` uses and refuses the rest, and a reference that leads nowhere.
 */
export async function buildKustomization (folder: string): Promise<Json[]> {
  const kustomization = record(parse(await readFile(join(folder, 'kustomization.yaml'), 'utf8')))
  const unknown = Object.keys(kustomization).filter((field) => !FIELDS.includes(field))
  if (unknown.length > 0) throw new Error(`${folder}: ${unknown.join(', ')} is not known to this check`)

  const objects = (
    await Promise.all(list(kustomization['resources']).map(async (path) => readResource(join(folder, String(path)))))
  ).flat()
  for (const generator of list(kustomization['configMapGenerator'])) await generate(objects, record(generator), folder)
  for (const patch of list(kustomization['patches'])) await applyTo(objects, record(patch), folder)
  for (const image of list(kustomization['images'])) setImage(objects, record(image))
  for (const object of objects)
    if (!CLUSTER_SCOPED.includes(String(object['kind'])))
      Object.assign(record(object['metadata']), { namespace: kustomization['namespace'] })
  return objects
}

async function readResource (path: string): Promise<Json[]> {
  if ((await stat(path)).isDirectory()) return buildKustomization(path)
  return parseAllDocuments(await readFile(path, 'utf8')).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors.join('; ')}`)
    return record(document.toJS())
  })
}

async function generate (objects: Json[], generator: Json, folder: string): Promise<void> {
  const data: Json = {}
  for (const path of list(generator['envs']))
    Object.assign(data, settingsOf(await readFile(join(folder, String(path)), 'utf8')))
  for (const path of list(generator['files']))
    data[basename(String(path))] = await readFile(join(folder, String(path)), 'utf8')
  const existing = objects.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && record(metadata)['name'] === generator['name']
  )
  if (generator['behavior'] !== 'merge')
    objects.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: generator['name'] }, data })
  else if (existing === undefined)
    throw new Error(`${folder}: there is no ConfigMap ${generator['name']} to merge into`)
  else Object.assign(record(existing['data']), data)
}

/** The lines of an env file: `NAME=value`, comments and empty lines. */
function settingsOf (text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line)
        if (match === null) throw new Error(`"${line}" is not NAME=value`)
        return [match[1], match[2]]
      })
  )
}

async function applyTo (objects: Json[], { path, target }: Json, folder: string): Promise<void> {
  const operations: unknown = JSON.parse(await readFile(join(folder, String(path)), 'utf8'))
  if (!Array.isArray(operations)) throw new Error(`${path} is not a JSON patch (RFC 6902)`)
  const { kind, name } = record(target)
  const object = objects.find(
    (candidate) => candidate['kind'] === kind && record(candidate['metadata'])['name'] === name
  )
  if (object === undefined) throw new Error(`${path}: there is no ${kind} ${name}`)
  const failed = applyPatch(object, operations).find((error) => error !== null)
  if (failed !== undefined) throw new Error(`${path}: ${failed.message}`)
}

function setImage (objects: Json[], { name, newName, newTag, digest }: Json): void {
  const containers = objects
    .flatMap((object) => list(record(record(record(object['spec'])['template'])['spec'])['containers']))
    .map(record)
  const named = containers.filter(({ image }) => image === name)
  if (named.length === 0) throw new Error(`no container has the image ${name}`)
  for (const container of named) {
    container['image'] =
      `${newName ?? name}${newTag === undefined ? '' : `:${newTag}`}${digest === undefined ? '' : `@${digest}`}`
  }
}
