type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** The members that are there: the SDK writes absent ones as `undefined`, the port leaves them out. */
export function present<T extends object> (members: T): Present<T> {
  const kept: Present<T> = {}
  for (const key in members) {
    const value = members[key]
    if (isPresent(value)) kept[key] = value
  }
  return kept
}

function isPresent<V> (value: V): value is Exclude<V, undefined> {
  return value !== undefined
}
