import { BlockList, isIPv4 } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { blockHolds, parseAddress, parseAddressBlock } from '../../../../src/iam/condition/values.js'

function holds (block: string, address: string): boolean {
  const [parsedBlock, parsedAddress] = [parseAddressBlock(block), parseAddress(address)]
  if (parsedBlock === undefined || parsedAddress === undefined) throw new Error(`not read: ${block}, ${address}`)
  return blockHolds(parsedBlock, parsedAddress)
}

t.test("blocks hold what Node's own list of blocks holds", async (t) => {
  const near = (address: fc.Arbitrary<string>): fc.Arbitrary<[string, string]> => fc.tuple(address, address)
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(fc.oneof(near(fc.ipV4()), near(fc.ipV6())), fc.nat(128), ([base, address], bits) => {
        const family = isIPv4(base) ? 'ipv4' : 'ipv6'
        const prefix = family === 'ipv4' ? bits % 33 : bits
        const list = new BlockList()
        list.addSubnet(base, prefix, family)
        return holds(`${base}/${prefix}`, address) === list.check(address, family) && holds(`${base}/${prefix}`, base)
      }),
      { numRuns: 3_000 }
    )
  })
})

t.test('families are apart, and a bare address is itself alone', async (t) => {
  t.notOk(holds('0.0.0.0/0', '::'))
  t.notOk(holds('::/0', '203.0.113.1'))
  t.ok(holds('203.0.113.1', '203.0.113.1'))
  t.notOk(holds('203.0.113.1', '203.0.113.2'))
  t.ok(holds('2001:db8::', '2001:0DB8:0:0:0:0:0:0'))
  t.ok(holds('::ffff:203.0.113.0/120', '::ffff:cb00:7109'))
  t.ok(holds('::', '0:0:0:0:0:0:0:0'))
  t.ok(holds('1::', '1:0:0:0:0:0:0:0'))
})

t.test('what is no address', async (t) => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.x',
    '1.2.3.-4',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '1.2.3.4::',
    'fe80::1%eth0',
    '::1.2.3'
  ])
    t.equal(parseAddress(text), undefined, text)
  for (const text of ['1.2.3.4/33', '::/129', '1.2.3.4/', '1.2.3.4/-1', '1.2.3.4/a', 'x/8', '/8', '1.2.3.4/8/8'])
    t.equal(parseAddressBlock(text), undefined, text)
})
