import { writeFile } from 'node:fs/promises'
import { referencePage } from './page.js'

await writeFile('docs/reference.md', await referencePage())
