import { record, type Json } from '../compatibility/json.js'

/**
 * What `lockfile-lint` does not look at: it passes an entry without a hash. Each package comes from a registry, by an
 * exact version, with the SHA-512 of its contents; addresses are left out of the lockfile, so that any mirror serves.
 */
export function lockfileFaults (lockfile: Json, manifest: Json): string[] {
  const packages = packagesOf(lockfile)
  return [
    ...(lockfile['lockfileVersion'] === 3 ? [] : ['the lockfile is not of version 3']),
    ...(packages.length > 0 ? [] : ['the lockfile is empty']),
    ...packages.flatMap(([path, entry]) => entryFaults(record(entry)).map((fault) => `${path}: ${fault}`)),
    ...repeated(packages),
    ...['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.entries(record(manifest[kind])).flatMap(([name, version]) =>
        /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)) ? [] : [`package.json: ${name} is not of an exact version`]
      )
    )
  ]
}

/** The entries of a lockfile but the application's own. */
export const packagesOf = (lockfile: Json): Array<[path: string, entry: unknown]> =>
  Object.entries(record(lockfile['packages'])).filter(([path]) => path !== '')

const MAX_COPIES = 2

/**
 * One version of a package many times: where another version has the first place, npm installs it again for each that
 * needs it. An exact version of our own that is a little off did that once, and 64 MB of copies were shipped.
 */
function repeated (packages: ReadonlyArray<readonly [path: string, entry: unknown]>): string[] {
  const counts = new Map<string, number>()
  for (const [path, entry] of packages) {
    const { dev, version } = record(entry)
    const name = `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${String(version)}`
    if (dev !== true) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].flatMap(([name, count]) =>
    count > MAX_COPIES ? [`${name} is installed ${count} times: give it the place at the top`] : []
  )
}

function entryFaults ({ integrity, resolved, link, version }: Json): string[] {
  return [
    ...(typeof integrity === 'string' && /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)
      ? []
      : ['no SHA-512 of its contents']),
    ...(resolved === undefined ? [] : [`has an address, ${String(resolved)}`]),
    ...(link === undefined && typeof version === 'string' ? [] : ['is not a version from a registry'])
  ]
}
