import process from 'node:process'
import { catalogFaults } from './catalog.js'

const faults = await catalogFaults('catalog-info.yaml')
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
else console.log('catalog-info.yaml: valid')
