import process from 'node:process'
import { catalogFaults } from './backstage-catalog.js'
import { buildKustomization } from './deploy/kustomize.js'

const faults = await catalogFaults('catalog-info.yaml', await buildKustomization('deploy/kubernetes/base'))
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
else console.log('catalog-info.yaml: valid')
