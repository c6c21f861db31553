import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { VERSION } from '../src/version.js'
import { record } from './compatibility/json.js'
import { templateFaults } from './wrappers/backstage-template.js'
import { actionFaults } from './wrappers/github-action.js'
import { componentFaults } from './wrappers/gitlab-component.js'

/** Checks what can be checked of the wrappers without GitHub, GitLab or Backstage. */
const paths = Object.keys(record(record(JSON.parse(await readFile('openapi/openapi.json', 'utf8')))['paths']))
const faults = [
  ...(await actionFaults('.', VERSION)).map((fault) => `action.yml: ${fault}`),
  ...(await componentFaults('templates/personalize-kms.yml', VERSION)).map((fault) => `templates/personalize-kms.yml: ${fault}`),
  ...(await templateFaults('deploy/backstage/template.yaml', paths)).map((fault) => `deploy/backstage/template.yaml: ${fault}`)
]
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
else console.log('action.yml, templates/ and deploy/backstage/: valid')
