import { type Break, type Json, list, record, resolve, same, show } from './json.js'
import { schemaBreaks } from './schemas.js'
import { securityBreaks } from './security.js'
import { type Direction } from './values.js'

interface Documents {
  released: Json
  current: Json
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']

/** All that a caller of the released document may rely on and the current one takes away. */
export function compatibilityBreaks (released: Json, current: Json): Break[] {
  const documents = { released, current }
  return Object.keys(record(released['paths'])).flatMap((path) => {
    const [before, after] = [
      resolve(released, record(released['paths'])[path]),
      resolve(current, record(current['paths'])[path])
    ]
    return METHODS.filter((method) => method in before).flatMap((method) => {
      const where = `${method.toUpperCase()} ${path}`
      if (!(method in after)) return [{ where, what: 'removed' }]
      return operationBreaks(documents, operationOf(before, method), operationOf(after, method), where)
    })
  })
}

/** An operation with the parameters of its path. */
function operationOf (path: Json, method: string): Json {
  const operation = record(path[method])
  return { ...operation, parameters: [...list(path['parameters']), ...list(operation['parameters'])] }
}

function operationBreaks (documents: Documents, before: Json, after: Json, where: string): Break[] {
  const renamed = before['operationId'] !== after['operationId']
  return [
    ...(renamed
      ? [
        {
          where,
          what: `operationId ${show(before['operationId'])} → ${show(after['operationId'])}: generated clients name their functions by it`
        }
      ]
      : []),
    ...securityBreaks(documents, before, after, where),
    ...parameterBreaks(documents, before, after, where),
    ...bodyBreaks(documents, before, after, `${where} request`),
    ...responseBreaks(documents, before, after, where)
  ]
}

function parameterBreaks (documents: Documents, before: Json, after: Json, where: string): Break[] {
  const [old, now] = [parametersOf(documents.released, before), parametersOf(documents.current, after)]
  const added = [...now]
    .filter(([name, { required }]) => required === true && !old.has(name))
    .map(([name]) => ({ where: `${where} ${name}`, what: 'is required now' }))
  return [
    ...added,
    ...[...old].flatMap(([name, parameter]) => {
      const place = `${where} ${name}`
      const kept = now.get(name)
      if (kept === undefined) return [{ where: place, what: 'removed' }]
      const demanded =
        kept['required'] === true && parameter['required'] !== true ? [{ where: place, what: 'is required now' }] : []
      const written = ['style', 'explode', 'allowReserved']
        .filter((member) => !same(parameter[member], kept[member]))
        .map((member) => ({ where: place, what: `${member} changed` }))
      return [
        ...demanded,
        ...written,
        ...contentBreaks(documents, 'request', { plain: parameter }, { plain: kept }, place),
        ...contentBreaks(documents, 'request', record(parameter['content']), record(kept['content']), place)
      ]
    })
  ]
}

function parametersOf (document: Json, operation: Json): Map<string, Json> {
  return new Map(
    list(operation['parameters']).map((entry) => {
      const parameter = resolve(document, entry)
      return [`${parameter['in']} ${parameter['name']}`, parameter]
    })
  )
}

function bodyBreaks (documents: Documents, before: Json, after: Json, where: string): Break[] {
  const [old, now] = [
    resolve(documents.released, before['requestBody']),
    resolve(documents.current, after['requestBody'])
  ]
  const demanded = now['required'] === true && old['required'] !== true ? [{ where, what: 'is required now' }] : []
  return [...demanded, ...contentBreaks(documents, 'request', record(old['content']), record(now['content']), where)]
}

function responseBreaks (documents: Documents, before: Json, after: Json, where: string): Break[] {
  return Object.entries(record(before['responses'])).flatMap(([status, response]) => {
    const place = `${where} ${status}`
    const now = record(after['responses'])[status]
    if (now === undefined) return [{ where: place, what: 'removed' }]
    const [old, kept] = [resolve(documents.released, response), resolve(documents.current, now)]
    return [
      ...contentBreaks(documents, 'response', record(old['content']), record(kept['content']), place),
      ...headerBreaks(documents, record(old['headers']), record(kept['headers']), place)
    ]
  })
}

function headerBreaks (documents: Documents, before: Json, after: Json, where: string): Break[] {
  return Object.entries(before).flatMap(([name, header]) => {
    const place = `${where} header ${name}`
    if (after[name] === undefined) return [{ where: place, what: 'removed' }]
    const [old, kept] = [resolve(documents.released, header), resolve(documents.current, after[name])]
    const loosened =
      old['required'] === true && kept['required'] !== true ? [{ where: place, what: 'is no longer always sent' }] : []
    return [...loosened, ...contentBreaks(documents, 'response', { plain: old }, { plain: kept }, place)]
  })
}

/** `before` and `after`: media type → an object with a `schema`. */
function contentBreaks (
  { released, current }: Documents,
  direction: Direction,
  before: Json,
  after: Json,
  where: string
): Break[] {
  return Object.entries(before).flatMap(([type, media]) => {
    const place = type === 'plain' ? where : `${where} ${type}`
    if (after[type] === undefined) return [{ where: place, what: 'removed' }]
    const old = { schema: record(media)['schema'], document: released }
    const now = { schema: record(after[type])['schema'], document: current }
    const seen = new Set<string>()
    return direction === 'request'
      ? schemaBreaks({ from: old, to: now, direction, where: place, seen })
      : schemaBreaks({ from: now, to: old, direction, where: place, seen })
  })
}
