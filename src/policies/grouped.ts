/** The items in groups of one identity, groups and members in the order of their first appearance. */
export function grouped<T> (items: readonly T[], identity: (item: T) => string): Array<[T, ...T[]]> {
  const groups = new Map<string, [T, ...T[]]>()
  for (const item of items) {
    const group = groups.get(identity(item))
    if (group === undefined) groups.set(identity(item), [item])
    else group.push(item)
  }
  return [...groups.values()]
}
