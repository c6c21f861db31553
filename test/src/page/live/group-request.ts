import t from 'tap'
import { datasetGroupLines } from '../../../../routes/examples/dataset-group.js'
import { readGroup } from '../../../../src/page/live/group-request.js'

const lines = datasetGroupLines.trimEnd().split('\n')
const problem = { title: 'x', status: 503, detail: 'x', code: 'SERVICE_UNAVAILABLE', errors: [], instance: 'id' }

async function* come (texts: readonly string[]): AsyncGenerator<string> {
  yield* texts
}

async function read (texts: readonly string[]) {
  const progress: unknown[] = []
  const answer = await readGroup(come(texts), { status: 200, headers: new Headers() }, (each) => progress.push(each))
  return { answer, progress }
}

t.test('readGroup: the lines are one report with the failed jobs, and the progress is reported', async (t) => {
  const { answer, progress } = await read(lines)
  t.match(answer, {
    body: {
      verdict: 'indeterminate',
      failures: [{ failureReason: 'Insufficient privileges for accessing data in Amazon S3.' }]
    }
  })
  t.match(progress, [{ step: 'list', done: 6, total: 6 }])
})

t.test('readGroup: a problem among the lines is the answer', async (t) => {
  const { answer } = await read([...lines.slice(0, 2), JSON.stringify({ type: 'problem', problem })])
  t.strictSame(answer, { problem })
})

t.test('readGroup: nothing where the lines are not of this service; rejects where they break off', async (t) => {
  for (const text of ['<!doctype html>', '[]', '{"type":"other"}', '{}'])
    t.equal((await read([text])).answer, undefined, text)
  await t.rejects(read(lines.slice(0, -1)), { code: 'INTERNAL_ERROR' })
})
