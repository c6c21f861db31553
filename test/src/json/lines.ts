import fc from 'fast-check'
import t from 'tap'
import { readLines } from '../../../src/json/lines.js'

const streamOf = (parts: readonly Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start (controller) {
      for (const part of parts) controller.enqueue(part)
      controller.close()
    }
  })

async function linesOf (parts: readonly Uint8Array[]): Promise<string[]> {
  const lines: string[] = []
  for await (const line of readLines(streamOf(parts))) lines.push(line)
  return lines
}

t.test('readLines: the same lines, wherever the bytes are cut', async () => {
  const text = fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replace(/\n/g, '')))
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat({ max: 200 })), fc.boolean(), async (lines, cuts, isEnded) => {
      const bytes = new TextEncoder().encode(lines.join('\n') + (isEnded ? '\n' : ''))
      const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
      const parts = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
      t.strictSame(await linesOf(parts), lines.filter((line) => line !== ''))
    }),
    { numRuns: 100 }
  )
})

t.test('readLines: a stream that breaks off rejects after the lines before', async (t) => {
  const stream = new ReadableStream<Uint8Array>({
    start (controller) {
      controller.enqueue(new TextEncoder().encode('one\ntw'))
    },
    pull (controller) {
      controller.error(new Error('gone'))
    }
  })
  const lines = readLines(stream)
  t.strictSame(await lines.next(), { done: false, value: 'one' })
  await t.rejects(lines.next(), /gone/)
})
