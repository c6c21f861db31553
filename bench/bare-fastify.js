import { readFileSync } from 'node:fs'
import process from 'node:process'
import Fastify from 'fastify'

/** What every figure is held against: a Fastify that parses the same bodies and answers the same objects, and does nothing else. */
const answers = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const app = Fastify()
app.get('/livez', async () => ({ status: 'ok' }))
for (const [path, answer] of Object.entries(answers)) app.post(path, async () => answer)
process.once('SIGTERM', () => { void app.close() })
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
