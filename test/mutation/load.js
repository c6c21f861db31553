import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compileFunction } from 'node:vm'
import ts from 'typescript'

const ELSEWHERE = createRequire(import.meta.url)
const OPTIONS = {
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2023,
  esModuleInterop: true,
  verbatimModuleSyntax: false
}

/** The compiled files; compiling is slow and the same for every mutant, running them is fast. */
const compiled = new Map()

function compile (file) {
  const text = readFileSync(file, 'utf8').replaceAll('import.meta.url', '__url')
  const { outputText } = ts.transpileModule(text, { fileName: file, compilerOptions: OPTIONS })
  return compileFunction(outputText, ['exports', 'require', '__url'], { filename: file })
}

/**
 * A function that loads TypeScript files afresh, each once: what a mutant does while modules load is seen too.
 * `instead`: modules by name that are replaced.
 */
export function loader (instead) {
  const modules = new Map()
  const load = (file) => {
    const known = modules.get(file)
    if (known !== undefined) return known
    const exports = {}
    modules.set(file, exports)
    if (!compiled.has(file)) compiled.set(file, compile(file))
    const require = (name) =>
      instead[name] ??
      (name.startsWith('.') ? load(resolve(dirname(file), name.replace(/\.js$/, '.ts'))) : ELSEWHERE(name))
    compiled.get(file)(exports, require, pathToFileURL(file).href)
    return exports
  }
  return load
}
