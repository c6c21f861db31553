import t from 'tap'
import { NotAuthenticated } from '../../../src/access/caller.js'
import { gatewayAuthentication } from '../../../src/access/gateway.js'

const authenticate = gatewayAuthentication({
  mode: 'gateway',
  callerHeader: 'x-caller',
  scopesHeader: 'x-scopes',
  gateways: ['10.0.0.0/8', '::1'],
  needsCertificate: false
})

/** What Node makes of these header lines. */
const request = (address: string | undefined, ...lines: Array<[name: string, value: string]>) => ({
  address,
  headers: Object.fromEntries(lines),
  rawHeaders: lines.flat()
})

t.test('a gateway says who the caller is, and what it may do', async (t) => {
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '::1']) {
    const caller = await authenticate(
      request(address, ['X-Caller', 'team-a'], ['x-scopes', 'verify:live policies:generate'])
    )
    t.same([caller.id, ...caller.scopes], ['team-a', 'verify:live', 'policies:generate'])
  }
  t.equal(
    (await authenticate(request('10.0.0.1', ['x-caller', 'arn:aws:iam::111122223333:role/Deploy']))).scopes.size,
    0,
    'without scopes it may do nothing'
  )
})

t.test('gateway: other addresses and headers that come twice, not authenticated', async (t) => {
  const refused = (address: string | undefined, ...lines: Array<[string, string]>) => {
    t.throws(() => authenticate(request(address, ...lines)), NotAuthenticated, JSON.stringify([address, lines]))
  }
  for (const address of ['11.0.0.1', '127.0.0.1', '::2', '::ffff:11.0.0.1', undefined, ''])
    refused(address, ['x-caller', 'team-a'], ['x-scopes', 'verify:live'])
  for (const name of ['', 'mallory, team-a', 'team a', 'team-a\t', 'é', 'x'.repeat(257)])
    refused('10.0.0.1', ['x-caller', name])
  refused('10.0.0.1')
  const named: [string, string] = ['x-caller', 'team-a']
  refused('10.0.0.1', ['X-Caller', 'mallory'], named)
  refused('10.0.0.1', named, ['x-scopes', 'verify:documents'], ['X-Scopes', 'verify:live'])
  refused('10.0.0.1', named, ['x-scopes', 'verify:documents, verify:live'])
})
