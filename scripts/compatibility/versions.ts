/**
 * Whether the version moved far enough to take things away: the major version, or the minor one before 1.0.0
 * (semver.org, 4). A version that goes back is an error of its own.
 */
export function mayBreak (released: string, current: string): boolean {
  const [old, now] = [partsOf(released), partsOf(current)]
  const steps = now.map((part, index) => part - (old[index] ?? 0))
  const first = steps.findIndex((step) => step !== 0)
  if (first >= 0 && (steps[first] ?? 0) < 0)
    throw new Error(`version ${current} is older than the released ${released}`)
  return first === 0 || (first === 1 && now[0] === 0)
}

/** Older first. */
export function byVersion (a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)]
  const differing = left.findIndex((part, index) => part !== right[index])
  return differing < 0 ? 0 : (left[differing] ?? 0) - (right[differing] ?? 0)
}

function partsOf (version: string): number[] {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(version)
  if (match === null) throw new Error(`"${version}" is not a released version: major.minor.patch`)
  return match.slice(1).map(Number)
}
