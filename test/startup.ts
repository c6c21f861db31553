import { readFileSync } from 'node:fs'
import t from 'tap'
import { BUILT_SERVER } from '../reliability/service.js'

t.test('the image, npm start and the trials start the service with the same options', async (t) => {
  const command = `node ${BUILT_SERVER.join(' ')}`
  const array = JSON.stringify(['node', ...BUILT_SERVER]).replaceAll(',', ', ')
  t.match(readFileSync('package.json', 'utf8'), `exec ${command}"`)
  t.match(readFileSync('Dockerfile', 'utf8'), `CMD ${array}`)
})
