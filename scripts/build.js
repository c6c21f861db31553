import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import process from 'node:process'
import { bundle } from './bundle.js'

/**
 * Writes service, command and page to `dist`; `--clean` removes files of earlier builds. `--list` writes nothing and
 * prints which packages are built in, and which are loaded from `node_modules`.
 */
const { files, bundled, loaded } = await bundle()
if (process.argv.includes('--list')) console.log(JSON.stringify({ bundled, loaded }, null, 2))
else await write()

async function write () {
  /** What a process starts with. */
  const isEntry = ({ path }) => /[/\\]src[/\\](server|cli)\.js$/.test(path)
  // Each at once, and what is loaded first last: a process that starts meanwhile has all of the one build or of the
  // other.
  for (const { path, contents } of files.sort((one, other) => Number(isEntry(one)) - Number(isEntry(other)))) {
    await mkdir(dirname(path), { recursive: true })
    const unfinished = `${path}.${process.pid}`
    await writeFile(unfinished, contents)
    if (path === resolve('dist/src/cli.js')) await chmod(unfinished, 0o755)
    await rename(unfinished, path)
  }
  // A service that still runs an earlier build may load its files, so only with the option.
  if (process.argv.includes('--clean')) await removeOthers(new Set(files.map(({ path }) => path)))
}

async function removeOthers (built) {
  const entries = await readdir('dist', { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => resolve(parentPath, name))
  for (const path of paths) if (!built.has(path)) await rm(path)
}
