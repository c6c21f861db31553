import t from 'tap'
import { startApp, USAGE } from '../../../helper.js'

const json = 'application/json'

t.test('bytes that are no UTF-8 are refused, not replaced', async (t) => {
  const { agent } = await startApp(t)
  const body = Buffer.concat([Buffer.from('{"operations":["'), Buffer.from([0xff]), Buffer.from('"]}')])
  const answer = await agent
    .post('/policies/key')
    .set('content-type', json)
    .serialize((value) => value)
    .send(body)
  t.match(answer, { status: 400, body: { code: 'MALFORMED_JSON' } })
})

t.test('only UTF-8 may be named as charset', async (t) => {
  const { agent } = await startApp(t)
  t.equal((await agent.post('/policies/key').set('content-type', `${json}; charset=utf-8`).send(USAGE)).status, 200)
  const answer = await agent
    .post('/policies/key')
    .set('content-type', `${json}; charset=iso-8859-1`)
    .send(JSON.stringify(USAGE))
  t.match(answer, { status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } })
})

t.test('a member that comes twice is refused with its pointer, in a policy too', async (t) => {
  const { agent } = await startApp(t)
  const text = JSON.stringify({ ...USAGE, existingKeyPolicy: { Statement: [{ Effect: 'Deny' }] } }).replace(
    '"Effect":"Deny"',
    '"Effect":"Deny","Effect":"Allow"'
  )
  const answer = await agent.post('/policies/key').set('content-type', json).send(text)
  t.match(answer, {
    status: 400,
    body: { code: 'INVALID_REQUEST', errors: [{ pointer: '/existingKeyPolicy/Statement/0/Effect' }] }
  })
})

t.test('a policy given as text with a member that comes twice is not merged into', async (t) => {
  const { agent } = await startApp(t)
  const answer = await agent
    .post('/policies/key')
    .send({ ...USAGE, existingKeyPolicy: '{"Version":"2012-10-17","Statement":[],"Statement":[]}' })
  t.match(answer, { status: 422, body: { code: 'INCONSISTENT_USAGE', errors: [{ pointer: '/existingKeyPolicy' }] } })
})

t.test('a body that would keep the parser busy is refused before, with the bound it exceeds', async (t) => {
  const { agent } = await startApp(t)
  const bodies = {
    levels: `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    members: `{${Array.from({ length: 10_002 }, (_, index) => `"a${index}":1`).join()}}`,
    'objects and arrays': `{"a":[${'{},'.repeat(100_001)}{}]}`,
    '128 levels': `{"a":1,"a":1,"b":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    '10000 members': `{${'"a":1,'.repeat(10_001)}"a":1}`
  }
  for (const [bound, body] of Object.entries(bodies)) {
    const answer = await agent.post('/policies/key').set('content-type', json).send(body)
    t.match(answer, { status: 400, body: { code: 'INVALID_REQUEST', errors: [{ pointer: '', detail: bound }] } }, bound)
  }
  const grants = Array.from({ length: 20_000 }, (_, index) => ({ GrantId: String(index), Operations: ['Decrypt'] }))
  t.match(
    (await agent.post('/verify/documents').send({ usage: USAGE, keys: [], roles: [], grants })).body.errors,
    [{ pointer: '/grants' }],
    'what AWS may hold is read'
  )
})

t.test('body that is no JSON: the problem has line and column', async (t) => {
  const { agent } = await startApp(t)
  const send = async (text: string) => await agent.post('/policies/key').set('content-type', json).send(text)
  t.match(await send('{\r\n  "operations": ["datasetGroup"],\r\n}'), {
    status: 400,
    body: {
      code: 'MALFORMED_JSON',
      detail: 'The body is not JSON at line 3, column 1: expected a member name in double quotes, found "}".'
    }
  })
  t.match((await send('\uFEFF{"é": [1')).body.detail, 'line 1, column 9')
  t.match((await send('  ')).body.detail, 'line 1, column 3: expected a value')
})

t.test('member that could change a prototype: it is refused with its pointer, in a policy too', async (t) => {
  const { agent } = await startApp(t)
  const bodies: Record<string, string> = {
    '/__proto__': '{"__proto__": 1}',
    '/a/1/__proto__': '\uFEFF{"a": [{}, {"\\u005f_proto__": {}}]}',
    '/existingKeyPolicy/Statement/0/Condition/a~1b/constructor/prototype':
      '{"constructor": "", "existingKeyPolicy": {"Statement": [{"Condition": {"a/b": {"constructor": {"prototype": 1}}}}]}}'
  }
  for (const [pointer, text] of Object.entries(bodies)) {
    const { status, body } = await agent.post('/policies/key').set('content-type', json).send(text)
    t.match({ status, body }, { status: 400, body: { code: 'INVALID_REQUEST', errors: [{ pointer }] } }, pointer)
  }
})
