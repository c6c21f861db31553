import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { hash } from '../../../../src/page/engine/sha256.js'

t.test('hash: equals node:crypto, at every length around a block and for any text', (t) => {
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
  for (let length = 0; length < 200; length++) t.equal(hash('sha256', 'a'.repeat(length)), digest('a'.repeat(length)))
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => hash('sha256', text) === digest(text)))
  t.end()
})
