interface KnownPath { segments: string[], methods: Set<string> }

/** Which methods a path takes: what a router that keeps one tree a method cannot tell. */
export interface KnownPaths {
  add (pattern: string, methods: readonly string[]): void
  methodsOf (path: string): string[]
}

export function createKnownPaths (): KnownPaths {
  const known = new Map<string, KnownPath>()
  return {
    add (pattern, methods) {
      const path = known.get(pattern) ?? { segments: pattern.split('/'), methods: new Set() }
      for (const method of methods) path.methods.add(method)
      known.set(pattern, path)
    },
    methodsOf (path) {
      const segments = path.split('/')
      const matching = [...known.values()].filter((candidate) => matches(candidate.segments, segments))
      return [...new Set(matching.flatMap(({ methods }) => [...methods]))].sort()
    }
  }
}

function matches (pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.at(-1) === '*') return path.length >= pattern.length && matches(pattern.slice(0, -1), path.slice(0, pattern.length - 1))
  return pattern.length === path.length && pattern.every((segment, index) => segment === path[index] || (segment.startsWith(':') && path[index] !== ''))
}
