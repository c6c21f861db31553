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

function entryFaults ({ integrity, resolved, link, version }: Json): string[] {
  return [
    ...(typeof integrity === 'string' && /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)
      ? []
      : ['no SHA-512 of its contents']),
    ...(resolved === undefined ? [] : [`has an address, ${String(resolved)}`]),
    ...(link === undefined && typeof version === 'string' ? [] : ['is not a version from a registry'])
  ]
}
