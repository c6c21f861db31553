/** `read`, made once for each key however often and however early it is asked for again. */
export function memoize<T> (read: (key: string) => T): (key: string) => T {
  const made = new Map<string, { value: T }>()
  return (key) => {
    const entry = made.get(key) ?? { value: read(key) }
    made.set(key, entry)
    return entry.value
  }
}
