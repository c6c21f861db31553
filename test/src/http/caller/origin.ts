import t from 'tap'
import { isOwnOrigin } from '../../../../src/http/caller/same-origin.js'

const PUBLIC_URL = 'https://policies.example.com/kms'

t.test('pages of this machine, and of where the service is published, are its own', async (t) => {
  for (const origin of [
    'http://localhost:8080',
    'http://LOCALHOST',
    'https://127.0.0.1',
    'http://127.8.9.10:3000',
    'http://[::1]:8080'
  ])
    t.ok(isOwnOrigin(origin, undefined), origin)
  t.ok(isOwnOrigin('https://policies.example.com', PUBLIC_URL))
})

t.test('no others are, whatever name leads here', async (t) => {
  const others = [
    'null',
    '',
    'localhost',
    'https://policies.example.com.attacker.example',
    'https://policies.example.com:8443',
    'http://attacker.example:3000',
    'http://localhost.attacker.example',
    'http://127.0.0.1.attacker.example',
    'http://localhost@attacker.example',
    'http://10.0.0.1',
    'http://0.0.0.0:3000',
    'http://[::2]',
    'http://attacker.example, http://localhost',
    'file://'
  ]
  for (const origin of others) t.notOk(isOwnOrigin(origin, PUBLIC_URL), origin)
  t.notOk(isOwnOrigin('https://policies.example.com', undefined))
})
