/** The items in groups of one identity, groups and members in the order of their first appearance. */
export function groupBy<T> (items: readonly T[], identity: (item: T) => string): Array<[T, ...T[]]> {
  const groups = new Map<string, [T, ...T[]]>()
  for (const item of items) {
    // Most requests have one of everything, which is a group whatever its identity.
    const name = items.length === 1 ? '' : identity(item)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return [...groups.values()]
}
