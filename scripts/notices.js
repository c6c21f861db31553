import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Its package contains no license: what `@fastify/swagger-ui` copies from it comes without. */
const SWAGGER_UI = `Swagger UI, in dist/swagger-ui
Copyright SmartBear Software Inc., https://github.com/swagger-api/swagger-ui
License: Apache-2.0, whose text is in the file LICENSE of this package
`

/**
 * The licenses of the packages that are built into `dist`: most ask that their text goes with every copy.
 * @param {string[]} folders of the packages
 */
export async function thirdPartyNotices (folders) {
  const notices = await Promise.all(folders.map(notice))
  const head = 'The files of this folder contain the following packages, each under its own license.\n'
  return [head, ...notices, SWAGGER_UI].join(`\n${'-'.repeat(80)}\n\n`)
}

async function notice (folder) {
  const { name, version, license, author } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const files = (await readdir(folder)).filter((file) => /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i.test(file)).sort()
  const texts = await Promise.all(files.map(async (file) => await readFile(join(folder, file), 'utf8')))
  const by = texts.length === 0 && author !== undefined ? `\nAuthor: ${author.name ?? author}` : ''
  return [`${name} ${version}\nLicense: ${license}${by}`, ...texts.map((text) => text.trim())].join('\n\n') + '\n'
}
